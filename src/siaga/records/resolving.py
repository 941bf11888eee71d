"""From the words of a command to incidents, units and agencies that its typist may know of."""

from __future__ import annotations

from datetime import datetime

from siaga.domain.city import City
from siaga.domain.command import nearest
from siaga.domain.command_words import STATUS_LABELS, STATUS_WORDS
from siaga.domain.incident import Incident
from siaga.domain.protection import may_see
from siaga.domain.unit import Unit, UnitStatus
from siaga.records.archive import Since, Transaction
from siaga.records.planned import Asked, Choice, Unclear

NUMBERS_NAMED_MAX = 5  # of incidents that all end alike: more do not fit under the line


async def incidents_near(tx: Transaction, asked: Asked) -> list[Incident]:
    """What a short number can mean: what is open, and what was opened today; the newest first."""
    midnight = local_midnight(asked.city, asked.now)
    found = {one.id: one for one in await tx.find(Incident, outcome=None)}
    found |= {one.id: one for one in await tx.find(Incident, opened_at=Since(midnight))}
    seen = [one for one in found.values() if one.number is not None and may_see(asked.by, one)]
    return sorted(seen, key=lambda one: (one.opened_at, one.number or 0), reverse=True)


async def incident_named(tx: Transaction, asked: Asked, word: str) -> Incident:
    """The incident a number or its last digits mean. Raises Unclear when it is none, or more than one.

    A whole number of this year also finds what was closed before today: its story may be told to its end.
    """
    near = await incidents_near(tx, asked)
    digits = word.lstrip("#")
    whole = [one for one in near if str(one.number) == digits]
    ending = whole or [one for one in near if str(one.number).endswith(digits)]
    if len(ending) == 1:
        return ending[0]
    if len(ending) > 1:
        choices = tuple(choice_of(asked, one) for one in ending[:NUMBERS_NAMED_MAX])
        numbers = ", ".join(f"#{one.number}" for one in ending[:NUMBERS_NAMED_MAX])
        raise Unclear("{word} bisa berarti {numbers}.", choices=choices, word=word, numbers=numbers)
    year = asked.now.astimezone(asked.city.zone).year
    if digits.isascii() and digits.isdigit() and not digits.startswith("0"):
        for one in await tx.find(Incident, year=year, number=int(digits)):
            if may_see(asked.by, one):
                return one
    by_number = {str(one.number): one for one in near}
    choices = tuple(choice_of(asked, by_number[number]) for number in nearest(digits, by_number))
    raise Unclear("Kejadian {word} tidak ada.", choices=choices, word=word)


async def unit_named(tx: Transaction, asked: Asked, code: str) -> Unit:
    """The unit with this code. Raises Unclear with the nearest three."""
    found = await tx.seek(Unit, code)
    if found is None:
        units = {one.code: one for one in await tx.find(Unit)}
        choices = tuple(choice_of_unit(units[near]) for near in nearest(code, units))
        raise Unclear("Unit {word} tidak ada.", choices=choices, word=code)
    return found


def agency_named(asked: Asked, word: str) -> str:
    """The code of the agency a word means: its code or its short name. Raises Unclear with the nearest three."""
    known = agencies_by_word(asked.city)
    if word in known:
        return known[word]
    shorts = {one.short.upper().replace(" ", ""): one for one in asked.city.agencies if one.active}
    choices = tuple(Choice(near, shorts[near].name) for near in nearest(word, shorts))
    raise Unclear("OPD {word} tidak ada.", choices=choices, word=word)


def agencies_by_word(city: City) -> dict[str, str]:
    """Every way to type an active agency: its short name without blanks, its code with or without underscores."""
    words: dict[str, str] = {}
    for one in city.agencies:
        if one.active:
            for word in (one.code, one.code.replace("_", ""), one.short.replace(" ", "")):
                words.setdefault(word.upper(), one.code)
    return words


def status_named(word: str) -> UnitStatus:
    """The unit status of a code or the beginning of its word. Raises Unclear with the nearest three."""
    exact = STATUS_WORDS.get(word)
    begun = {status for known, status in STATUS_WORDS.items() if known.startswith(word)}
    if exact is None and len(begun) != 1:
        near = {STATUS_WORDS[one] for one in nearest(word, STATUS_WORDS)}
        choices = tuple(
            Choice(status.value, STATUS_LABELS[status]) for status in UnitStatus if status in near
        )
        raise Unclear("Status {word} tidak dikenal.", choices=choices, word=word)
    return exact if exact is not None else begun.pop()


def choice_of(asked: Asked, incident: Incident) -> Choice:
    """An incident as a proposal."""
    return Choice(str(incident.number), f"{title_of(asked, incident)}, {incident.place.text}".rstrip(", "))


def choice_of_unit(unit: Unit) -> Choice:
    """A unit as a proposal."""
    return Choice(unit.code, f"{unit.what} · {unit.status.value}")


def title_of(asked: Asked, incident: Incident) -> str:
    """The name of its type in the viewer's language."""
    kind = asked.city.type_by_code.get(incident.type)
    if kind is None:
        return incident.type
    return kind.name_en if asked.by.language == "en" else kind.name


def full_title(asked: Asked, incident: Incident) -> str:
    """``#23 Asap tebal, Jl. Contoh``: how a preview names an incident."""
    where = incident.place.text.strip()
    return f"#{incident.number} {title_of(asked, incident)}" + (f", {where}" if where else "")


def local_midnight(city: City, now: datetime) -> datetime:
    """When the city's present day began."""
    return now.astimezone(city.zone).replace(hour=0, minute=0, second=0, microsecond=0)
