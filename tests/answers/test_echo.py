"""A reply that only repeats the request has no answer; one that uses its words has."""

import pytest

import xlt

REQUESTS = {
    "sw": "Juma alikuwa na mayai 16. Alikula mayai 3 asubuhi. Je, amebaki na mayai mangapi?",
    "de": "Anna hat 16 Eier. Sie isst morgens 3 Eier. Wie viele Eier hat sie noch?",
    "zh": "小明有 16 个鸡蛋，早上吃了 3 个鸡蛋。他还剩下多少个鸡蛋？",
    "th": "สมชายมีไข่ 16 ฟอง ตอนเช้าเขากินไข่ไป 3 ฟอง เขาเหลือไข่กี่ฟอง",
    "bn": "রহিমের ১৬টি ডিম ছিল। সে সকালে ৩টি ডিম খেয়েছে। তার কয়টি ডিম বাকি আছে?",
}
REPEATED = {
    "sw": "Juma alikuwa na mayai 16. Alikula mayai 3 asubuhi.",
    "de": "Anna hat 16 Eier. Sie isst morgens 3 Eier.",
    "zh": "小明有 16 个鸡蛋，早上吃了 3 个鸡蛋。",
    "th": "สมชายมีไข่ 16 ฟอง ตอนเช้าเขากินไข่ไป 3 ฟอง",
    "bn": "রহিমের ১৬টি ডিম ছিল। সে সকালে ৩টি ডিম খেয়েছে।",
}
ANSWERED = {
    "sw": "Juma amebaki na mayai 13.",
    "de": "Anna hat noch 13 Eier.",
    "zh": "小明还剩下 13 个鸡蛋。",
    "th": "สมชายเหลือไข่ 13 ฟอง",
    "bn": "রহিমের ১৩টি ডিম বাকি আছে।",
}


def read(language, reply, request=None):
    return xlt.compose("mgsm", request or REQUESTS[language], language=language).parse(reply)


@pytest.mark.parametrize("language", REQUESTS)
def test_a_request_said_again_holds_no_answer(language):
    assert read(language, REPEATED[language]).value is None


@pytest.mark.parametrize("language", REQUESTS)
def test_a_sentence_in_the_words_of_the_request_with_a_new_number_is_read(language):
    assert read(language, ANSWERED[language]).value == 13


def test_a_number_of_the_request_is_the_answer_where_it_is_concluded():
    request = "Anna hat 3 Eier, kauft 4 Eier und isst 4 Eier. Wie viele Eier hat sie?"
    for reply in ("3 + 4 - 4 = 3. Anna hat 3 Eier.", "Also hat Anna 3 Eier.", "Answer: 3"):
        assert read("de", reply, request).value == 3
