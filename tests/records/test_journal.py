"""Tampering with the journal is found out, in the table, in a copy, and by comparing the two."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from siaga.commands import build
from siaga.records.journal import (
    ALTERED,
    COLUMNS_ALTERED,
    MISSING_AT_END,
    MISSING_BEFORE,
    Verdict,
    as_text,
    from_text,
    goes_on_from,
    stored_lines,
    verify_lines,
    verify_table,
)
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from tests.conftest import MakeDatabase, run_apart
from tests.room import Room, sample_city

CITIES = itertools.count()


class Told:
    """A journal of ten entries of one city, and a superuser's way to it."""

    def __init__(self, archive: PostgresArchive, connection: asyncpg.Connection) -> None:
        self.archive = archive
        self.connection = connection
        self.city = archive.city_id

    async def tamper(self, sql: str, *values: Any) -> Verdict:
        await self.connection.execute(sql, self.city, *values)
        return await verify_table(self.connection, self.city)

    async def copy(self) -> list[str]:
        return [as_text(line) async for line in stored_lines(self.connection, self.city)]


@pytest.fixture
async def told(postgres_dsn: str) -> AsyncIterator[Told]:
    await migrate(postgres_dsn)
    archive = await PostgresArchive.open(postgres_dsn, f"told-{next(CITIES)}")
    room = Room(archive)
    for number in range(10):
        await room.rings(f"call-{number}")
    connection = await archive.connect_for_long_reads()
    yield Told(archive, connection)
    await connection.close()
    await archive.close()


async def test_an_untouched_journal_is_whole(told: Told) -> None:
    verdict = await verify_table(told.connection, told.city)
    assert (verdict.is_whole, verdict.entries) == (True, 10)


@pytest.mark.parametrize(
    ("sql", "position", "reason"),
    [
        ("update journal set entry = replace(entry, 'voice', 'panic') where city_id = $1 and position = 4", 4, ALTERED),
        ("update journal set hash = decode(repeat('00', 32), 'hex') where city_id = $1 and position = 7", 7, ALTERED),
        ("delete from journal where city_id = $1 and position = 5", 6, MISSING_BEFORE),
        ("delete from journal where city_id = $1 and position <= 3", 4, MISSING_BEFORE),
        ("delete from journal where city_id = $1 and position > 8", 9, MISSING_AT_END),
        ("delete from journal where city_id = $1", 1, MISSING_AT_END),
        ("update journal set call = 'call-9' where city_id = $1 and position = 2", 2, COLUMNS_ALTERED),
        ("update journal set name = 'call.ended.v1' where city_id = $1 and position = 3", 3, COLUMNS_ALTERED),
        ("update journal set at = at + interval '1 hour' where city_id = $1 and position = 6", 6, COLUMNS_ALTERED),
        ("update journal set incident = 'i-1' where city_id = $1 and position = 10", 10, COLUMNS_ALTERED),
        ("update head set position = 11 where city_id = $1", 11, MISSING_AT_END),
        ("update head set hash = decode(repeat('11', 32), 'hex') where city_id = $1", 11, MISSING_AT_END),
    ],
)  # fmt: skip
async def test_every_kind_of_tampering_is_found_where_it_begins(
    told: Told, sql: str, position: int, reason: str
) -> None:
    verdict = await told.tamper(sql)
    assert (verdict.broken_at, verdict.reason) == (position, reason)


async def test_two_entries_exchanged_are_found(told: Told) -> None:
    verdict = await told.tamper(
        "update journal a set entry = b.entry, hash = b.hash, call = b.call from journal b "
        "where a.city_id = $1 and b.city_id = $1 and a.position in (4, 5) and b.position = 9 - a.position"
    )
    assert verdict.broken_at == 4


async def test_who_rewrites_everything_is_found_out_by_the_copy_kept_elsewhere(told: Told) -> None:
    copy = verify_lines(map(from_text, await told.copy()))
    assert copy.is_whole
    assert await goes_on_from(told.connection, told.city, copy)
    await Room(told.archive).rings("call-after-the-copy")
    assert await goes_on_from(told.connection, told.city, copy)

    rewritten = await told.tamper(
        """
        with recursive lines as (
            select position, replace(entry, 'voice', 'panic') as entry from journal where city_id = $1
        ), chain as (
            select position, entry, sha256(decode(repeat('00', 32), 'hex') || convert_to(entry, 'UTF8')) as hash
            from lines where position = 1
            union all
            select l.position, l.entry, sha256(c.hash || convert_to(l.entry, 'UTF8'))
            from chain c join lines l on l.position = c.position + 1
        ), written as (
            update journal j set entry = c.entry, hash = c.hash from chain c
            where j.city_id = $1 and j.position = c.position returning 1
        )
        update head set hash = (select hash from chain order by position desc limit 1)
        where city_id = $1 and (select count(*) from written) > 0
        """
    )
    assert rewritten.is_whole, "the chain alone cannot know"
    assert not await goes_on_from(told.connection, told.city, copy)


async def test_a_copy_in_which_a_line_was_changed_or_lost_does_not_verify(told: Told) -> None:
    lines = await told.copy()
    assert verify_lines(map(from_text, [*lines[:2], *lines[3:]])).reason == MISSING_BEFORE
    lines[4] = lines[4].replace("voice", "panic")
    assert verify_lines(map(from_text, lines)).broken_at == 5
    with pytest.raises(ValueError, match="not enough values"):
        from_text("not a line\n")


async def test_verifying_while_the_house_goes_on_writing_raises_no_false_alarm(told: Told) -> None:
    room = Room(told.archive)

    async def write() -> None:
        for number in range(150):
            await room.rings(f"busy-{number}")

    writing = asyncio.create_task(write())
    verdicts = [await verify_table(told.connection, told.city)]
    while not writing.done():
        verdicts.append(await verify_table(told.connection, told.city))
        await asyncio.sleep(0)
    await writing
    assert all(verdict.is_whole for verdict in verdicts)
    assert len({verdict.entries for verdict in verdicts}) > 1, "it did not overlap: proves nothing"


# --- siaga journal ------------------------------------------------------------------------------------------

Siaga = Callable[..., Result]


@pytest.fixture
def house_dsn(make_database: MakeDatabase) -> str:
    """A database in which the sample city has seen ten calls."""
    dsn = make_database()

    async def fill() -> None:
        await migrate(dsn)
        archive = await PostgresArchive.open(dsn, sample_city().code)
        for number in range(10):
            await Room(archive).rings(f"call-{number}")
        await archive.close()

    run_apart(fill())
    return dsn


@pytest.fixture
def siaga(house_dsn: str, tmp_path: Path) -> Siaga:
    env = {"DATABASE_URL": house_dsn, "SIAGA_HOME": str(tmp_path / "home")}

    def run(*words: str, language: str = "id") -> Result:
        return CliRunner().invoke(build(words), words, env=env | {"SIAGA_LANG": language})

    return run


def execute(dsn: str, sql: str) -> None:
    async def once() -> None:
        connection = await asyncpg.connect(dsn)
        await connection.execute(sql)
        await connection.close()

    run_apart(once())


def test_the_command_exports_verifies_and_compares(siaga: Siaga, tmp_path: Path) -> None:
    copy = tmp_path / "jurnal.tsv"
    exported = siaga("journal", "export", str(copy))
    assert exported.exit_code == 0, exported.output
    assert "10 entri ditulis" in exported.output
    whole = siaga("journal", "verify", "--copy", str(copy), language="en")
    assert whole.exit_code == 0, whole.output
    assert "The journal is whole: 10 entries" in whole.output
    assert f"The copy {copy} is whole: 10 entries" in whole.output
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".jurnal")] == []


def test_the_command_says_where_it_was_altered_and_fails(
    siaga: Siaga, house_dsn: str, tmp_path: Path
) -> None:
    copy = tmp_path / "jurnal.tsv"
    siaga("journal", "export", str(copy))
    execute(house_dsn, "delete from journal where position > 8")
    execute(house_dsn, "update head set position = 8, hash = (select hash from journal where position = 8)")
    assert siaga("journal", "verify").exit_code == 0, (
        "a shortened journal with a shortened head is consistent"
    )
    compared = siaga("journal", "verify", "--copy", str(copy))
    assert compared.exit_code == 1
    assert "TIDAK SAMA" in compared.output
    execute(house_dsn, "update journal set entry = entry || ' ' where position = 3")
    altered = siaga("journal", "verify", language="en")
    assert altered.exit_code == 1
    assert "NOT WHOLE at position 3" in altered.output


def test_a_copy_is_verified_alone_on_a_machine_without_a_database(tmp_path: Path, siaga: Siaga) -> None:
    copy = tmp_path / "jurnal.tsv"
    siaga("journal", "export", str(copy))
    elsewhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "SIAGA_LANG": "en"}
    words = ["journal", "verify", "--copy", str(copy), "--alone"]
    alone = CliRunner().invoke(build(words), words, env=elsewhere)
    assert (alone.exit_code, "is whole: 10 entries" in alone.output) == (0, True)
    copy.write_text(copy.read_text().replace("voice", "panic", 1))
    assert CliRunner().invoke(build(words), words, env=elsewhere).exit_code == 1
    copy.write_text("halo\n")
    refused = CliRunner().invoke(build(words), words, env=elsewhere)
    assert (refused.exit_code, "not a copy of a journal" in refused.output) == (1, True)
