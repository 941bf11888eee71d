"""A new installation: the first accounts, each with a password of chance, and the city's units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from siaga.domain.city import City
from siaga.domain.roles import Person, Role
from siaga.domain.unit import Unit, UnitStatus
from siaga.features.people.actions import add_person
from siaga.features.people.passwords import Passwords, generated
from siaga.records.archive import Archive, Transaction

BY = "first-run"  # who added the first accounts, in the journal


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account as it is told to the person at the terminal, once. ``role`` is the Indonesian word for it."""

    username: str
    password: str
    name: str
    roles: tuple[Role, ...]
    agency: str | None = None
    in_circle: bool = False


ROLE_LABELS = {
    Role.TAKER: "Penerima panggilan",
    Role.DISPATCHER: "Dispatcher",
    Role.AGENCY: "Operator perangkat daerah",
    Role.FIELD: "Petugas lapangan",
    Role.SUPERVISOR: "Pengawas",
    Role.HEAD: "Pimpinan",
    Role.ADMIN: "Admin",
    Role.WALL: "Layar dinding",
}


async def first_run(
    archive: Archive, city: City, passwords: Passwords, *, demo: bool, now: datetime, demo_password: str = ""
) -> list[Account]:
    """Make the first accounts if there are none, and add units the city lists and we do not have.

    Returns the accounts made, with their passwords; running it again makes nothing. ``demo``: an account for every
    role and agency, which need not change its password and opens only while the installation is a demonstration;
    ``demo_password`` replaces the generated ones.
    """
    await archive.do(load_units, city=city, now=now)
    if await archive.look(_usernames, sample_only=demo):
        return []
    taken = await archive.look(_usernames, sample_only=False)
    wanted = _demo_accounts(city, demo_password) if demo else _first_accounts()
    # An installation in use may be started as a demonstration: its own accounts keep their names.
    accounts = [
        replace(one, username=f"{one.username}-contoh") if one.username in taken else one for one in wanted
    ]
    for account in accounts:
        await archive.do(
            add_person,
            username=account.username,
            name=account.name,
            password_hash=await passwords.hash(account.password),
            roles=account.roles,
            agency=account.agency,
            in_circle=account.in_circle,
            must_change_password=not demo,
            sample=demo,
            by=BY,
            now=now,
        )
    return accounts


async def load_units(tx: Transaction, *, city: City, now: datetime) -> int:
    """Add the units of the city's list that are not known yet; returns how many. Known ones keep their status."""
    known = {unit.code for unit in await tx.find(Unit)}
    fresh = [entry for entry in city.units if entry.code not in known]
    for entry in fresh:
        tx.put(
            Unit(
                code=entry.code, agency=entry.agency, what=entry.what, status=UnitStatus.READY, since=now,
                station=entry.station or None, sample=entry.sample,
            )
        )  # fmt: skip
    return len(fresh)


async def _usernames(tx: Transaction, *, sample_only: bool) -> set[str]:
    everybody = await tx.find(Person)
    return {person.username for person in everybody if not sample_only or (person.sample and person.active)}


def _first_accounts() -> list[Account]:
    return [
        Account(username="admin", password=generated(), name="Admin", roles=(Role.ADMIN,)),
        Account(
            username="pengawas",
            password=generated(),
            name="Pengawas",
            roles=(Role.SUPERVISOR,),
            in_circle=True,
        ),
    ]


def _demo_accounts(city: City, password: str) -> list[Account]:
    room = (
        ("taker1", "Rani (contoh)", Role.TAKER),
        ("taker2", "Dewi (contoh)", Role.TAKER),
        ("dispatcher", "Bagus (contoh)", Role.DISPATCHER),
        ("pengawas", "Sri (contoh)", Role.SUPERVISOR),
        ("pimpinan", "Pimpinan (contoh)", Role.HEAD),
        ("admin", "Admin (contoh)", Role.ADMIN),
        ("dinding", "Layar dinding (contoh)", Role.WALL),
    )
    accounts = [
        Account(
            username=username, password=password or generated(), name=name, roles=(role,),
            in_circle=role is Role.SUPERVISOR,
        )
        for username, name, role in room
    ]  # fmt: skip
    agencies = [agency for agency in city.agencies if agency.active]
    accounts += [
        Account(
            username=agency.code.lower(), password=password or generated(), name=f"{agency.short} (contoh)",
            roles=(Role.AGENCY,), agency=agency.code, in_circle=agency.sees_protected,
        )
        for agency in agencies
    ]  # fmt: skip
    return accounts
