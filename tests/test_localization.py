"""Texts in and out of JSON and gettext files; plurals are refused, nothing else is lost."""

import json

import pytest

from xlt.errors import DataFileError, InputError
from xlt.localization import read_strings

EN = {
    "menu": {"open": "Open {file}", "sizes": ["Small", "Large"]},
    "files": "{count, plural, one {# file} other {# files}}",
    "version": "1.0",
    "on": True,
}
PO = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"

#. On the button
#: app.py:3
msgid "Save %s"
msgstr ""

msgctxt "menu"
msgid "Open"
msgstr "old"

msgid "%d file"
msgid_plural "%d files"
msgstr[0] ""
msgstr[1] ""
"""


def test_json_goes_in_and_out(tmp_path):
    source = tmp_path / "en.json"
    source.write_text(json.dumps(EN), encoding="utf-8")
    strings = read_strings(source)
    assert strings.texts == {
        "menu.open": "Open {file}",
        "menu.sizes.0": "Small",
        "menu.sizes.1": "Large",
    }
    assert strings.skipped == {
        "files": "is an ICU message with plural or select forms",
        "version": "has no word",
    }
    strings.set("menu.open", "Fungua {file}")
    strings.set("menu.sizes.1", "Kubwa")
    strings.write(tmp_path / "sw.json", "sw")
    made = json.loads((tmp_path / "sw.json").read_text(encoding="utf-8"))
    assert made == {**EN, "menu": {"open": "Fungua {file}", "sizes": ["Small", "Kubwa"]}}


def test_gettext_goes_in_and_out(tmp_path):
    pytest.importorskip("polib")
    source = tmp_path / "app.po"
    source.write_text(PO, encoding="utf-8")
    strings = read_strings(source)
    assert list(strings.texts.values()) == ["Save %s", "Open"]
    assert strings.context["Save %s"] == "On the button"
    assert strings.skipped == {"%d file": "has plural forms"}
    strings.set("Save %s", "Hifadhi %s")
    strings.write(tmp_path / "sw.po", "sw")
    again = (tmp_path / "sw.po").read_text(encoding="utf-8")
    assert 'msgstr "Hifadhi %s"' in again
    assert '"Language: sw\\n"' in again
    assert 'msgid_plural "%d files"' in again
    assert 'msgstr "old"' in again


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", "[1]", "must hold a JSON object"),
        ("a.json", "{", "is not JSON"),
        ("a.json", '{"a":' * 40 + '"x"' + "}" * 40, "nested deeper than 32 levels"),
        ("a.xliff", "<x/>", "neither JSON nor a gettext"),
        ("a.po", 'msgid "a "b" c"\nmsgstr ""\n', "is not a gettext file"),
    ],
)
def test_other_files_are_refused(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=message):
        read_strings(tmp_path / name)


def test_a_file_that_is_not_there_is_a_data_file(tmp_path):
    for name in ("none.json", "none.po"):
        with pytest.raises(DataFileError, match=f"{name}: cannot be read: No such file"):
            read_strings(tmp_path / name)


def test_a_key_that_is_not_there(tmp_path):
    (tmp_path / "a.json").write_text('{"a": "x"}')
    with pytest.raises(InputError, match="has no text 'b'"):
        read_strings(tmp_path / "a.json").set("b", "y")
