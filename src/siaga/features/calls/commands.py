"""The command line's verb about callers: what a number called about before. Every such look is in the journal."""

from __future__ import annotations

from datetime import timedelta

from siaga.domain.call import Call, Disposition
from siaga.domain.caller_history import FORGOTTEN_DAYS
from siaga.domain.command_words import Verb
from siaga.domain.errors import RuleBroken
from siaga.domain.event import PersonalDataRead
from siaga.domain.incident import Incident
from siaga.domain.protection import may_see
from siaga.domain.roles import May
from siaga.records.archive import AnyOf, Since, Transaction
from siaga.records.planned import Asked, Done, Plan, Said
from siaga.records.resolving import full_title

CALLS_SHOWN_MAX = 8  # what fits above the line without scrolling
DIGITS_MIN = 5  # shorter is not a caller's number
DIGITS_SHOWN = 4  # at each end, as everywhere a number is masked
COUNTRY, TRUNK = "62", "0"  # Indonesian numbers are written with either in front

DISPOSITION_LABELS = {
    Disposition.REAL: "kejadian",
    Disposition.GHOST: "senyap",
    Disposition.PRANK: "iseng",
    Disposition.INFORMATION: "informasi",
    Disposition.WRONG_NUMBER: "salah sambung",
    Disposition.OUTSIDE_AREA: "di luar wilayah",
}


async def plan_caller(tx: Transaction, asked: Asked) -> Plan:
    """``C 0812…``: the number's calls of the last half year, the newest first. Shown once, never kept."""
    asked.by.must(May.TAKE_CALLS)
    number = asked.command.number
    if len(number) < DIGITS_MIN:
        raise RuleBroken("Nomor telepon belum lengkap.")
    masked = f"{number[:DIGITS_SHOWN]}…{number[-DIGITS_SHOWN:]}" if len(number) > 2 * DIGITS_SHOWN else number

    async def act(tx: Transaction) -> Done:
        since = asked.now - timedelta(days=FORGOTTEN_DAYS)
        found = await tx.find(
            Call, number=AnyOf(*spellings(number)), arrived_at=Since(since), order=("arrived_at",)
        )
        tx.record(
            PersonalDataRead(
                by=asked.by.person, subject=found[-1].id if found else "unknown caller", what="caller history",
                reason="command line", at=asked.now,
            )
        )  # fmt: skip
        if not found:
            return Done(
                lines=(
                    Said("Tidak ada panggilan dari nomor ini dalam {days} hari.", {"days": FORGOTTEN_DAYS}),
                )
            )
        head = Said("{count} panggilan dalam {days} hari:", {"count": len(found), "days": FORGOTTEN_DAYS})
        newest = found[: -CALLS_SHOWN_MAX - 1 : -1]
        return Done(lines=(head, *[await _line(tx, asked, one) for one in newest]))

    return Plan(says=(Said("Cari riwayat {number}. Pencarian ini dicatat.", {"number": masked}),), act=act)


def spellings(number: str) -> tuple[str, ...]:
    """How the same number may have been recorded: with the trunk's 0, with the country's code, with its plus."""
    bare = number.lstrip("+")
    national = bare.removeprefix(COUNTRY) if bare.startswith(COUNTRY) else bare.removeprefix(TRUNK)
    return tuple(dict.fromkeys((number, bare, TRUNK + national, COUNTRY + national, f"+{COUNTRY}{national}")))


async def _line(tx: Transaction, asked: Asked, call: Call) -> Said:
    at = f"{call.arrived_at.astimezone(asked.city.zone):%d/%m %H:%M}"
    incident = await tx.seek(Incident, call.incident) if call.incident else None
    if incident is not None and may_see(asked.by, incident):
        return Said("{at} · {incident}", {"at": at, "incident": full_title(asked, incident)})
    if incident is not None or call.disposition is None:
        return Said("{at} · tanpa keterangan", {"at": at})
    return Said("{at} · {kind}", {"at": at}, {"kind": DISPOSITION_LABELS[call.disposition]})


PLANNERS = {Verb.CALLER: plan_caller}
