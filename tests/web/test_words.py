"""Catalogues: complete, in step with the code, and read the way the product reads them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from siaga.adapters.web.words import Words, as_inline_json

ROOT = Path(__file__).resolve().parents[2]
PO = """
#: web/src/live.ts
msgid "Langsung"
msgstr "Live"

#: src/siaga/templates/layout.html
msgid "Masuk"
msgstr "Sign in"

#: web/src/sheet.ts
msgid "{n} pelapor"
msgid_plural "{n} pelapor"
msgstr[0] "{n} caller"
msgstr[1] "{n} callers"

#, fuzzy
msgid "Keluar"
msgstr "Log in"

msgid "Belum"
msgstr ""
"""


@pytest.fixture
def words(tmp_path: Path) -> Words:
    folder = tmp_path / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    header = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    (folder / "siaga.po").write_text(header + PO, encoding="utf-8")
    return Words.load(tmp_path)


def test_indonesian_is_its_own_key_and_nothing_falls_back_to_a_code(words: Words) -> None:
    assert words.languages == ("id", "en")
    assert words.translate("id", "Masuk") == "Masuk"
    assert words.translate("en", "Masuk") == "Sign in"
    assert words.translate("en", "Tidak dikenal") == "Tidak dikenal"
    assert words.translate("su", "Masuk") == "Masuk"


def test_doubtful_and_empty_translations_are_not_used(words: Words) -> None:
    assert words.translate("en", "Keluar") == "Keluar"
    assert words.translate("en", "Belum") == "Belum"


def test_english_counts_in_two_forms_and_indonesian_in_one(words: Words) -> None:
    assert [words.count("en", "{n} pelapor", n) for n in (0, 1, 2)] == ["0 callers", "1 caller", "2 callers"]
    assert [words.count("id", "{n} pelapor", n) for n in (1, 2)] == ["1 pelapor", "2 pelapor"]


def test_a_gap_without_a_value_is_a_mistake_and_is_noticed(words: Words) -> None:
    with pytest.raises(KeyError):
        words.translate("en", "Antre {count}", other=1)


def test_the_browser_gets_only_its_own_sentences(words: Words) -> None:
    assert words.for_browser("en") == {"Langsung": "Live", "{n} pelapor": ["{n} caller", "{n} callers"]}
    assert words.for_browser("en", {"web/src/live.ts"}) == {"Langsung": "Live"}
    assert words.for_browser("id") == {}


def test_inline_json_cannot_end_its_script_element() -> None:
    assert "</script" not in as_inline_json({"a": "</script><b>&"})


@pytest.mark.slow
def test_shipped_catalogues_are_complete_and_in_step() -> None:
    done = subprocess.run(
        [sys.executable, "tools/words.py", "check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_documented_keys_are_the_registry() -> None:
    done = subprocess.run(
        [sys.executable, "tools/shortcuts.py", "check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
