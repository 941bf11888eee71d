"""Alive, ready, counted."""

from __future__ import annotations

from siaga import clock
from siaga.adapters.web.sessions import hashed
from siaga.adapters.web.tokens import new_token
from siaga.features.people.actions import add_token, revoke_token
from tests.a_web_process import Web


async def test_alive_and_ready(web: Web) -> None:
    browser = web.browser()
    assert (await browser.get("/healthz")).json()["status"] == "ok"
    answer = await browser.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {"status": "ok", "database": "ok", "migrations": "ok"},
    )


async def test_not_ready_without_its_migrations(web: Web) -> None:
    await web.archive.pool.execute("delete from migration where number = 2")
    try:
        answer = await web.browser().get("/readyz")
        assert (answer.status_code, answer.json()["migrations"]) == (503, "pending")
    finally:
        await web.archive.pool.execute(
            "insert into migration (number, name) values (2, '0002_record_changes.sql')"
        )


async def test_not_ready_when_the_database_is_away(web: Web) -> None:
    await web.archive.pool.close()
    answer = await web.browser().get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "away")
    assert (await web.browser().get("/healthz")).status_code == 200


async def test_figures_are_for_this_machine_or_a_token_of_that_scope(web: Web) -> None:
    stranger = web.browser()
    assert (await stranger.get("/metrics")).status_code == 401
    here = await web.browser(address="127.0.0.1").get("/metrics")
    assert "siaga_requests_total" in here.text

    tokens = {scope: new_token() for scope in ("metrics", "panic")}
    for scope, token in tokens.items():
        await web.archive.do(
            add_token, token=hashed(token), name=scope, scope=scope, by="test", now=clock.now()
        )
    bearer = {scope: {"authorization": f"Bearer {token}"} for scope, token in tokens.items()}
    assert (await stranger.get("/metrics", headers=bearer["metrics"])).status_code == 200
    assert (await stranger.get("/metrics", headers=bearer["panic"])).status_code == 403
    await web.archive.do(revoke_token, name="metrics", by="test", now=clock.now())
    assert (await stranger.get("/metrics", headers=bearer["metrics"])).status_code == 401, (
        "revoked is revoked"
    )
