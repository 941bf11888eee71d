"""What could finish the word under the caret, for every part of a command."""

from __future__ import annotations

from siaga.domain.command import Reading, nearest
from siaga.domain.command_words import GRAMMAR, OUTCOME_WORDS, SPELLINGS, STATUS_LABELS, Part
from siaga.domain.incident import PRIORITIES
from siaga.domain.type_match import match_types
from siaga.domain.unit import BUSY, Unit, UnitStatus
from siaga.records.archive import Transaction
from siaga.records.planned import Asked, Choice
from siaga.records.resolving import choice_of, choice_of_unit, incidents_near

CHOICES_MAX = 6  # as many as the boxes of the sheet show


async def completions(tx: Transaction, asked: Asked, reading: Reading) -> tuple[Choice, ...]:
    """The likeliest first; empty when nothing begins like that."""
    part, typed = reading.typing_part, reading.typing.upper().lstrip("#")
    if reading.verb is None:
        return verbs(typed)
    match part:
        case Part.UNITS | Part.UNIT | Part.SUBJECT if not typed.isdigit():
            return await _units(tx, typed, for_sending=part is Part.UNITS)
        case Part.INCIDENT | Part.OTHER | Part.SUBJECT:
            near = await incidents_near(tx, asked)
            return tuple(choice_of(asked, one) for one in near if one.is_open and typed in str(one.number))[
                :CHOICES_MAX
            ]
        case Part.STATUS:
            return tuple(
                Choice(one.value, STATUS_LABELS[one]) for one in UnitStatus if one.value.startswith(typed)
            )
        case Part.OUTCOME:
            return tuple(Choice(one.lower()) for one in OUTCOME_WORDS if one.startswith(typed))[:CHOICES_MAX]
        case Part.PRIORITY:
            return tuple(Choice(str(one)) for one in PRIORITIES) if not typed else ()
        case Part.AGENCIES:
            known = {
                one.short.upper().replace(" ", ""): one.name for one in asked.city.agencies if one.active
            }
            begun = [one for one in sorted(known) if one.startswith(typed)]
            return tuple(Choice(one, known[one]) for one in begun[:CHOICES_MAX])
        case Part.KIND if typed:
            found = match_types(asked.city, reading.typing, CHOICES_MAX)
            return tuple(Choice(f"{one.type.name};", one.because) for one in found)
        case Part.WHERE if typed:
            places = asked.finder.suggest(reading.typing, CHOICES_MAX)
            return tuple(Choice(f"{one.label};", one.detail) for one in places)
        case _:
            return ()


def verbs(typed: str) -> tuple[Choice, ...]:
    """All verbs that are spelled like this, or, for the lone question mark and nothing at all, every one."""
    if not typed:
        return tuple(Choice(words.verb.value, words.what) for words in GRAMMAR)
    begun = [
        words for words in GRAMMAR if any(one.startswith(typed) for one in (words.verb.value, *words.also))
    ]
    if not begun:
        near = {SPELLINGS[one] for one in nearest(typed, SPELLINGS)}
        begun = [words for words in GRAMMAR if words.verb in near]
    return tuple(Choice(words.verb.value, words.what) for words in begun)[:CHOICES_MAX]


async def _units(tx: Transaction, typed: str, *, for_sending: bool) -> tuple[Choice, ...]:
    """For sending the free ones come first: a busy one is refused anyway."""
    units = [one for one in await tx.find(Unit, order=("code",)) if one.code.upper().startswith(typed)]
    if for_sending:
        units.sort(key=lambda one: one.status in BUSY or one.status is UnitStatus.OUT_OF_SERVICE)
    return tuple(choice_of_unit(one) for one in units[:CHOICES_MAX])
