"""Reading an answer in words: short (a name, a date) or long (a summary, a translation)."""

from __future__ import annotations

import re
from unicodedata import category

from xlt.answers.anchors import Anchor, anchors
from xlt.answers.answer import Answer, AnswerFormat, Status
from xlt.answers.cleaning import CleanReply
from xlt.answers.cleaning.normal_form import nfc
from xlt.answers.cleaning.reply import words_of
from xlt.answers.evidence import answer_first, at_marker, box_alone, explains, is_echo
from xlt.answers.found import ECHO, NO_FLAGS, UNDETERMINED, Found
from xlt.answers.keyed import answer_key, json_object
from xlt.answers.kinds.json import value_place
from xlt.answers.lexicon import BIT, LETTER, RUN, is_glued
from xlt.answers.request_said import shares_question
from xlt.answers.sentences.view import COMMAS, View, last_line, line_end, skip_blank

_PAIRS = dict(zip("\"'`$“«»‘「『", "\"'`$”»«’」』", strict=True)) | {"„": "“”"}
# Mark-up that may wrap a whole text, longest first: opening and closing sign.
_WRAPS = re.compile(
    r"(?P<open>\*{1,3}|_{1,3}|`{1,3}|\${1,2}|\\[(\[]|\\(?:boxed|fbox|text|textbf|mathrm)\s?\{|<(?P<tag>[A-Za-z]\w{0,11})>)"
)
_CLOSING = {"\\(": "\\)", "\\[": "\\]"}
_STOPS = ".。．।۔።။។։"
_SAYS_NOT = BIT["uncertain"] | BIT["unable"]
_NO_LETTER = re.compile(r"[\W_]*\Z")
_WAY_TO_COMMENT = re.compile(r"\n[ \t]*(?=\S)")


def read_short_text(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return the words of the answer's line, without quotes around them and their full stop."""
    return _read(View(reply, asked), long=False)


def read_long_text(reply: CleanReply, asked: AnswerFormat) -> Answer:
    """Return the answer's paragraph, without quotes around it."""
    return _read(View(reply, asked), long=True)


def _read(view: View, *, long: bool) -> Answer:
    """Return the last anchored text; one that names the wanted language comes before others."""
    kind = _LONG if long else _SHORT
    if (keyed := kind.in_json(view)) is not None:
        return keyed
    best: tuple[int, Found] | None = None
    echoes, blocked = NO_FLAGS, False
    for anchor in anchors(view):
        found = at_marker(view, kind, anchor)
        if found is None:
            blocked = blocked or (anchor.opens and not anchor.strict)
            continue
        if found.value is not None and view.asked.request and is_echo(view, anchor, found):
            echoes = ECHO
            continue
        if best is None or anchor.names_target > best[0]:
            best = anchor.names_target, found
        if found.value is None:
            break
    thinking = view.reply.thinking
    flags = frozenset({"unfinished_thought"}) if thinking else NO_FLAGS
    if best is not None:
        return _answer(view, best[1], "fallback" if thinking else "anchored", flags)
    last = box_alone(view, kind)
    if last is None and not (blocked or thinking):
        last = kind.conclude(view)
    return _answer(view, last or _NO_TEXT, "fallback", echoes | flags)


_NO_TEXT = Found(None, 0, 0)


def _answer(view: View, found: Found, status: Status, flags: frozenset[str]) -> Answer:
    flags |= found.flags
    if found.value is None:
        return view.reply.not_found(flags, found.rule)
    raw, span = view.reply.raw, (found.start, found.end)
    value = nfc(raw[slice(*span)]).replace("\r\n", "\n").replace("\r", "\n")
    return Answer(value, status, raw[slice(*span)], span, flags, raw, rule=found.rule)


class _Texts:
    """How texts are found: see `xlt.answers.found.Kind`; places are in the raw reply."""

    __slots__ = ("long",)
    own_lines = True

    def __init__(self, *, long: bool) -> None:
        self.long = long

    def at(self, view: View, anchor: Anchor, start: int) -> Found | None:
        """Return the text that a marker announces."""
        text = view.text
        if anchor.strict and not self.long and line_end(text, start, anchor.end) - start > 80:
            return None
        start = skip_blank(text, start, anchor.end)
        end = self._end(view, start, anchor.end)
        if end == anchor.end < len(text) and "\n" in text[start:end]:
            # The next marker's own lead-in ("Therefore, the") is not part of this answer.
            end = text.rindex("\n", start, end)
        return self._whole(view, start, end)

    def alone(self, view: View, start: int, end: int) -> Found | None:
        """Return a text of which a part consists."""
        return self._whole(view, start, end)

    def first(self, view: View, start: int, end: int) -> Found | None:
        """Return a first line that a later paragraph explains: "Paris\\n\\nParis has ..."."""
        said = view.folded[start:end].strip(" .。*")
        behind = skip_blank(view.text, end, len(view.text))
        again = view.folded.startswith(said, behind)
        explained = again or explains(view, end) or _only_adds(view, start, end, behind)
        return self._whole(view, start, end) if explained else None

    def conclude(self, view: View) -> Found | None:
        """Return the last paragraph (for a short answer its last line), what a bare reply is."""
        text, end = view.text, len(view.text.rstrip())
        if not self.long:
            if (found := answer_first(view, self)) is not None:
                return found
            found = self._whole(view, *last_line(text, end))
            emphasized = found and _emphasized(view, found)
            return emphasized and emphasized._replace(rule="last line")
        start = max(text.rfind("\n\n", 0, end), 0)
        if self._one_line_wanted(view):
            start = skip_blank(text, 0, end)
            end = line_end(text, start, end)
        found = self._whole(view, start, end)
        return found and found._replace(rule="last paragraph")

    def _one_line_wanted(self, view: View) -> bool:
        """Whether a translation of one line is asked for, which has one line as well."""
        asked = view.asked
        one_line = asked.request and all("\n" not in text.strip() for text in asked.request)
        return bool(one_line) and asked.language != asked.target_language

    def _end(self, view: View, start: int, end: int) -> int:
        text = view.text
        line = line_end(text, start, end)
        if not self.long or self._one_line_wanted(view):
            return line
        blank = text.find("\n\n", start, end)
        end = end if blank < 0 else blank
        end = _next_step(view, start, line, end)
        for match in _WAY_TO_COMMENT.finditer(text, line, end):
            head = text[match.end() : match.end() + 40]
            if (":" in head or "：" in head) and explains(view, match.end()):
                return match.start()
            if text[match.end()] in "(（" and text[start] not in "(（":
                return match.start()
        return end

    def _whole(self, view: View, start: int, end: int) -> Found | None:
        """Return the words of `start:end` of the clean text, by their place in the raw reply."""
        start, end = skip_blank(view.text, start, end), len(view.text[:end].rstrip())
        if start >= end or _NO_LETTER.match(view.text, start, end):
            return None
        if self._says_nothing(view, start, end):
            return Found(None, start, end, UNDETERMINED)
        if not self.long:
            start, end = _between(view, _behind_bullet(view.text, start, end), end)
            start, end = _contrasted(view, *_answered(view, _pointed_out(view, start, end), end))
        left, right = _raw_span(view, start, end)
        left, right = _unwrapped(view.reply.raw, left, right, stop=not self.long)
        if not self.long:
            left, right = _unwrapped(
                view.reply.raw, left, _without_particle(view, left, right), stop=True
            )
        words = view.reply.raw[left:right]
        if not any(c.isalnum() for c in words):
            return None
        if words[0] == "[" and words[-1] == "]" and words.isascii():  # the format's own placeholder
            return None
        return Found(words, left, right)

    def in_json(self, view: View) -> Answer | None:
        """Return the value of the answer's key where the reply is a JSON object."""
        data, *span = json_object(view) or (None,)
        path = answer_key(view, data) if data else None
        if path is None:
            return None
        key, value = path
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            return view.reply.not_found(rule="JSON key")
        raw = view.reply.raw
        place = value_place(raw, key, value, *span)
        if place is None:
            return None
        text = nfc(str(value)).strip()
        clean = view.reply.place(place[0]), view.reply.place(place[1])
        if not any(c.isalnum() for c in text) or self._says_nothing(view, *clean):
            return view.reply.not_found(UNDETERMINED, "JSON key")
        return Answer(text, "anchored", raw[slice(*place)], place, reply=raw, rule="JSON key")

    def _says_nothing(self, view: View, start: int, end: int) -> bool:
        """Whether the text says that there is no answer."""
        words = view.folded[start:end].strip(" .。!！\"'…")
        if words in _NOTHING or not words:
            return True
        if not self.long and (_apologizes(view, start, end) or _is_not_told(view, start, end)):
            return True
        if not view.declines(start, end):
            return False
        if self.long and end - start > 120:
            return False
        place = start
        for tag in view.tags(start, end):  # "I'm sorry, I don't know", not "The Unknown Soldier"
            if any(c.isalnum() for c in view.text[place : tag.start]):
                return end - start > 60 or self._ends_in_doubt(view, start, end)
            if tag.mask & _SAYS_NOT:
                words = view.folded[tag.start : tag.end]
                return " " in words or not words.isascii() or view.blank(tag.end, end)
            place = tag.end
        return False

    def _ends_in_doubt(self, view: View, start: int, end: int) -> bool:
        """Whether a phrase of several words at the end declines: "К сожалению, я не знаю"."""
        clause = view.last_clause(start, end)
        if clause > start and view.declines(clause, end):
            return True
        last = view.tags(start, end)[-1]
        said = view.folded[last.start : last.end]
        phrase = " " in said or not said.isascii()
        rest = view.text[last.end : end].split()  # 없습니다: an ending glued to the phrase
        closes = view.blank(last.end, end) or (is_glued(said[-1]) and len(rest) < 2)
        return last.mask & _SAYS_NOT > 0 and phrase and closes


def _only_adds(view: View, start: int, stop: int, behind: int) -> bool:
    """Whether what follows a few words and a blank line is no short answer: prose, an aside."""
    text, end = view.text, len(view.text.rstrip())
    words = len(text[start:stop].split())
    states = text[stop - 1] in _STOPS and (words > 3 or view.mask(start, stop) & _POINTS)
    if words > 5 or stop - start > _FEW or states or text[stop - 1] in "!?":
        return False
    if view.opened(start) > start:
        return False
    if "\n" not in text[stop + 1 : behind]:
        return False
    if text[behind] in "(（" and text[end - 1] in ")）":
        return True
    last, _ = last_line(text, end)
    return text[end - 1] in _STOPS and end - max(last, behind) > max(_PROSE, 2 * (stop - start))


_FEW, _PROSE = 40, 50


def _behind_bullet(text: str, start: int, end: int) -> int:
    bullet = _BULLET.match(text, start, end)
    return bullet.end() if bullet else start


def _is_not_told(view: View, start: int, end: int) -> bool:
    """Whether a sentence says that the text is silent: "The passage does not mention it".

    In inference such phrases mean neutral, whose words they are. As for apologies, a translation
    may say so.
    """
    if view.asked.language != view.asked.target_language or end - start < 2 * _SILENT:
        return False
    for tag in view.tags(start, end) if view.mask(start, end) & BIT["neutral"] else ():
        word = view.folded[tag.start : tag.end]
        glued = is_glued(word[0]) and any(one in word for one in view.lexicon.words["not"])
        if tag.mask & BIT["neutral"] and (" " in word or glued):  # not "neutral" itself
            return len(view.text[start:end].split()) > 3 or is_glued(word[0])
    return False


_SILENT = 5


def _apologizes(view: View, start: int, end: int) -> bool:
    """Whether a line opens with an apology that goes on: "Sorry, that is not in the text".

    Not where a translation is asked for, which may be one of an apology.
    """
    if view.asked.language != view.asked.target_language:
        return False
    opening = view.lexicon.pattern("refusal").match(view.folded, start, end)
    rest = RUN.findall(view.text, opening.end(), end) if opening else []
    return len(rest) > 2 or any(is_glued(word[0]) and len(word) > 5 for word in rest)


def _between(view: View, start: int, end: int) -> tuple[int, int]:
    """Return what stands between "answer" and "is" where the verb comes last: उत्तर पुणे आहे."""
    tags = view.tags(start, end)
    closed = len(tags) > 1 and tags[-1].mask & _COPULA and view.blank(tags[-1].end, end)
    suffixes = tuple([one for one in view.lexicon.words["particles"] if one[0] == "'"])
    stop = tags[-1].start if closed else end
    if not (closed or view.folded[start:end].rstrip(_STOPS).endswith(suffixes)):
        return start, end  # "Cevap Ankara'dır"
    place = start
    for tag in tags[:3]:
        if not tag.mask & _LEADS or not view.blank(place, tag.start):
            break
        place = tag.end
        if tag.mask & BIT["answer"]:
            found = skip_blank(view.text, place, end), stop
            return (start, end) if view.blank(*found) or tag.mask & _COPULA else found
    return start, end


def _pointed_out(view: View, start: int, end: int) -> int:
    """Return where the answer begins behind "It's", "C'est", "Es ist", unless a title does so."""
    place, mask = start, 0
    for tag in view.tags(start, min(end, start + _HEAD))[:2]:
        if not tag.mask & _POINTS or not view.blank(place, tag.start):
            break
        place, mask = tag.end, mask | tag.mask
    said, behind = view.text[start:place], skip_blank(view.text, place, end)
    points = len(said.split()) > 1 or "'" in view.folded[start:place]  # not a lone São, pl "to"
    title = (
        any(word.istitle() for word in said.split()[1:]) or view.text[behind : behind + 1].islower()
    )
    sentence = view.text[end - 1] in _STOPS and view.mask(behind, min(end, behind + 4)) & _ARTICLE
    few = 0 < len(view.text[behind:end].split()) < 6
    return behind if points and mask & _COPULA and few and (sentence or not title) else start


def _answered(view: View, start: int, end: int) -> tuple[int, int]:
    """Return what a sentence says of what the question asks: "The capital of France is Paris"."""
    for copula in view.lexicon.pattern("copula").finditer(
        view.folded, start, min(end, start + _QUESTION_REACH)
    ):
        if shares_question(view, start, copula.start(), share=_REPEATS):
            place = skip_blank(view.text, copula.end(), end)
            return (place, end) if not view.blank(place, end) else (start, end)
    return start, end


def _contrasted(view: View, start: int, end: int) -> tuple[int, int]:
    """Return what counts of "not Lyon, but Paris", "Paris, not Lyon", リヨンではなくパリ."""
    tags = view.tags(start, end) if view.mask(start, end) & _DENIES else []
    aside = _ASIDE.search(view.text, max(start, end - 90), end) if tags else None
    if aside and view.mask(aside.start(), end) & _NOT and not view.blank(start, aside.start()):
        return start, aside.start()  # "Canberra (not Sydney)"
    asked = view.asked.language
    own = () if asked.tag == "en" else tuple(map(words_of, asked.lexicon.get("not", ())))
    opens = bool(tags) and tags[0].mask & _NOT > 0 and view.blank(start, tags[0].start)
    lone = opens and view.text[tags[0].end : tags[0].end + 1] in tuple(COMMAS)  # "No, he ..."
    for place, tag in enumerate(tags):
        word = view.folded[tag.start : tag.end]
        if (len(word) == 1 and is_glued(word)) or view.text[tag.end : tag.end + 1] == "-":
            continue  # 不丹, 무; "non-alcoholic"
        floor = max(start, tag.start - 80)
        before = view.text[floor : tag.start].rstrip()
        led = before.endswith((*COMMAS, " –", " —", " -"))
        both = tag.mask & _NOT and tag.mask & _BUT and not view.blank(start, tag.start)
        turns = opens and led and not lone and place and tag.mask & _BUT
        if (both or turns) and not view.blank(tag.end, end):
            return skip_blank(view.text, tag.end, end), end
        denies = tag.mask & _NOT and (not tag.mask & BIT["no"] or word in own)
        if denies and led and not opens:
            return start, floor + len(before) - 1
    return start, end


_COPULA = BIT["copula"]
_LEADS = BIT["answer"] | BIT["correct"] | BIT["final"] | BIT["article"] | BIT["pronoun"]
_POINTS, _ARTICLE, _HEAD = BIT["pronoun"] | BIT["copula"], BIT["article"], 24
_BULLET = re.compile(r"(?:[-–•*]|1[.)])\s+(?=\S)")
_NOT, _BUT = BIT["not"], BIT["but"]
# So far a sentence repeats the question, and so much of its words does.
_QUESTION_REACH, _REPEATS = 400, 0.7
_DENIES = _NOT | BIT["except"]
_ASIDE = re.compile(r"\s?[(（][^()（）\n]{1,80}[)）]\W{0,3}\Z")
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*|__([^_\n]+)__")


def _emphasized(view: View, found: Found) -> Found:
    """Return the one part of a line that is set in bold: "It was written by **Goethe**"."""
    raw = view.reply.raw
    bold = list(_BOLD.finditer(raw, found.start, found.end))
    if len(bold) != 1 or found.value is None:
        return found
    left, right = _unwrapped(raw, *bold[0].span(bold[0].lastindex or 0), stop=True)
    return found._replace(value=raw[left:right], start=left, end=right)


def _next_step(view: View, start: int, line: int, end: int) -> int:
    """Return where the reply goes on counting its steps behind an answer; `end` if it does not."""
    for match in _STEP_LINE.finditer(view.text, line, end):
        before = f"{match['word']} {int(match['number']) - 1}"
        if (
            view.mask(*match.span("word")) & _STEP
            and before in view.text[max(0, start - _BACK) : start]
        ):
            return match.start()
    return end


_STEP_LINE = re.compile(rf"\n\W{{0,6}}(?P<word>{LETTER}{{2,12}})\s(?P<number>\d{{1,2}})\s?[:：.]")
_STEP, _BACK = BIT["step"], 2000
_NOTHING = frozenset(("...", "…", "null", "[]", "{}"))
_SHORT, _LONG = _Texts(long=False), _Texts(long=True)


def _raw_span(view: View, start: int, end: int) -> tuple[int, int]:
    """Return the raw place of a part, with the mark-up at its edges that belongs to it."""
    raw = view.reply.raw
    left, right = view.reply.span(start, end)
    floor = view.reply.span(start - 1, start)[1] if start else 0
    roof = view.reply.span(end, end + 1)[0] if end < len(view.text) else len(raw)
    opening = raw[floor:left].rpartition("\n")[2]
    closing = raw[right:roof].partition("\n")[0]
    cut = len(opening) - len(opening.lstrip("*_ \t"))
    if cut and " " in opening[:cut]:  # "**Answer:** *Paris*": the first ** closes the marker's
        opening = opening[opening.rindex(" ", 0, cut) + 1 :]
    wrap = _WRAPS.match(opening := opening.strip())
    opening = opening if wrap and _closer(wrap) in raw[left:right] + closing else ""
    left -= len(opening)
    closing = closing.rstrip()
    if closing and not (opening or _opened_before(closing, raw[left:right])):
        closing = ""
    return left, right + len(closing)


def _opened_before(closing: str, words: str) -> bool:
    """Whether the mark-up behind a text was opened within it: "say *hello*", "{name}"."""
    sign = closing[0]
    if sign in "*_`$":
        run = closing[: len(closing) - len(closing.lstrip(sign))]
        return words.count(run) % 2 == 1
    if closing.startswith("</"):
        return f"<{closing[2:].split('>')[0]}" in words
    return sign == "}" and words.count("{") > words.count("}")


def _closer(match: re.Match[str]) -> str:
    if match["tag"]:
        return f"</{match['tag']}>"
    opened = match["open"]
    return "}" if opened.endswith("{") else _CLOSING.get(opened, opened)


def _unwrapped(raw: str, left: int, right: int, *, stop: bool) -> tuple[int, int]:
    """Return a place without blanks, full stop, and the pairs that wrap all of it."""
    for _ in range(6):
        before = left, right
        left = skip_blank(raw, left, right)
        while right > left and (raw[right - 1].isspace() or _is_emoji(raw[right - 1])):
            right -= 1
        stopped = stop and right - left > 1 and raw[right - 1] in _STOPS
        if stopped and not _abbreviates(raw[left:right]):
            right -= 1
        left, right = _without_wrap(raw, *_without_quotes(raw, left, right))
        if (left, right) == before:
            break
    return left, right


def _is_emoji(sign: str) -> bool:
    """Whether a sign only adorns: a picture, a flag, the marks that join or vary them."""
    return sign > "\u25ff" and category(sign) in ("So", "Sk") or sign in "\u200d\ufe0f"


def _without_quotes(raw: str, left: int, right: int) -> tuple[int, int]:
    closers = _PAIRS.get(raw[left : left + 1], "")
    inner = raw[left + 1 : right - 1]
    if not inner or raw[right - 1] not in closers or raw[left] in inner or raw[right - 1] in inner:
        return left, right
    return left + 1, right - 1


def _without_wrap(raw: str, left: int, right: int) -> tuple[int, int]:
    match = _WRAPS.match(raw, left, right)
    if match is None:
        return left, right
    closer = _closer(match)
    end = right - len(closer)
    inner = raw[match.end() : end]
    whole = _balanced(inner) if closer == "}" else closer not in inner
    inside = end > match.end() and raw.startswith(closer, end) and whole
    return (match.end(), end) if inside else (left, right)


def _balanced(words: str) -> bool:
    """Whether every brace in the words closes one of theirs."""
    depth = 0
    for sign in words:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return not depth


def _abbreviates(words: str) -> bool:
    """Whether the last stop belongs to the word: "U.S.", "D.C.", "...", "etc."."""
    word = words[:-1].rpartition(" ")[2]
    short = 1 < len(word) <= 3 and word[0].isupper() and not word.isupper() and " " in words
    return "." in word or (short and word.isascii()) or (len(word) == 1 and word.isupper())


def _without_particle(view: View, left: int, right: int) -> int:
    """Return the end of a text before a copula that its language glues on: パリです."""
    raw = view.reply.raw
    for particle in view.lexicon.words["particles"]:
        place = right - len(particle)
        if place <= left or not raw.endswith(particle, left, right):
            continue
        copula = particle in view.lexicon.words["copula"] and raw[place - 1] == " "
        if copula or (is_glued(particle) and len(particle) > 1) or particle[0] == "'":
            return left + len(raw[left : right - len(particle)].rstrip())
    return right
