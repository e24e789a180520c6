"""The check behind `make lint`: what it reads, and what it finds."""

import struct
from pathlib import Path

import pytest

from scripts import translations

PO = """\
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

#: apps/x.py:1
msgid "Level"
msgstr "分销等级"

msgctxt "place"
msgid ""
"Long "
"text\\n"
msgstr "长文本\\n"

msgid "%d order"
msgid_plural "%d orders"
msgstr[0] "%d 个订单"

#, fuzzy
msgid "Sure?"
msgstr "不确定"

msgid "Empty"
msgstr ""

#~ msgid "Gone"
#~ msgstr "没了"
"""
COMPLETE = {
    "": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n",
    "Level": "分销等级",
    "place\x04Long text\n": "长文本\n",
    "%d order\x00%d orders": "%d 个订单",
}


def write_mo(path: Path, messages: dict[str, str]) -> None:
    """A compiled catalogue, as msgfmt would write it."""
    pairs = sorted((key.encode(), text.encode()) for key, text in messages.items())
    offset = 28 + 16 * len(pairs)
    tables: list[list[int]] = [[], []]
    blob = b""
    for column in (0, 1):
        for pair in pairs:
            tables[column] += [len(pair[column]), offset + len(blob)]
            blob += pair[column] + b"\0"
    numbers = [0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0, *tables[0], *tables[1]]
    path.write_bytes(struct.pack(f"<{len(numbers)}I", *numbers) + blob)


@pytest.fixture
def po(tmp_path, monkeypatch) -> Path:
    """A catalogue with everything a .po file may hold."""
    monkeypatch.setattr(translations, "ROOT", tmp_path)
    path = tmp_path / "django.po"
    path.write_text(PO, encoding="utf-8")
    return path


def test_reads_contexts_plurals_and_long_texts_but_not_what_is_obsolete(po):
    entries = translations.read_po(po)

    assert [(entry.key, entry.translations) for entry in entries] == [
        ("Level", {0: "分销等级"}),
        ("place\x04Long text\n", {0: "长文本\n"}),
        ("%d order", {0: "%d 个订单"}),
        ("Sure?", {0: "不确定"}),
        ("Empty", {0: ""}),
    ]


def test_names_what_is_fuzzy_or_missing(po):
    assert translations.incomplete(po) == [
        "django.po:18: fuzzy: 'Sure?'",
        "django.po:22: not translated: 'Empty'",
    ]


def test_a_compiled_file_must_say_what_its_source_says(po):
    stale = ["django.mo is not what its .po says: make messages"]
    compiled = po.with_suffix(".mo")
    assert translations.outdated_compilation(po) == ["django.mo is missing: make messages"]

    write_mo(compiled, COMPLETE)
    assert translations.outdated_compilation(po) == []

    write_mo(compiled, {**COMPLETE, "Level": "等级"})
    assert translations.outdated_compilation(po) == stale

    write_mo(compiled, {key: text for key, text in COMPLETE.items() if key != "Level"})
    assert translations.outdated_compilation(po) == stale
