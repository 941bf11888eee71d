"""History comes in whole, wakes nobody, is not counted twice, and goes out again whole."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from siaga.city_files import load_city
from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.event import HistoryImported, HistoryUndone
from siaga.domain.incident import Incident, Note, Reporter
from siaga.domain.roles import Role, Viewer
from siaga.features.insight import actions, history
from siaga.features.insight.history import already_there, apply_import, batches, read_register, undo
from siaga.features.insight.periods import Period
from siaga.features.insight.queries import Counts, count_incidents
from siaga.features.insight.register import PastIncident
from siaga.records.archive import Transaction
from siaga.records.migrate import migrate
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings
from tests.features.insight import first_months

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
CITIES = itertools.count()  # the tests of a module share a database; each has a city of its own
ADMINISTRATOR = Viewer(person="cli", name="cli", roles=(Role.ADMIN,), in_circle=True)
TABLES = ("incident", "note", "assignment", "reporter", "message", "alarm", "call")
PUBLISHED = [14, 2, 9, 9, 6, 19, 2, 50]


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(Settings.from_env({}).city)


@pytest.fixture
async def archive(postgres_dsn: str) -> AsyncIterator[PostgresArchive]:
    await migrate(postgres_dsn)
    opened = await PostgresArchive.open(postgres_dsn, f"history-{next(CITIES)}")
    yield opened
    await opened.close()


def first_register(city: City) -> tuple[PastIncident, ...]:
    found = read_register(list(enumerate(first_months.rows(), start=1)), city=city, finder=None, now=NOW)
    assert found is not None
    return found.good


async def apply(archive: PostgresArchive, city: City, good: tuple[PastIncident, ...]) -> str:
    return await apply_import(archive, city, good, file="register.xlsx", by="dkis", now=NOW)


async def counted(
    archive: PostgresArchive,
    city: City,
    first: date = date(2018, 10, 29),
    last: date = date(2018, 12, 11),
    viewer: Viewer = ADMINISTRATOR,
) -> Counts:
    return await count_incidents(
        archive, city, Period(first=first, last=last, zone=city.zone), viewer=viewer, demo=False
    )


async def everything(archive: PostgresArchive) -> dict[str, list[Any]]:
    return {
        name: await archive.rows(f"select * from {name} where city_id = $1 order by 2") for name in TABLES
    }


async def test_the_first_published_statistics_come_out_of_the_same_data(
    archive: PostgresArchive, city: City
) -> None:
    await apply(archive, city, first_register(city))

    found = await counted(archive, city)

    assert [row.count for row in found.groups] == PUBLISHED
    assert [row.name for row in found.groups] == list(first_months.PUBLISHED)
    assert found.total == 111
    assert sum(row.count or 0 for row in found.areas if row.parent is None) == 111
    assert sum(row.count or 0 for row in found.kinds) == 111


async def test_both_end_days_belong_to_the_city_s_own_calendar(archive: PostgresArchive, city: City) -> None:
    await apply(archive, city, first_register(city))

    first_day = await counted(archive, city, date(2018, 10, 29), date(2018, 10, 29))
    last_day = await counted(archive, city, date(2018, 12, 11), date(2018, 12, 11))
    inner = await counted(archive, city, date(2018, 10, 30), date(2018, 12, 10))

    assert first_day.total >= 2  # 00:00 and 23:59 local time, the day before and the same day in UTC
    assert last_day.total >= 2
    assert first_day.total + inner.total + last_day.total == 111
    assert (await counted(archive, city, date(2018, 1, 1), date(2018, 10, 28))).total == 0
    assert (await counted(archive, city, date(2018, 12, 12), date(2019, 1, 1))).total == 0


async def test_protected_cases_do_not_exist_outside_their_circle(
    archive: PostgresArchive, city: City
) -> None:
    await apply(archive, city, first_register(city))

    found = await counted(archive, city, viewer=replace(ADMINISTRATOR, in_circle=False))

    assert [row.count for row in found.groups] == [14, None, 9, 9, 6, 19, 2, 50]
    assert found.total == 109
    assert found.hides_protected
    assert sum(row.count or 0 for row in found.areas if row.parent is None) == 109
    assert sum(row.count or 0 for row in found.kinds) == 109


async def test_history_is_closed_and_wakes_nobody(archive: PostgresArchive, city: City) -> None:
    batch = await apply(archive, city, first_register(city))

    journal = [entry.event for entry in await archive.read(0)]
    rows = await archive.rows("select * from incident where city_id = $1")
    assignments = await archive.rows("select * from assignment where city_id = $1")

    assert journal == [HistoryImported(batch=batch, rows=111, by="dkis", at=NOW)]
    assert all(
        row["outcome"] and row["closed_at"] and row["source"] == "history" and row["batch"] == batch
        for row in rows
    )
    assert sorted(row["number"] for row in rows) == list(range(1, 112))
    assert {row["year"] for row in rows} == {2018}
    assert assignments
    assert {row["state"] for row in assignments} == {"done"}


async def test_numbers_follow_the_time_not_the_order_of_the_file(
    archive: PostgresArchive, city: City
) -> None:
    await apply(archive, city, first_register(city))

    rows = await archive.rows("select opened_at from incident where city_id = $1 order by number")

    assert [row["opened_at"] for row in rows] == sorted(row["opened_at"] for row in rows)


async def test_undo_removes_exactly_its_own_batch(archive: PostgresArchive, city: City) -> None:
    good = first_register(city)
    await apply(archive, city, good[:40])
    before = await everything(archive)
    batch = await apply(archive, city, good[40:])

    removed = await undo(archive, batch, by="dkis", now=NOW)

    assert removed == 71
    assert await everything(archive) == before
    assert (await archive.read(0))[-1].event == HistoryUndone(batch=batch, rows=71, by="dkis", at=NOW)
    listed = {each.id: each for each in await batches(archive)}
    assert listed[batch].undone_at == NOW
    assert sum(each.undone_at is None for each in listed.values()) == 1


async def test_an_import_is_undone_only_once_and_only_if_it_exists(
    archive: PostgresArchive, city: City
) -> None:
    batch = await apply(archive, city, first_register(city))
    await undo(archive, batch, by="dkis", now=NOW)

    with pytest.raises(RuleBroken, match="sudah dibatalkan"):
        await undo(archive, batch, by="dkis", now=NOW)
    with pytest.raises(RuleBroken, match="tidak ada"):
        await undo(archive, "naga", by="dkis", now=NOW)


async def test_what_was_added_to_an_imported_incident_goes_with_it(
    archive: PostgresArchive, city: City
) -> None:
    batch = await apply(archive, city, first_register(city)[:3])
    incident = await archive.value("select id from incident where city_id = $1 limit 1")

    async def add(tx: Transaction) -> None:
        tx.put(Note(id="n-1", incident=incident, at=NOW, by="sari", text="Sudah dicek ulang"))
        tx.put(Reporter(id="r-1", incident=incident, call=None, name="Bu Siti", number=None, at=NOW))

    await archive.do(add)
    await undo(archive, batch, by="dkis", now=NOW)

    assert all(rows == [] for rows in (await everything(archive)).values())


async def test_an_incident_somebody_opened_again_is_not_taken_away(
    archive: PostgresArchive, city: City
) -> None:
    batch = await apply(archive, city, first_register(city)[:3])
    incident = await archive.value("select id from incident where city_id = $1 limit 1")

    async def reopen(tx: Transaction) -> None:
        tx.keep((await tx.get(Incident, incident)).reopened(by="sari", at=NOW, is_supervisor=True))

    await archive.do(reopen)

    with pytest.raises(RuleBroken, match=r"2018/\d+ dari impor ini sudah dibuka kembali"):
        await undo(archive, batch, by="dkis", now=NOW)
    assert len(await archive.rows("select 1 from incident where city_id = $1")) == 3


async def test_a_file_given_again_brings_only_what_is_new(archive: PostgresArchive, city: City) -> None:
    good = first_register(city)
    await apply(archive, city, good[:60])

    known = await already_there(archive, good)

    assert sorted(past.row for past in known) == sorted(past.row for past in good[:60])


async def test_two_lines_alike_in_one_file_are_two_incidents(archive: PostgresArchive, city: City) -> None:
    twin = first_register(city)[0]
    await apply(archive, city, (twin, replace(twin, row=twin.row + 1)))

    assert (await counted(archive, city)).total == 2
    assert len(await already_there(archive, (twin, twin, twin))) == 2


async def test_an_undone_import_can_be_given_again(archive: PostgresArchive, city: City) -> None:
    good = first_register(city)
    await undo(archive, await apply(archive, city, good), by="dkis", now=NOW)

    assert await already_there(archive, good) == ()


async def test_a_power_cut_in_the_middle_is_mended_by_giving_the_file_again(
    archive: PostgresArchive, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = first_register(city)
    monkeypatch.setattr(history, "PORTION_ROWS_MAX", 25)

    def cut(done: int, total: int) -> None:
        if done == 75:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await apply_import(archive, city, good, file="f", by="dkis", now=NOW, progress=cut)
    assert (await counted(archive, city)).total == 75

    known = await already_there(archive, good)
    left_out = {id(past) for past in known}
    await apply(archive, city, tuple(past for past in good if id(past) not in left_out))

    assert [row.count for row in (await counted(archive, city)).groups] == PUBLISHED


async def test_undo_goes_on_after_a_power_cut(
    archive: PostgresArchive, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await apply(archive, city, first_register(city))
    for module in (actions, history):
        monkeypatch.setattr(module, "PORTION_ROWS_MAX", 30)

    def cut(done: int, total: int) -> None:
        if done == 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await undo(archive, batch, by="dkis", now=NOW, progress=cut)

    assert await undo(archive, batch, by="dkis", now=NOW) == 51
    assert (await counted(archive, city)).total == 0


async def test_nothing_can_be_added_to_an_undone_import(archive: PostgresArchive, city: City) -> None:
    good = first_register(city)
    batch = await apply(archive, city, good[:2])
    await undo(archive, batch, by="dkis", now=NOW)

    with pytest.raises(RuleBroken, match="sudah dibatalkan"):
        await archive.do(
            actions.import_history, city=city, batch=batch, file="f", portion=good[2:], by="dkis", now=NOW
        )


async def test_merged_and_demo_incidents_are_told_but_not_counted(
    archive: PostgresArchive, city: City
) -> None:
    await apply(archive, city, first_register(city))
    rows = await archive.rows(
        "select id from incident where city_id = $1 and not protected order by number limit 3"
    )

    async def change(tx: Transaction) -> None:
        first, second, third = [await tx.get(Incident, row["id"]) for row in rows]
        tx.put(replace(first, duplicate_of=third.id), replace(second, demo=True))

    await archive.do(change)
    found = await counted(archive, city)

    assert (found.total, found.merged, found.left_out_demo) == (109, 1, 1)


async def test_the_days_just_before_are_counted_beside(archive: PostgresArchive, city: City) -> None:
    good = first_register(city)
    await apply(archive, city, good)

    found = await counted(archive, city, date(2018, 12, 12), date(2019, 1, 24))

    assert (found.total, found.before) == (0, 111)
    assert found.is_small


@pytest.mark.slow
async def test_ten_thousand_rows_come_and_go(archive: PostgresArchive, city: City) -> None:
    base = first_register(city)
    many = tuple(
        replace(past, row=number, opened_at=past.opened_at + timedelta(minutes=number))
        for number, past in zip(range(10_000), itertools.cycle(base), strict=False)
    )
    batch = await apply(archive, city, many)

    assert await undo(archive, batch, by="dkis", now=NOW) == 10_000
    assert all(rows == [] for rows in (await everything(archive)).values())
