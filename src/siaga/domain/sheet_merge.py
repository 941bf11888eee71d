"""Two people, or two screens, on one call sheet: what each typed is kept, field by field.

Rule 1: fields that belong together move together: a place without its words is another place.
Rule 2: notes and lists grow from both sides. A field both have changed stays as it was saved first; what the second
wrote is kept beside it, with who wrote it, until a person chooses. No text is ever dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

TOGETHER = (("what", "type", "type_is_chosen"), ("where", "place"))
LINES = frozenset({"notes"})
BESIDE = "beside"  # the draft's key for what waits for a choice
BESIDE_MAX = 20  # a quarrel of two people over one field ends long before


@dataclass(frozen=True, kw_only=True)
class Merged:
    """``fields``: the draft now. ``contested``: the first names of units of which the newcomer's text stands beside."""

    fields: dict[str, Any]
    contested: tuple[str, ...]


def units(*drafts: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """The fields of these drafts, grouped as they move."""
    grouped = {name for unit in TOGETHER for name in unit}
    names = dict.fromkeys(name for draft in drafts for name in draft if name != BESIDE)
    return [*TOGETHER, *((name,) for name in names if name not in grouped)]


def merge(
    theirs: Mapping[str, Any], was: Mapping[str, Any], mine: Mapping[str, Any], *, by: str, at: datetime,
    resolved: tuple[str, ...] = (),
) -> Merged:  # fmt: skip
    """``was``: what ``mine`` grew from. ``resolved``: units about which she has now chosen."""
    fields = dict(theirs)
    beside = [one for one in _beside(theirs) if one["unit"] not in resolved]
    contested: list[str] = []
    for unit in units(theirs, mine):
        here, before, there = (_of(draft, unit) for draft in (mine, was, theirs))
        if _same(here, before) or _same(here, there) or not any(name in mine for name in unit):
            continue
        if _same(there, before):
            fields.update({name: mine[name] for name in unit if name in mine})
        elif unit[0] in LINES:
            fields[unit[0]] = _lines(
                str(there[unit[0]] or ""), str(before[unit[0]] or ""), str(here[unit[0]] or "")
            )
        elif isinstance(here[unit[0]], list) and isinstance(there[unit[0]], list):
            fields[unit[0]] = _together(there[unit[0]], before[unit[0]] or [], here[unit[0]])
        else:
            contested.append(unit[0])
            if not any(
                one["unit"] == unit[0] and one["by"] == by and one["fields"] == here for one in beside
            ):
                beside = [one for one in beside if (one["unit"], one["by"]) != (unit[0], by)]
                beside.append({"unit": unit[0], "by": by, "fields": here, "at": at.isoformat()})
    fields.pop(BESIDE, None)
    if beside:
        fields[BESIDE] = beside[-BESIDE_MAX:]
    return Merged(fields=fields, contested=tuple(contested))


def _of(draft: Mapping[str, Any], unit: tuple[str, ...]) -> dict[str, Any]:
    return {name: draft.get(name) for name in unit}


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """A field nobody has written yet is missing on one side and empty on the other: that is the same."""
    return all((one[name] or None) == (other[name] or None) for name in one)


def _beside(draft: Mapping[str, Any]) -> list[dict[str, Any]]:
    kept = draft.get(BESIDE)
    return [one for one in kept if isinstance(one, dict) and "unit" in one] if isinstance(kept, list) else []


def _lines(theirs: str, was: str, mine: str) -> str:
    """Lines of both. A line each has changed stands twice, because nobody knows which is right."""
    before, here = was.splitlines(), mine.splitlines()
    gone = {line for line in before if line not in here}
    kept = [line for line in theirs.splitlines() if line not in gone]
    return "\n".join([*kept, *(line for line in here if line not in before and line not in kept)])


def _together(theirs: list[Any], was: list[Any], mine: list[Any]) -> list[Any]:
    kept = [one for one in theirs if one in mine or one not in was]
    return [*kept, *(one for one in mine if one not in was and one not in kept)]
