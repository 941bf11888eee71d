"""Accounts, sessions and keys: nobody keeps a right that was taken away, and somebody can always open the door."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from siaga.domain.city import CityUnit
from siaga.domain.desk import Session, Token
from siaga.domain.errors import NotFound, RuleBroken, TooBusy
from siaga.domain.event import Event, PersonChanged, SignedIn, SignedOut, SignInRefused
from siaga.domain.roles import Person, Role
from siaga.domain.unit import Unit, UnitStatus
from siaga.features.people import actions
from siaga.features.people.first_run import first_run, load_units
from siaga.features.people.passwords import (
    GENERATED_ALPHABET,
    WAITING_MAX,
    Passwords,
    check_strength,
    generated,
)
from siaga.records.archive import Transaction
from siaga.records.memory import MemoryArchive
from tests.a_city import a_city

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)


@pytest.fixture
def archive() -> MemoryArchive:
    return MemoryArchive("kota-contoh")


async def add(archive: MemoryArchive, username: str = "rani", *roles: Role | str, **more: Any) -> str:
    return await archive.do(
        actions.add_person,
        **{
            "username": username, "name": "Rani W", "password_hash": "hash", "roles": roles or (Role.TAKER,),
            "by": "admin", "now": NINE, **more,
        },
    )  # fmt: skip


async def sign_in(
    archive: MemoryArchive, person: str, session: str, at: datetime = NINE, **more: Any
) -> Session:
    return await archive.do(
        actions.sign_in_checked, person=person, session=session, csrf=f"csrf-{session}", now=at, **more
    )


def rows(archive: MemoryArchive, table: str) -> list[Any]:
    return [entity for entity, _ in archive.rows_of[table].values()]


async def events(archive: MemoryArchive) -> list[Event]:
    return [entry.event for entry in await archive.read(0)]


# --- accounts ---------------------------------------------------------------------------------------------


async def test_an_account_is_added_with_its_roles_and_must_change_its_password(
    archive: MemoryArchive,
) -> None:
    id = await add(archive, " Rani ", "taker", "dispatcher")
    [person] = rows(archive, "person")
    assert (person.id, person.username, person.roles) == (id, "rani", (Role.TAKER, Role.DISPATCHER))
    assert person.must_change_password
    assert await events(archive) == [PersonChanged(person=id, fields=("added",), by="admin", at=NINE)]


async def test_no_event_ever_holds_a_name_or_a_hash(archive: MemoryArchive) -> None:
    id = await add(archive)
    await archive.do(actions.set_password, person=id, password_hash="other", by="admin", now=NINE)
    assert all("Rani" not in line and "hash" not in line and "other" not in line for line, _ in archive.lines)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"username": "ra ni"}, "Nama akun"),
        ({"username": ""}, "Nama akun"),
        ({"username": "x" * 41}, "Nama akun"),
        ({"name": "  "}, "Nama: 1 sampai"),
        ({"roles": ()}, "Pilih paling sedikit satu peran"),
        ({"roles": ("king",)}, "Peran tidak dikenal: king."),
        ({"roles": (Role.AGENCY,)}, "Pilih perangkat daerah"),
    ],
)
async def test_what_cannot_be_an_account_is_refused(
    archive: MemoryArchive, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(RuleBroken, match=said):
        await add(archive, **{"username": "rani", **changes})
    assert rows(archive, "person") == []


async def test_two_accounts_never_share_a_name(archive: MemoryArchive) -> None:
    await add(archive)
    with pytest.raises(RuleBroken, match="sudah dipakai"):
        await add(archive, "RANI")


async def test_the_last_admin_stays(archive: MemoryArchive) -> None:
    first = await add(archive, "satu", Role.ADMIN)
    for change in ({"active": False}, {"roles": (Role.TAKER,)}):
        with pytest.raises(RuleBroken, match="satu akun admin"):
            await archive.do(actions.change_person, person=first, by="x", now=NINE, **change)
    second = await add(archive, "dua", Role.ADMIN)
    await archive.do(actions.change_person, person=first, active=False, by=second, now=NINE)
    with pytest.raises(RuleBroken, match="Akun sendiri"):
        await archive.do(actions.change_person, person=second, active=False, by=second, now=NINE)


async def test_a_changed_right_ends_every_session_a_changed_name_none(archive: MemoryArchive) -> None:
    id = await add(archive)
    await sign_in(archive, id, "s1")
    await archive.do(actions.change_person, person=id, name="Rani Baru", by="admin", now=NINE)
    assert len(rows(archive, "session")) == 1
    await archive.do(actions.change_person, person=id, in_circle=True, by="admin", now=NINE)
    assert rows(archive, "session") == []
    changed, out = (await events(archive))[-2:]
    assert changed == PersonChanged(person=id, fields=("in_circle",), by="admin", at=NINE)
    assert out == SignedOut(person=id, by="admin", at=NINE)


async def test_changing_nothing_records_nothing(archive: MemoryArchive) -> None:
    id = await add(archive)
    before = await archive.head()
    await archive.do(actions.change_person, person=id, name="Rani W", by="admin", now=NINE)
    await archive.do(actions.set_language, person=id, language="id", by=id, now=NINE)
    assert await archive.head() == before


async def test_a_new_password_ends_the_other_sessions(archive: MemoryArchive) -> None:
    id = await add(archive)
    for session in ("here", "there"):
        await sign_in(archive, id, session)
    await archive.do(
        actions.set_password, person=id, password_hash="new", by=id, now=NINE, keep_session="here"
    )
    assert [one.id for one in rows(archive, "session")] == ["here"]
    [person] = rows(archive, "person")
    assert (person.password_hash, person.must_change_password) == ("new", False)


# --- sessions ---------------------------------------------------------------------------------------------


async def test_signing_in_opens_a_fresh_session_and_ends_the_one_it_replaces(archive: MemoryArchive) -> None:
    id = await add(archive)
    await sign_in(archive, id, "first")
    opened = await sign_in(archive, id, "second", replaces="first")
    assert rows(archive, "session") == [opened]
    assert opened.expires_at == NINE + actions.ROOM_IDLE
    assert (await events(archive))[-1] == SignedIn(person=id, at=NINE)


async def test_a_closed_account_opens_no_session(archive: MemoryArchive) -> None:
    await add(archive, "boss", Role.ADMIN)
    id = await add(archive)
    await archive.do(actions.change_person, person=id, active=False, by="admin", now=NINE)
    with pytest.raises(RuleBroken, match="sudah ditutup"):
        await sign_in(archive, id, "s1")


async def test_a_session_in_use_lives_on_but_not_for_ever(archive: MemoryArchive) -> None:
    id = await add(archive)
    await sign_in(archive, id, "s1")
    now = NINE
    while now < NINE + timedelta(days=2):
        now += timedelta(hours=1)
        await archive.do(actions.renew_session, session="s1", roles=(Role.TAKER,), now=now)
    [session] = rows(archive, "session")
    assert session.expires_at == NINE + actions.ROOM_ABSOLUTE
    await archive.do(actions.renew_session, session="unknown", roles=(Role.TAKER,), now=NINE)


async def test_signing_out_twice_is_signing_out_once(archive: MemoryArchive) -> None:
    id = await add(archive)
    await sign_in(archive, id, "s1")
    for _ in range(2):
        await archive.do(actions.sign_out, session="s1", now=NINE)
    assert rows(archive, "session") == []
    assert [event for event in await events(archive) if isinstance(event, SignedOut)] == [
        SignedOut(person=id, by=id, at=NINE)
    ]


async def test_a_refused_sign_in_is_written_down(archive: MemoryArchive) -> None:
    id = await add(archive)
    await archive.do(actions.sign_in_refused, person=id, reason="password", now=NINE)
    assert (await events(archive))[-1] == SignInRefused(person=id, reason="password", at=NINE)


# --- tokens -----------------------------------------------------------------------------------------------


async def test_a_token_is_kept_as_a_hash_and_can_be_revoked(archive: MemoryArchive) -> None:
    await archive.do(actions.add_token, token="hash", name="cctv", scope="incidents", by="admin", now=NINE)
    assert rows(archive, "token") == [
        Token(id="hash", name="cctv", person=None, scope="incidents", created_at=NINE)
    ]
    assert await archive.do(actions.revoke_token, name="cctv", by="admin", now=NINE) == 1
    assert rows(archive, "token")[0].revoked_at == NINE
    with pytest.raises(NotFound):
        await archive.do(actions.revoke_token, name="cctv", by="admin", now=NINE)
    with pytest.raises(RuleBroken, match="Lingkup token"):
        await archive.do(actions.add_token, token="h", name="x", scope="everything", by="admin", now=NINE)


# --- passwords --------------------------------------------------------------------------------------------


async def test_a_password_is_hashed_with_argon2id_and_checked() -> None:
    passwords = Passwords()
    kept = await passwords.hash("kuda-laut-biru")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.matches(kept, "kuda-laut-biru")
    assert not await passwords.matches(kept, "kuda-laut-hijau")
    assert not await passwords.matches(None, "kuda-laut-biru")
    assert not await passwords.matches("not a hash", "kuda-laut-biru")
    assert not passwords.is_outdated(kept)
    weak = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    assert passwords.is_outdated(await weak.hash("kuda-laut-biru"))
    passwords.close()
    weak.close()


async def test_a_flood_of_guesses_is_turned_away_instead_of_queued() -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._waiting = WAITING_MAX
    with pytest.raises(TooBusy):
        await passwords.hash("x")
    passwords.close()


def test_generated_passwords_are_long_different_and_can_be_read_out() -> None:
    made = {generated() for _ in range(200)}
    assert len(made) == 200
    assert all(len(one) == 14 and set(one) <= {*GENERATED_ALPHABET, "-"} for one in made)
    assert not set("lio01") & set(GENERATED_ALPHABET)
    assert check_strength(next(iter(made)), "rani")


# --- a new installation -----------------------------------------------------------------------------------


async def test_a_new_installation_gets_an_admin_and_a_supervisor_once(archive: MemoryArchive) -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    made = await first_run(archive, a_city(), passwords, demo=False, now=NINE)
    assert [one.roles for one in made] == [(Role.ADMIN,), (Role.SUPERVISOR,)]
    assert len({one.password for one in made}) == 2
    kept: list[Person] = rows(archive, "person")
    assert all(one.must_change_password and not one.sample for one in kept)
    assert await passwords.matches(kept[0].password_hash, made[0].password)
    assert await first_run(archive, a_city(), passwords, demo=False, now=NINE) == []
    passwords.close()


async def test_a_demonstration_has_an_account_for_every_role_and_agency(archive: MemoryArchive) -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    city = a_city()
    made = await first_run(archive, city, passwords, demo=True, now=NINE, demo_password="sama-semua-112")
    assert {role for one in made for role in one.roles} == set(Role) - {Role.FIELD}
    assert {one.agency for one in made if one.agency} == {
        agency.code for agency in city.agencies if agency.active
    }
    assert {"taker1", "taker2"} <= {one.username for one in made}
    assert {one.password for one in made} == {"sama-semua-112"}
    assert all(one.sample and not one.must_change_password for one in rows(archive, "person"))
    passwords.close()


async def test_an_installation_in_use_gets_demo_accounts_beside_its_own_when_started_as_one(
    archive: MemoryArchive,
) -> None:
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    city = a_city()
    own = await first_run(archive, city, passwords, demo=False, now=NINE)
    added = await first_run(archive, city, passwords, demo=True, now=NINE)
    assert {"admin-contoh", "pengawas-contoh", "taker1"} <= {one.username for one in added}
    assert not {one.username for one in own} & {one.username for one in added}
    assert await first_run(archive, city, passwords, demo=True, now=NINE) == []
    assert await first_run(archive, city, passwords, demo=False, now=NINE) == []
    passwords.close()


async def test_the_city_s_units_are_loaded_and_known_ones_keep_their_status(archive: MemoryArchive) -> None:
    units = (
        CityUnit(code="D1", agency="damkar", what="mobil"),
        CityUnit(code="D2", agency="damkar", what="tangki"),
    )
    city = a_city(units=units)
    assert await archive.do(load_units, city=city, now=NINE) == 2

    async def send(tx: Transaction) -> None:
        unit = (await tx.find(Unit))[0]
        tx.keep(unit.changed(UnitStatus.OUT_OF_SERVICE, incident=None, by="x", at=NINE))

    await archive.do(send)
    assert await archive.do(load_units, city=city, now=NINE) == 0
    assert UnitStatus.OUT_OF_SERVICE in {unit.status for unit in rows(archive, "unit")}
