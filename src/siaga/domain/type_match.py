"""From what the call taker types to an incident type, as she types, saying why.

Rule 1: the same words always give the same answer in the same order.
Rule 2: a match is a proposal; what a person has chosen is never replaced by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from siaga.domain.city import City
from siaga.domain.incident_type import IncidentType, Kind, ReportGroup
from siaga.domain.spelling import FILLERS, folded, within_one_typo

TYPED_CHARACTERS_MAX = 200  # a longer text is a story for the notes; only its end is compared
TYPO_LETTERS_MIN = 5  # shorter words have too many neighbours one letter away
PART_LETTERS_MIN = 4  # one shared short word ("air", "di") explains nothing
SAID_LETTERS_MAX = 70  # keeps what was said below what explains every word
INITIALS_LETTERS_MAX = 5
INDEXES_MAX = 8  # editions of the city's data alive in one process


class MatchHow(StrEnum):
    """Why a type was proposed."""

    EXACT = "exact"
    BEGINS = "begins"
    WORDS = "words"
    SAID = "said"
    INITIALS = "initials"
    TYPO = "typo"
    PART = "part"


SCORES = {
    MatchHow.EXACT: 1000,
    MatchHow.BEGINS: 900,
    MatchHow.WORDS: 800,
    MatchHow.SAID: 700,  # plus one per letter: the longest thing said is the most telling
    MatchHow.INITIALS: 600,
    MatchHow.TYPO: 500,
    MatchHow.PART: 500,
}

BECAUSE = {
    MatchHow.EXACT: "sama dengan “{phrase}”",
    MatchHow.BEGINS: "awal dari “{phrase}”",
    MatchHow.WORDS: "kata dalam “{phrase}”",
    MatchHow.SAID: "disebut “{phrase}”",
    MatchHow.INITIALS: "singkatan “{phrase}”",
    MatchHow.TYPO: "mirip “{phrase}”",
    MatchHow.PART: "sebagian kata dalam “{phrase}”",
}


@dataclass(frozen=True, kw_only=True)
class TypeMatch:
    """One proposal. ``phrase`` is the word of the city's list that fitted what was typed."""

    type: IncidentType
    score: int
    how: MatchHow
    phrase: str
    spoken: str = ""  # the languages of a local word, in words
    unconfirmed: bool = False

    @property
    def because(self) -> str:
        """The reason in Indonesian, for the line under the proposal."""
        text = BECAUSE[self.how].format(phrase=self.phrase)
        if self.spoken:
            text = f"{text}, bahasa {self.spoken}"
        return f"{text} (belum dipastikan penutur)" if self.unconfirmed else text


class _Phrase(NamedTuple):
    """A tuple, because every key press walks over all of them."""

    text: str
    padded: str  # its telling words with a blank around each, so that words can be found as substrings
    initials: str
    bonus: int
    order: int
    shown: str
    type: IncidentType
    spoken: str
    unconfirmed: bool


class _TypeWords(NamedTuple):
    phrases: tuple[_Phrase, ...]
    padded: str  # of all phrases


_Hit = tuple[int, MatchHow, _Phrase]


def match_types(city: City, text: str, limit: int = 8) -> tuple[TypeMatch, ...]:
    """The types that fit ``text`` best, best first, each once. Empty when nothing fits.

    Accepts the beginning of a name ("keb"), parts of words ("keb rum"), initials ("kdrt"), a whole sentence
    ("ada orang pingsan di pasar") and one slip of the finger per word.
    """
    typed = folded(text[-TYPED_CHARACTERS_MAX:])
    if not typed:
        return ()
    phrases, by_type, vocabulary = _index(city)
    words = _telling_words(typed)
    found = _whole(phrases, typed, words)
    if all(score < SCORES[MatchHow.WORDS] for score, _, _ in found):
        found += _partly(by_type, vocabulary, words)
    best: dict[int, _Hit] = {}
    for hit in found:
        kept = best.get(hit[2].order)
        if kept is None or hit[0] > kept[0]:
            best[hit[2].order] = hit
    ranked = sorted(best.values(), key=lambda hit: (-hit[0], hit[2].order))
    return tuple(_as_match(*hit) for hit in ranked[:limit])


def resolve_type(city: City, text: str) -> IncidentType | None:
    """The one type a record from elsewhere means: by code, name or synonym, else by kind or report group.

    For imports: only whole names count, nothing is guessed. None when the name is unknown.
    """
    return _names(city).get(folded(text))


@lru_cache(maxsize=INDEXES_MAX)
def _names(city: City) -> dict[str, IncidentType]:
    names: dict[str, IncidentType] = {}
    for entry in city.types:
        for name in (entry.code, entry.name, entry.name_en):
            names.setdefault(folded(name), entry)
    groups: tuple[ReportGroup | Kind, ...] = (*city.report_groups, *city.kinds)
    for group in groups:
        if default := city.type_by_code.get(group.default_type):
            for name in (group.code, group.name, group.name_en):
                names.setdefault(folded(name), default)
    for entry in city.types:
        for name in entry.names:
            names.setdefault(folded(name), entry)
    return names


@lru_cache(maxsize=INDEXES_MAX)
def _index(city: City) -> tuple[tuple[_Phrase, ...], tuple[_TypeWords, ...], tuple[str, ...]]:
    by_type = tuple(
        _TypeWords(phrases, "|".join(phrase.padded for phrase in phrases))
        for phrases in (_phrases_of(city, entry, order) for order, entry in enumerate(city.types))
    )
    phrases = tuple(phrase for entry in by_type for phrase in entry.phrases)
    return phrases, by_type, tuple(sorted({word for phrase in phrases for word in phrase.padded.split()}))


def _telling_words(text: str) -> tuple[str, ...]:
    """The words without those people say around the matter; all of them when nothing else is left."""
    words = tuple(text.split())
    return tuple(word for word in words if word not in FILLERS) or words


def _phrases_of(city: City, entry: IncidentType, order: int) -> tuple[_Phrase, ...]:
    said: list[tuple[str, int, str, bool]] = [(entry.name, 20, "", False)]
    said += [(synonym, 10, "", False) for synonym in entry.synonyms]
    said += [
        (word.text, 5, city.speech.named(word.languages), not word.confirmed) for word in entry.local_words
    ]
    said += [(entry.name_en, 0, "", False)]
    phrases = []
    for shown, bonus, spoken, unconfirmed in said:
        text = folded(shown)
        words = _telling_words(text)
        padded = f" {' '.join(words)} "
        initials = "".join(word[0] for word in words) if len(words) > 1 else ""
        phrases.append(_Phrase(text, padded, initials, bonus, order, shown, entry, spoken, unconfirmed))
    return tuple(phrases)


def _whole(phrases: tuple[_Phrase, ...], typed: str, words: tuple[str, ...]) -> list[_Hit]:
    """Phrases that explain everything typed, or that were said as a whole within it."""
    sentence = f" {' '.join(words)} "
    first, others = f" {words[0]}", [f" {word}" for word in words[1:]]
    initials = words[0] if len(words) == 1 and len(words[0]) <= INITIALS_LETTERS_MAX else None
    found: list[_Hit] = []
    for phrase in phrases:
        padded = phrase.padded
        if first in padded and all(other in padded for other in others):
            if not phrase.text.startswith(typed):
                how = MatchHow.WORDS
            else:
                how = MatchHow.EXACT if phrase.text == typed else MatchHow.BEGINS
            found.append((SCORES[how] + phrase.bonus, how, phrase))
        elif padded in sentence:
            letters = min(len(phrase.text), SAID_LETTERS_MAX)
            found.append((SCORES[MatchHow.SAID] + letters + phrase.bonus, MatchHow.SAID, phrase))
        elif phrase.initials == initials:
            found.append((SCORES[MatchHow.INITIALS] + phrase.bonus, MatchHow.INITIALS, phrase))
    return found


def _partly(
    by_type: tuple[_TypeWords, ...], vocabulary: tuple[str, ...], words: tuple[str, ...]
) -> list[_Hit]:
    """Types whose phrases explain some of the words, after mending one slip per word nobody knows.

    At least one explained word must be long enough to mean something; the word being typed now counts most.
    """
    if all(len(word) < PART_LETTERS_MIN for word in words):
        return []
    choices = [_meant(word, vocabulary) for word in words]
    found: list[_Hit] = []
    for entry in by_type:
        hits = [next((choice for choice in each if choice in entry.padded), None) for each in choices]
        telling = [
            hit for hit, word in zip(hits, words, strict=True) if hit and len(word) >= PART_LETTERS_MIN
        ]
        if not telling:
            continue
        mended = sum(hit is not None and hit != f" {word}" for hit, word in zip(hits, words, strict=True))
        how = MatchHow.TYPO if mended else MatchHow.PART
        score = SCORES[how] - 50 * hits.count(None) - 20 * mended + (25 if hits[-1] else 0)
        phrase = max(entry.phrases, key=lambda phrase: sum(hit in phrase.padded for hit in hits if hit))
        found.append((score, how, phrase))
    return found


def _meant(word: str, vocabulary: tuple[str, ...]) -> tuple[str, ...]:
    """The word itself when a known word begins with it, else the known words one slip away; never empty."""
    itself = (f" {word}",)
    if len(word) < TYPO_LETTERS_MIN or any(known.startswith(word) for known in vocabulary):
        return itself
    half = len(word) // 2
    # One slip leaves one half of the word as it was; a swap across the middle still leaves half - 1 letters.
    head, tail = word[: half - 1], word[half:]
    near = [
        f" {known}"
        for known in vocabulary
        if (known.startswith(head) or tail in known) and _one_slip_from(word, known)
    ]
    return tuple(near) or itself


def _one_slip_from(word: str, known: str) -> bool:
    """Whether ``word`` is the beginning of ``known``, or all of it, but for one slip."""
    return any(within_one_typo(word, known[: len(word) + extra]) for extra in (-1, 0, 1))


def _as_match(score: int, how: MatchHow, phrase: _Phrase) -> TypeMatch:
    return TypeMatch(
        type=phrase.type,
        score=score,
        how=how,
        phrase=phrase.shown,
        spoken=phrase.spoken,
        unconfirmed=phrase.unconfirmed,
    )
