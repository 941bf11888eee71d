"""Facts about places: kept with an owner and an end, looked at again, ended; about a person only read for a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, NotFound, RuleBroken
from siaga.domain.event import PersonalDataRead, PremisesKept
from siaga.domain.premises import (
    DAYS_DEFAULT,
    RADIUS_M_DEFAULT,
    Premises,
    PremisesKind,
    kept,
    may_read_about_persons,
)
from siaga.domain.roles import Viewer
from siaga.records.archive import Transaction, UpTo

EXPIRED_AT_ONCE_MAX = 200
IMPORT_ROWS_MAX = 2_000  # one file of one agency; more is a register of its own
REASON_CHARACTERS_MAX = 200


@dataclass(frozen=True, kw_only=True)
class Fact:
    """What somebody wants to keep about a place."""

    kind: PremisesKind | str
    text: str
    where: str
    lat: float
    lon: float
    owner: str
    kelurahan: str | None = None
    radius_m: float = RADIUS_M_DEFAULT
    days: int = DAYS_DEFAULT
    long_reason: str = ""
    about_person: bool = False
    legal_basis: str = ""


async def keep_premises(
    tx: Transaction, *, city: City, fact: Fact, by: Viewer, now: datetime, premises: str | None = None
) -> str:
    """Keep a fact, or with ``premises`` replace what is kept. Returns its id."""
    city.agency(fact.owner)
    if premises is not None:
        before = await tx.get(Premises, premises)
        before.ended(by=by, at=now)  # refuses whoever may not touch what is there
        if before.ended_at is not None:
            raise RuleBroken("Catatan tempat ini sudah berakhir.")
    done: Premises = tx.keep(checked(fact, id=premises or tx.new_id(), by=by, now=now))
    return done.id


def checked(fact: Fact, *, id: str, by: Viewer, now: datetime) -> tuple[Premises, PremisesKept]:
    """A fact as it would be kept. Raises RuleBroken, in words that name the field, and NotAllowed."""
    if fact.kind not in list(PremisesKind):
        raise RuleBroken("Pilih macam catatannya: bahaya, akses, kontak, atau catatan.").about("kind")
    whole = Premises(
        id=id,
        kind=PremisesKind(fact.kind),
        text=fact.text,
        where=" ".join(fact.where.split()),
        lat=fact.lat,
        lon=fact.lon,
        radius_m=fact.radius_m,
        kelurahan=fact.kelurahan,
        owner=fact.owner,
        author=by.person,
        created_at=now,
        expires_at=now,
        about_person=fact.about_person,
        legal_basis=fact.legal_basis or None,
    )
    return kept(whole, days=fact.days, reason=fact.long_reason, by=by)


async def import_premises(
    tx: Transaction, *, city: City, facts: Sequence[Fact], by: Viewer, now: datetime
) -> int:
    """All rows of a file, or none: the first one that may not be kept is refused with its number."""
    if len(facts) > IMPORT_ROWS_MAX:
        raise RuleBroken("Terlalu banyak baris: paling banyak {max}.", max=IMPORT_ROWS_MAX)
    for fact in facts:
        await keep_premises(tx, city=city, fact=fact, by=by, now=now)
    return len(facts)


async def review_premises(
    tx: Transaction, *, premises: str, days: int, reason: str, by: Viewer, now: datetime
) -> None:
    """Still true."""
    known = await tx.get(Premises, premises)
    tx.keep(known.reviewed(days=days, reason=reason, by=by, at=now))


async def end_premises(tx: Transaction, *, premises: str, by: Viewer, now: datetime) -> None:
    """No longer true."""
    tx.keep((await tx.get(Premises, premises)).ended(by=by, at=now))


async def expire_premises(tx: Transaction, *, now: datetime) -> int:
    """What nobody has looked at in time ends by itself. Returns how many."""
    due = await tx.find(
        Premises, ended_at=None, expires_at=UpTo(now), order=("expires_at",), limit=EXPIRED_AT_ONCE_MAX
    )
    for one in due:
        tx.keep(one.ended(by=None, at=now))
    return len(due)


async def read_about_person(tx: Transaction, *, premises: str, reason: str, by: Viewer, now: datetime) -> str:
    """The words of a fact about a person, for a purpose that is recorded together with who asked."""
    if not may_read_about_persons(by):
        raise NotAllowed("Akun Anda tidak berwenang membaca catatan tentang orang.")
    if len(reason.strip()) < 3:
        raise RuleBroken("Sebutkan untuk apa catatan ini dibuka.")
    known = await tx.get(Premises, premises)
    if not known.about_person or not known.is_known_at(now):
        raise NotFound("Catatan ini tidak ada.")
    tx.record(
        PersonalDataRead(
            by=by.person,
            subject=premises,
            what="premises",
            reason=reason.strip()[:REASON_CHARACTERS_MAX],
            at=now,
        )
    )
    return known.text
