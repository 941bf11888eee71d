from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from siaga.domain.city import City
from siaga.domain.incident_type import LocalWord
from siaga.domain.local_speech import Language, LocalSpeech
from siaga.domain.spelling import as_heard, folded, within_one_typo
from siaga.domain.type_match import MatchHow, match_types, resolve_type
from tests.a_city import CITY, a_city, a_type

TYPES = (
    a_type("api.rumah", name="Kebakaran rumah", name_en="House fire", synonyms=("rumah terbakar",),
           local_words=(LocalWord(text="kobongan", languages=("jv",)),)),
    a_type("api.lahan", name="Kebakaran lahan", name_en="Bush fire"),
    a_type("sakit.pingsan", name="Orang tidak sadar", name_en="Unconscious person", synonyms=("pingsan",)),
    a_type("rumah.tangga", name="Kekerasan dalam rumah tangga", name_en="Domestic violence"),
    a_type("laka.lantas", name="Kecelakaan lalu lintas", name_en="Traffic accident", synonyms=("motor jatuh",)),
)  # fmt: skip
JAVANESE = Language(code="jv", name="Jawa", name_en="Javanese")
TOWN: City = a_city(types=TYPES, speech=LocalSpeech(languages=(JAVANESE,)))


def codes(text: str) -> list[str]:
    return [match.type.code for match in match_types(TOWN, text)]


def test_three_letters_find_the_first_type_of_the_list_that_begins_so():
    assert codes("keb") == ["api.rumah", "api.lahan"]


def test_parts_of_words_in_any_order_find_a_name():
    assert codes("rum keb")[0] == "api.rumah"
    assert codes("lah keb")[0] == "api.lahan"


def test_initials_find_a_name():
    match = match_types(TOWN, "kdrt")[0]

    assert (match.type.code, match.how) == ("rumah.tangga", MatchHow.INITIALS)
    assert match.because == "singkatan “Kekerasan dalam rumah tangga”"


def test_a_whole_sentence_is_understood_by_what_was_said_in_it():
    match = match_types(TOWN, "tolong pak ada orang pingsan di pasar")[0]

    assert (match.type.code, match.how, match.phrase) == ("sakit.pingsan", MatchHow.SAID, "pingsan")


def test_a_slip_of_the_finger_is_forgiven_and_said():
    match = match_types(TOWN, "kebakran")[0]

    assert (match.type.code, match.how, match.because) == (
        "api.rumah",
        MatchHow.TYPO,
        "mirip “Kebakaran rumah”",
    )
    assert codes("kecelakan motor")[0] == "laka.lantas"


def test_a_local_word_is_found_and_marked_as_unconfirmed():
    match = match_types(TOWN, "kobongan")[0]

    assert (match.type.code, match.spoken, match.unconfirmed) == ("api.rumah", "Jawa", True)
    assert match.because == "sama dengan “kobongan”, bahasa Jawa (belum dipastikan penutur)"


def test_a_local_word_a_native_speaker_has_confirmed_is_not_marked():
    confirmed = LocalWord(text="kobongan", languages=("jv",), confirmed=True, confirmed_by="Ibu Sri")
    town = a_city(types=(a_type("api.rumah", name="Kebakaran rumah", local_words=(confirmed,)),))
    match = match_types(town, "ana kobongan")[0]

    assert match.unconfirmed is False
    assert "belum" not in match.because


def test_english_names_are_found():
    assert codes("domestic")[0] == "rumah.tangga"


def test_nothing_is_proposed_for_nothing_or_nonsense():
    assert codes("") == codes("  !?") == codes("xyzzy") == []


@given(st.text(max_size=300), st.integers(1, 10))
def test_any_text_gives_the_same_ranked_answer_each_type_once(text: str, limit: int):
    matches = match_types(TOWN, text, limit)

    assert matches == match_types(TOWN, text, limit)
    assert len({match.type.code for match in matches}) == len(matches) <= limit
    assert [match.score for match in matches] == sorted((match.score for match in matches), reverse=True)
    assert all(match.because for match in matches)


@given(st.sampled_from([(entry, name) for entry in TYPES for name in entry.names]), st.data())
def test_every_beginning_of_every_name_finds_its_type(named, data):
    entry, name = named
    text = name[: data.draw(st.integers(3, len(name)))]

    assert entry.code in codes(text)


def test_an_import_understands_whole_names_and_guesses_nothing():
    assert resolve_type(CITY, "kebakaran.rumah") is CITY.type("kebakaran.rumah")
    assert resolve_type(CITY, "KEBAKARAN RUMAH") is CITY.type("kebakaran.rumah")
    assert resolve_type(CITY, "Rumah terbakar") is CITY.type("kebakaran.rumah")
    assert resolve_type(CITY, "kebakaran") is CITY.type("kebakaran.lain")  # the kind's own
    assert resolve_type(CITY, "Semua") is CITY.type("kebakaran.lain")  # the report group's own
    assert resolve_type(CITY, "kebak") is None


def test_words_are_compared_without_case_accents_and_signs():
    assert folded("  Jl. Ahmad-Yani,  No.3 ") == "jl ahmad yani no 3"
    assert folded("Dhârâ") == "dhara"
    assert as_heard("soedirman") == as_heard("sudirman")
    assert as_heard("tjipto") == as_heard("cipto")


@given(st.text("abcd", min_size=2, max_size=8), st.integers(0, 3), st.data())
def test_one_slip_is_seen_and_two_words_apart_are_not(word: str, kind: int, data):
    at = data.draw(st.integers(0, len(word) - 1))
    slips = (
        word[:at] + "x" + word[at + 1 :],
        word[:at] + word[at + 1 :],
        word[:at] + "x" + word[at:],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    )

    assert within_one_typo(slips[kind], word)
    assert within_one_typo(word, slips[kind])
    assert not within_one_typo(word, word + "xy")
    assert not within_one_typo(word, "y" + word[1:-1] + "z" if len(word) > 2 else "yzz")
