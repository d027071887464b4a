"""The page to play with: what it asks the server for, and the page itself in a real browser."""

import importlib.util
import json
import re
import shlex
import sys
import time
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace

import pytest
from blocks import ROOT
from misbehaving_server import Script, delta, events, serving
from running_app import PROBLEM, served

import xlt
from xlt.errors import InputError
from xlt.running import drive
from xlt.serving import ServeSettings, Upstream
from xlt.serving.playing import compose_side_by_side, detect_in, offered

SETTINGS = ServeSettings({"main": Upstream("http://127.0.0.1:1/v1")}, model="small")
MGSM = {"task": "mgsm", "inputs": {"problem": PROBLEM}, "language": "sw"}
SEVERAL = (
    "autocap",
    "clc",
    "clp",
    "clsp",
    "emcee",
    "pim",
    "related_feedback",
    "selective_translation",
    "self_translate",
)
HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\"></p><script>document.title='owned'</script>"
)
ARABIC = "The capital of Morocco is Rabat.\nالعاصمة هي الرباط 😀\nAnswer: الرباط"


def column(strategy, options=MGSM, **more):
    asked = {"options": options, "strategies": [strategy], "model": "gpt-4o-mini", **more}
    (made,) = compose_side_by_side(SETTINGS, asked)["columns"]
    return made


def test_what_is_offered_can_be_composed():
    offer = offered(SETTINGS)
    names = {one["name"] for one in offer["tasks"]}
    assert {"arithmetic_reasoning", "chat", "rag"} <= names
    assert "extraction" not in names
    several = {one["name"]: one["several"] for one in offer["strategies"]}
    assert not any(several[name] for name in ("xlt", "basic", "auto"))
    assert all(several[name] for name in SEVERAL)
    assert not {"translate_en", "chain_of_dictionary", "csicl"} & several.keys()
    for strategy in several:
        assert "error" not in column(strategy)
    (translation,) = [one for one in offer["tasks"] if one["name"] == "machine_translation"]
    assert translation["needs_target"]


@pytest.mark.parametrize("strategy", ["xlt", "basic", "auto"])
def test_a_column_is_the_librarys_own_prompt(strategy):
    made = column(strategy)
    own = {"model": "gpt-4o-mini"} if strategy == "auto" else {}
    prompt = xlt.compose("mgsm", PROBLEM, language="sw", strategy=strategy, **own)
    assert [(one["name"], one["text"]) for one in made["steps"]] == list(prompt.steps)
    assert made["tokens"] == prompt.count_tokens("gpt-4o-mini")
    assert made["signature"] == prompt.signature


@pytest.mark.parametrize("strategy", SEVERAL)
@pytest.mark.parametrize(
    ("task", "inputs"),
    [("mgsm", {"problem": PROBLEM}), ("xnli", {"premise": "Mvua.", "hypothesis": "Kuna maji."})],
)
def test_a_column_of_several_calls_shows_the_first_round_and_counts_the_rest(
    strategy, task, inputs
):
    made = column(strategy, {"task": task, "inputs": inputs, "language": "sw"})
    rounds = []

    def send(prompts):
        rounds.append(prompts)
        return ["Answer: entailment" if task == "xnli" else "Answer: 1" for _ in prompts]

    drive(xlt.plan(task, inputs, language="sw", strategy=strategy), send)
    first, *beside = rounds[0]
    assert [(one["name"], one["text"]) for one in made["steps"]] == list(first.steps)
    assert made["beside"] == [one.text for one in beside]
    assert made["tokens"] == sum(one.count_tokens("gpt-4o-mini") for one in rounds[0])
    assert made["rounds"] == [len(one) for one in rounds]
    assert made["several"]


def test_a_strategy_that_the_task_has_not_says_why():
    made = column("clsp", {"task": "chat", "inputs": {"message": "Habari?"}, "language": "sw"})
    assert made["error"].startswith("clsp votes over equal answers")


def test_a_column_without_a_prompt_says_why():
    made = column("xlt", {"task": "mgsm", "inputs": {"problem": "3"}})
    assert made["error"].endswith("has no words to detect a language from.")


@pytest.mark.parametrize(
    ("text", "tag", "message"),
    [
        ("Mkulima anapanda mahindi shambani kila mwaka.", "sw", None),
        (PROBLEM, None, "best guess, Swahili, is 26% sure."),
        ("", None, ""),
    ],
)
def test_the_language_is_told_with_how_sure_it_is(text, tag, message):
    found = detect_in(SETTINGS, {"task": "mgsm", "inputs": {"problem": text}})
    assert (found["language"] and found["language"]["tag"]) == tag
    if message is None:
        assert 0.35 < found["confidence"] <= 1
    else:
        assert found["message"].endswith(message)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"options": MGSM, "strategies": []},
        {"options": MGSM, "strategies": ["xlt"] * 5},
        {"options": {"tsk": "mgsm"}, "strategies": ["xlt"]},
        {"options": 5, "strategies": ["xlt"]},
    ],
)
def test_what_cannot_be_composed_is_told(body):
    with pytest.raises(InputError):
        compose_side_by_side(SETTINGS, body)


class Client:
    """OpenAI's client: keeps what it is asked, and answers 13."""

    asked: list = []

    def __init__(self):
        create = SimpleNamespace(create=self.create)
        self.chat = SimpleNamespace(completions=create)

    def create(self, **arguments):
        self.asked.append(arguments)
        return {"choices": [{"message": {"content": "Answer: 13"}}]}


@pytest.fixture
def copied(monkeypatch):
    """Run the Python that a column offers to copy, with `Client`; give the column."""
    openai = ModuleType("openai")
    openai.OpenAI = Client
    monkeypatch.setitem(sys.modules, "openai", openai)
    monkeypatch.setattr(Client, "asked", [])

    def run(strategy):
        made = column(strategy)
        exec(compile(made["code"]["python"], "copied", "exec"), {})
        return made

    return run


@pytest.mark.parametrize("strategy", ["xlt", "basic", "auto"])
def test_the_python_to_copy_makes_the_same_prompt(strategy, copied, capsys):
    made = copied(strategy)
    assert capsys.readouterr().out == "13\n"
    text = "\n".join(one["text"] for one in made["steps"])
    assert Client.asked == [
        {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": text}]}
    ]


@pytest.mark.parametrize("strategy", ["clp", "clc"])
def test_the_python_to_copy_makes_all_the_calls(strategy, copied, capsys):
    made = copied(strategy)
    assert capsys.readouterr().out == "13\n"
    assert len(Client.asked) == sum(made["rounds"])
    assert made["steps"][0]["text"] in Client.asked[0]["messages"][0]["content"]


@pytest.mark.parametrize("strategy", ["xlt", "basic", "auto", "clp"])
def test_the_langchain_to_copy_runs(strategy, monkeypatch, capsys):
    from langchain import chat_models
    from langchain_core.language_models.fake_chat_models import FakeListChatModel

    fake = FakeListChatModel(responses=["Answer: 13"])
    monkeypatch.setattr(chat_models, "init_chat_model", lambda name, **settings: fake)
    exec(compile(column(strategy)["code"]["langchain"], "copied", "exec"), {})
    assert capsys.readouterr().out == "13\n"


def test_the_curl_to_copy_is_one_command_whatever_the_text_holds():
    text = "It's \"5\" $(touch x) `id` \\ \n{'a': 'é'}"
    options = {"task": "mgsm", "inputs": {"problem": text}, "language": "en"}
    made = column("basic", options, base_url="http://127.0.0.1:8765")["code"]["curl"]
    words = shlex.split(made.replace("\\\n", " "))
    body = json.loads(words[words.index("-d") + 1])
    assert words[1] == "http://127.0.0.1:8765/v1/chat/completions"
    assert body["messages"][0]["content"] == text
    assert body["xlt"] == {"language": "en", "strategy": "basic"}


def test_the_page_takes_no_text_for_markup_and_nothing_from_elsewhere():
    folder = ROOT / "xlt" / "serving" / "page"
    script = (folder / "page.js").read_text("utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|new Function", script
    )
    for file in folder.iterdir():
        assert not re.search(r"(https?:)?//[\w.-]+\.\w", file.read_text("utf-8")), file.name


def chromium_module():
    spec = importlib.util.spec_from_file_location("chromium_pipe", ROOT / "scripts" / "chromium.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def playing(*scripts, **settings):
    """Give a page of a real browser at xlt's server, after its first prompts are there."""
    module = chromium_module()
    chromium = module.find_chromium()
    if chromium is None:
        pytest.skip("there is no Chromium here: apt-get install chromium")
    with (
        serving(*scripts, keep_alive=True) as upstream,
        served(upstream.url, model="small", **settings) as url,
        module.browse(chromium) as page,
    ):
        page.open(f"{url}/", 1080)
        yield page


def until(page, condition):
    """Wait until an expression is true in the page."""
    end = time.monotonic() + 90
    while not page.value(condition):
        assert time.monotonic() < end, page.value("document.body.innerText")
        time.sleep(0.1)


def show(page, task, field, text, language, columns=2):
    """Fill the form in, as a person does, and wait for the prompts."""
    page.value(
        f"""(() => {{
            const fill = (id, value) => {{
                const input = document.getElementById(id);
                input.value = value;
                input.dispatchEvent(new Event("input", {{ bubbles: true }}));
            }};
            fill("task", {json.dumps(task)});
            fill("language", {json.dumps(language)});
            fill("field-{field}", {json.dumps(text)});
        }})()"""
    )
    shown = f"(one) => one.textContent.includes({json.dumps(text)})"
    until(page, f"[...document.querySelectorAll('.text')].filter({shown}).length === {columns}")


def send(page, shown):
    """Send both prompts, and wait until each reply shows such an element."""
    page.value("document.getElementById('send').click()")
    there = f"document.querySelectorAll({json.dumps(shown)}).length === 2"
    until(page, f"{there} && document.getElementById('stop').hidden")


SAYS_ARABIC = events(
    delta(ARABIC[:40]),
    delta(ARABIC[40:]),
    delta(None, "stop"),
    '{"choices": [], "usage": {"prompt_tokens": 90, "completion_tokens": 20}}',
    "[DONE]",
)


@pytest.mark.slow
@pytest.mark.real_server
@pytest.mark.xdist_group("chromium")
def test_a_request_in_arabic_from_its_text_to_the_marked_answer():
    with playing(SAYS_ARABIC) as page:
        until(page, "document.querySelectorAll('.steps li').length === 7")
        assert page.value("document.getElementById('detected').textContent").startswith(
            "Detected: Chinese"
        )
        show(page, "question_answering", "question", "ما هي عاصمة المغرب؟", "Arabic")
        field = "getComputedStyle(document.getElementById('field-question'))"
        assert page.value(f"{field}.direction") == "rtl"
        send(page, "mark")
        assert page.value("document.querySelector('mark').textContent") == "الرباط"
        before = page.value("document.querySelector('mark').previousSibling.textContent")
        assert before.endswith("الرباط 😀\nAnswer: ")
        told = page.value("document.querySelector('.reply').innerText")
        assert "Answer: الرباط" in told
        assert "anchored, behind marker, 90 tokens in, 20 out" in told
        assert "Lines not in Arabic: 1" in told
        assert "Live replies of small." in page.value("document.body.innerText")
        for width in (400, 720, 1080, 1920):
            for scheme in ("light", "dark"):
                page.resize(width, 900)
                media = {"name": "prefers-color-scheme", "value": scheme}
                page.send("Emulation.setEmulatedMedia", features=[media])
                assert page.value("document.documentElement.scrollWidth") <= width
        check_names_and_keyboard(page)
        check_origins(page)
        assert page.named("Runtime.exceptionThrown") == []


def choose(page, *strategies):
    """Check these strategies alone."""
    page.value(
        f"""(() => {{
            const wanted = {json.dumps(strategies)};
            for (const box of document.querySelectorAll("#strategies input")) {{
                box.checked = wanted.includes(box.value);
            }}
            const any = document.querySelector("#strategies input");
            any.dispatchEvent(new Event("input", {{ bubbles: true }}));
        }})()"""
    )
    until(page, f"document.querySelectorAll('.column').length === {len(strategies)}")
    names = "[...document.querySelectorAll('.column h2')].map((one) => one.textContent)"
    until(page, f"{names}.join() === {json.dumps(','.join(strategies))}")


@pytest.mark.slow
@pytest.mark.real_server
@pytest.mark.xdist_group("chromium")
def test_a_strategy_of_several_calls_from_its_first_prompt_to_the_marked_answer():
    first = Script(json.dumps({"choices": [{"message": {"content": HOSTILE}}]}).encode())
    with playing(first, SAYS_ARABIC) as page:
        until(page, "document.querySelectorAll('.steps li').length === 7")
        groups = "[...document.querySelectorAll('#strategies [role=group]')]"
        assert page.value(f"{groups}.map((one) => one.ariaLabel).join()") == (
            "One call,Several calls"
        )
        choose(page, "clp")
        column = "document.querySelector('.column')"
        assert "As a rule 2 calls in 2 rounds. The first prompt:" in page.value(
            f"{column}.innerText"
        )
        show(page, "question_answering", "question", "ما هي عاصمة المغرب؟", "Arabic", 1)
        page.value("document.getElementById('send').click()")
        until(page, "document.querySelector('mark') && document.getElementById('stop').hidden")
        assert page.value("document.querySelector('mark').textContent") == "الرباط"
        rounds = "[...document.querySelectorAll('.reply > div > details')]"
        heads = f"{rounds}.map((one) => one.querySelector('summary').textContent)"
        assert page.value(f"{heads}.join()") == "Round 1: 1 call,Round 2: 1 call"
        assert page.value(f"{rounds}.some((one) => one.open)") is False
        assert page.value(f"{rounds}[0].textContent").endswith(HOSTILE)
        assert page.value(f"{rounds}[1].textContent").endswith("Its reply is the one below.")
        assert "2 calls" in page.value("document.querySelector('.reply').innerText")
        assert page.value("document.title") == "xlt: try a prompt"
        page.value("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        for width in (400, 1920):
            page.resize(width, 900)
            assert page.value("document.documentElement.scrollWidth") <= width
        check_names_and_keyboard(page)
        check_origins(page)
        assert page.named("Runtime.exceptionThrown") == []


def check_names_and_keyboard(page):
    """Assert that what can be operated has a name, and that Tab comes to all of it."""
    roles = {
        "button",
        "textbox",
        "combobox",
        "checkbox",
        "ComboBoxMenuSelect",
        "DisclosureTriangle",
    }
    nodes = page.send("Accessibility.getFullAXTree")["nodes"]
    operated = [
        one for one in nodes if not one["ignored"] and one.get("role", {}).get("value") in roles
    ]
    assert len(operated) > 20
    assert [one for one in operated if not one["name"]["value"]] == []
    page.value("document.activeElement.blur()")
    reached = set()
    for _ in range(80):
        for kind in ("keyDown", "keyUp"):
            page.send(
                "Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9
            )
        reached.add(page.value("document.activeElement.id || document.activeElement.textContent"))
    assert {"task", "language", "field-question", "model", "key", "send", "Python"} <= reached


def check_origins(page):
    urls = [one["request"]["url"] for one in page.named("Network.requestWillBeSent")]
    origin = page.value("location.origin")
    assert urls
    assert [one for one in urls if not one.startswith((origin, "data:"))] == []


@pytest.mark.slow
@pytest.mark.real_server
@pytest.mark.xdist_group("chromium")
def test_hostile_texts_stay_texts_and_failures_are_told():
    says = events(delta(f"{HOSTILE}\n"), delta(f"Answer: {HOSTILE}", "stop"), "[DONE]")
    fails = Script(b'{"error": {"message": "no <b>credit</b>"}}', status=402)
    with playing(says, says, fails) as page:
        until(page, "document.querySelectorAll('.steps li').length === 7")
        show(page, "chat", "message", HOSTILE, "English")
        send(page, ".answer:not(:empty)")
        assert HOSTILE in page.value("document.querySelector('.reply').textContent")
        send(page, ".reply .bad")
        assert "no <b>credit</b>" in page.value("document.querySelector('.reply .bad').textContent")
        assert page.value("document.title") == "xlt: try a prompt"
        assert page.value("document.querySelectorAll('main img, main script').length") == 0


@pytest.mark.real_server
def test_the_page_carries_a_policy():
    import httpx

    with serving(Script(b"{}")) as upstream, served(upstream.url) as url:
        made = httpx.get(f"{url}/")
    policy = made.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert made.headers["x-content-type-options"] == "nosniff"
