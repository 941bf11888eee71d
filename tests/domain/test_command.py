"""The command line reads what rooms type, never fails, and writes what it reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga.domain.command import Command, completed, nearest, read, render
from siaga.domain.command_words import GRAMMAR, PART_LABELS, SPELLINGS, VERBS, Part, Verb

LINES = (
    ("D DMK1 23", Command(verb=Verb.SEND, units=("DMK1",), incident="23")),
    ("d.dmk2,dmk4;psc3 #24", Command(verb=Verb.SEND, units=("DMK2", "DMK4", "PSC3"), incident="24")),
    ("/D DMK1 24 lewat Gg. Melati, sempit", Command(
        verb=Verb.SEND, units=("DMK1",), incident="24", text="lewat Gg. Melati, sempit")),
    ("DE DMK1 24", Command(verb=Verb.SEND, units=("DMK1",), incident="24", status="JL")),
    ("do dmk1 24", Command(verb=Verb.SEND, units=("DMK1",), incident="24", status="TB")),
    ("JL DMK1", Command(verb=Verb.EN_ROUTE, unit="DMK1")),
    ("A dmk1", Command(verb=Verb.ON_SCENE, unit="DMK1")),
    ("BW PSC2 RSD Gunung Jati", Command(verb=Verb.TRANSPORT, unit="PSC2", text="RSD Gunung Jati")),
    ("CU PSC2", Command(verb=Verb.FINISH, unit="PSC2")),
    ("F PSC2 dirawat", Command(verb=Verb.FINISH, unit="PSC2", text="dirawat")),
    ("U BPB1 sd", Command(verb=Verb.STATUS, unit="BPB1", status="SD")),
    ("OS DMK5", Command(verb=Verb.OUT, unit="DMK5")),
    ("N 24 api di dapur. 1 anak, pintu belakang", Command(
        verb=Verb.NOTE, incident="24", text="api di dapur. 1 anak, pintu belakang")),
    ("P.24.1", Command(verb=Verb.PRIORITY, incident="24", priority="1")),
    ("G 23 24", Command(verb=Verb.MERGE, incident="23", other="24")),
    ("O 24 pln,dishub", Command(verb=Verb.AGENCIES, incident="24", agencies=("PLN", "DISHUB"))),
    ("T 24 palsu", Command(verb=Verb.CLOSE, incident="24", outcome="PALSU")),
    ("T 24 sama 23", Command(verb=Verb.CLOSE, incident="24", outcome="SAMA", other="23")),
    ("II kebakaran rumah; Jl. Kesambi Dalam, RT 3; ada anak; dua", Command(
        verb=Verb.OPEN, kind="kebakaran rumah", where="Jl. Kesambi Dalam, RT 3", text="ada anak; dua")),
    ("C 0812-2411 0982", Command(verb=Verb.CALLER, number="081224110982")),
    ("L dmk1", Command(verb=Verb.SHOW, subject="DMK1")),
    ("W 5 telepon RT, tanya air", Command(verb=Verb.REMIND, minutes="5", text="telepon RT, tanya air")),
    ("VI 24", Command(verb=Verb.PAGE, incident="24")),
    ("batal", Command(verb=Verb.UNDO)),
    ("?", Command(verb=Verb.HELP)),
)  # fmt: skip


@pytest.mark.parametrize(("line", "meant"), LINES)
def test_what_rooms_type_is_read(line: str, meant: Command) -> None:
    reading = read(line)
    assert reading.command == meant
    assert not reading.extra
    assert read(render(meant)).command == meant


def test_the_beginning_of_a_command_says_what_comes_next() -> None:
    for line, part in (
        ("D", Part.UNITS),
        ("D DMK1 ", Part.INCIDENT),
        ("N 24", Part.TEXT),
        ("T 4", Part.OUTCOME),
    ):
        reading = read(line)
        assert (reading.command, reading.missing) == (None, part)


def test_the_word_under_the_caret_is_what_a_completion_finishes() -> None:
    reading = read("D DMK1,DM")
    assert (reading.typing, reading.typing_part) == ("DM", Part.UNITS)
    assert completed(reading, "DMK2") == "D DMK1,DMK2 "
    assert read("D DMK1 ").typing == ""
    assert (read("te").typing, read("te").typing_part) == ("te", None)


def test_what_is_left_over_and_unknown_first_words_are_named() -> None:
    assert read("P 24 1 sekarang").extra == "sekarang"
    assert read("XYZ 24").unknown == "XYZ"
    assert nearest("dmk", ("PSC1", "DMK2", "DMK1", "DMR1")) == ("DMK1", "DMK2", "DMR1")


def test_every_verb_and_part_has_words_and_no_spelling_means_two_verbs() -> None:
    spelled = [spelling for words in GRAMMAR for spelling in (words.verb.value, *words.also)]
    assert len(spelled) == len(set(spelled)) == len(SPELLINGS) - 2  # DE and DO
    assert set(VERBS) == set(Verb)
    assert set(PART_LABELS) == set(Part)


@given(st.text(max_size=120))
def test_reading_never_fails_and_a_whole_command_reads_back_as_itself(line: str) -> None:
    reading = read(line)
    if reading.command is not None and not reading.extra:
        assert read(render(reading.command)).command == reading.command


@given(
    st.sampled_from(sorted(SPELLINGS)),
    st.lists(st.text("aB1#.,; \tJ+", max_size=8), max_size=6),
    st.sampled_from(" .,;"),
)
def test_what_begins_with_a_verb_reads_back_as_itself(word: str, more: list[str], separator: str) -> None:
    reading = read(separator.join([word, *more]))
    if reading.command is not None:
        assert read(render(reading.command)).command == reading.command
    else:
        assert reading.missing is not None
