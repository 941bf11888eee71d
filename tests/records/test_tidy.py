"""What nobody can ask for any more is forgotten; what people did is not."""

from __future__ import annotations

from datetime import timedelta

from siaga import clock
from siaga.domain.caller_location import Fix
from siaga.domain.desk import Session
from siaga.domain.location_rules import LocationRules
from siaga.features.calls.actions import call_arrived
from siaga.features.locating.recording import aml_received
from siaga.records.archive import Transaction
from siaga.records.migrate import migrate
from siaga.records.postgres import KEYS_KEPT, PostgresArchive


async def test_where_a_telephone_was_whose_call_never_came_is_forgotten_after_a_day(
    postgres_dsn: str,
) -> None:
    await migrate(postgres_dsn)
    archive = await PostgresArchive.open(postgres_dsn, "kota-lupa")
    now = clock.now()
    fix = Fix(lat=-6.7, lon=108.5)
    await archive.do(aml_received, number="0812345678", fix=fix, rules=LocationRules(), now=now)
    kept = "select count(*) from caller_location where city_id = $1"
    await archive.tidy(now + timedelta(hours=23))
    assert await archive.value(kept) == 1
    await archive.tidy(now + timedelta(hours=25))
    assert await archive.value(kept) == 0
    await archive.close()


async def test_old_keys_and_expired_sessions_go_and_the_journal_stays(postgres_dsn: str) -> None:
    await migrate(postgres_dsn)
    archive = await PostgresArchive.open(postgres_dsn, "kota-rapi")
    now = clock.now()

    async def signs_in(tx: Transaction) -> None:
        for name, hours in (("old", -1), ("new", 1)):
            tx.put(
                Session(
                    id=name, person="p", csrf="c", created_at=now, expires_at=now + timedelta(hours=hours)
                )
            )

    await archive.do(signs_in)
    ring = {"number": None, "display_name": None, "node": "n", "channel": "voice", "now": now}
    await archive.do(call_arrived, key="press", call="call-1", **ring)

    assert await archive.tidy(now) == 1
    assert await archive.do(call_arrived, key="press", call="call-2", **ring) == "call-1"
    assert await archive.tidy(now + KEYS_KEPT + timedelta(minutes=1)) == 3
    assert await archive.do(call_arrived, key="press", call="call-2", **ring) == "call-2"
    assert await archive.head() == 2
    await archive.close()
