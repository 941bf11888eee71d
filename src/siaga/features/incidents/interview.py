"""The interview of an incident: each line is written down with its time; corrections strike, nothing is erased."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from siaga.domain.errors import NotFound
from siaga.domain.incident import Incident
from siaga.domain.interview import GivenAnswer, Said, answered
from siaga.domain.protection import may_see
from siaga.domain.roles import Viewer
from siaga.records.archive import Transaction

TAKEN_BACK = "taken_back"  # what the desk says when an answer does not count any more


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """One line as the desk sent it. ``said``: a value of ``Said``, or ``TAKEN_BACK``. ``at``: by the desk's clock."""

    question: str
    said: str
    asked: str = ""
    text: str = ""
    edition: str = ""
    at: datetime | None = None


async def write_down(
    tx: Transaction, incident: str, lines: Iterable[Spoken], *, by: str, now: datetime
) -> None:
    """Write lines down in their order. A line written before changes nothing, so that sending twice is once."""
    known = await tx.find(GivenAnswer, incident=incident, order=("at", "id"))
    for line in lines:
        before = [one for one in known if one.question == line.question]
        if any(_is(one, line) for one in before):
            continue
        for one in before:
            if one.struck_at is None and (line.at is None or one.at <= line.at):
                known.remove(one)
                known.append(tx.keep(one.struck(by=by, at=now)))
        if line.said == TAKEN_BACK:
            continue
        fresh = answered(
            id=tx.new_id(), incident=incident, question=line.question, said=Said(line.said), asked=line.asked,
            text=line.text, edition=line.edition, by=by, given_at=line.at, now=now,
        )  # fmt: skip
        known.append(tx.keep(fresh))


async def say(tx: Transaction, *, incident: str, line: Spoken, by: Viewer, now: datetime) -> None:
    """One more line, while help is moving or when it is over."""
    known = await tx.get(Incident, incident)
    if not may_see(by, known):
        raise NotFound("Tidak ditemukan.")
    await write_down(tx, incident, (line,), by=by.person, now=now)


def _is(one: GivenAnswer, line: Spoken) -> bool:
    """Whether this very line was written before, struck or not."""
    if line.said == TAKEN_BACK:
        return False
    same = one.said.value == line.said and one.text == line.text.strip()
    return same and (one.struck_at is None or (line.at is not None and one.at == line.at))
