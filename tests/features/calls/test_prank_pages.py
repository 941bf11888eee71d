"""The pages: facts on strip and queue, one row for a caller we owe, the second opinion, the supervisor's page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from siaga import clock
from siaga.domain.call import Call, CallState, Channel, Disposition, EndReason
from siaga.domain.event import Event
from siaga.domain.genuine_watch import FlaggedCall, FlagOutcome, FlagWhy
from siaga.domain.prank_review import Judgement, PrankReview
from siaga.domain.roles import Role
from siaga.domain.room_rules import Neighbour
from siaga.features.calls import actions as calls
from siaga.records.archive import Transaction
from tests.a_city import CITY, a_city
from tests.a_web_process import Web, open_web

NUMBER = "081324110982"


async def arrives(web: Web, call: str, number: str | None = NUMBER) -> None:
    await web.archive.do(
        calls.call_arrived,
        call=call,
        number=number,
        display_name=None,
        node="n",
        channel="voice",
        now=clock.now(),
    )


async def leaves(web: Web, call: str, number: str | None = NUMBER) -> None:
    await arrives(web, call, number)
    await web.archive.do(calls.caller_hung_up, call=call, cause="cancelled", now=clock.now())


async def a_taker(web: Web, role: Role = Role.TAKER) -> httpx.AsyncClient:
    desk = await web.signed_in(role)
    await desk.post("/meja/status", data={"verb": "come"})
    await web.archive.do(calls.seat_connected, taker=desk.headers["x-test-person"], now=clock.now())
    return desk


async def history(web: Web, *kinds: Disposition, number: str = NUMBER, days: float = 3.0) -> None:
    """Confirmed dispositions of this number, a day apart, the last one ``days`` ago."""

    async def write(tx: Transaction, *, now: Any) -> None:
        for n, kind in enumerate(kinds):
            at = now - timedelta(days=days + len(kinds) - 1 - n)
            call = Call(
                id=f"old-{n}", channel=Channel.VOICE, state=CallState.ENDED, urgency=2, arrived_at=at, number=number,
                answered_at=at, ended_at=at, end_reason=EndReason.TAKER_HUNG_UP, disposition=kind, taker="x",
            )  # fmt: skip
            tx.put(call)
            if kind is Disposition.PRANK:
                tx.put(
                    PrankReview(
                        id=call.id,
                        number=number,
                        called_at=at,
                        said_by="x",
                        said_at=at,
                        state=Judgement.CONFIRMED,
                        decided_by="y",
                        decided_at=at,
                    )
                )

    await web.archive.do(write, now=clock.now())


async def disposes(desk: httpx.AsyncClient, call: str, kind: str) -> None:
    assert (await desk.post("/meja/jawab", json={"call": call})).status_code == 200
    told = await desk.post(f"/meja/panggilan/{call}/bukan", json={"kind": kind, "sheet": call})
    assert told.status_code == 200, told.text


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


# --- facts -----------------------------------------------------------------------------------------------------


async def test_the_strip_and_the_queue_say_what_a_number_did(web: Web) -> None:
    await history(web, Disposition.PRANK, Disposition.PRANK)
    desk = await a_taker(web)
    await arrives(web, "now")
    queue = words((await desk.get("/meja/antrean")).text)
    assert "2 iseng, 0 asli, 4 hari" in queue
    await desk.post("/meja/jawab", json={})
    strip = words((await desk.get("/meja/lembar/now/pita")).text)
    assert "2 iseng, 0 asli, 4 hari" in strip
    assert NUMBER in strip


@pytest.mark.parametrize(
    ("number", "mark"),
    [
        ("000123456", "tanpa SIM – tidak bisa ditelepon balik"),
        (None, "nomor disembunyikan – tidak bisa ditelepon balik"),
    ],
)
async def test_who_cannot_be_called_back_is_marked(web: Web, number: str | None, mark: str) -> None:
    desk = await a_taker(web)
    await arrives(web, "now", number)
    assert mark.split(" – ")[0] in words((await desk.get("/meja/antrean")).text)
    await desk.post("/meja/jawab", json={})
    assert mark in words((await desk.get("/meja/lembar/now/pita")).text)


async def test_a_shared_identity_has_no_history(web: Web) -> None:
    await history(web, *[Disposition.PRANK] * 4, number="000123456")
    desk = await a_taker(web)
    await arrives(web, "now", "000123456")
    assert "iseng" not in words((await desk.get("/meja/antrean")).text)


async def test_a_blind_call_shows_no_history_and_everything_else(web: Web) -> None:
    city = web.city
    await history(web, *[Disposition.PRANK] * 3)
    from siaga.features.incidents.desk.strip_queries import strip_context

    desk = await a_taker(web)
    await arrives(web, "now")
    await desk.post("/meja/jawab", json={})

    async def strip(percent: float) -> list[str]:
        rules = replace(city.room, pranks=replace(city.room.pranks, blind_percent=percent))
        blind_city = replace(city, room=rules)
        found = {"call": "now", "incident": None}
        shown = await strip_context(web.archive, blind_city, found, lambda text: text, clock.now(), b"s")
        facts: list[str] = shown["call"]["facts"]
        return facts

    assert await strip(0.0) == ["3 iseng, 0 asli, 5 hari"]
    assert await strip(100.0) == []


async def test_the_facts_of_a_whole_queue_are_one_query(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await a_taker(web)
    asked: list[str] = []
    rows = web.archive.rows

    async def counted(sql: str, *values: Any) -> Any:
        asked.append(sql)
        return await rows(sql, *values)

    async def queries(callers: range) -> int:
        for n in callers:
            await arrives(web, f"q{n}", f"0812000000{n:02d}")
        asked.clear()
        monkeypatch.setattr(web.archive, "rows", counted)
        page = await desk.get("/meja/antrean")
        monkeypatch.setattr(web.archive, "rows", rows)
        assert page.status_code == 200
        return len(asked)

    few = await queries(range(1))
    assert await queries(range(1, 12)) == few


# --- the missed list ---------------------------------------------------------------------------------------------


async def test_repeats_of_a_number_are_one_row_and_leave_together_with_a_reason(web: Web) -> None:
    desk = await a_taker(web)
    for n in range(3):
        await leaves(web, f"m{n}")
    await leaves(web, "other", "000123456")
    page = (await desk.get("/meja/terlewat")).text
    assert page.count("data-row") == 2
    assert "3×" in words(page)
    assert "tanpa SIM – tidak bisa ditelepon balik" in words(page)

    assert (await desk.post("/meja/panggilan/m2/balik", json={})).status_code in (400, 422)
    assert (await desk.post("/meja/panggilan/m2/balik", json={"reason": "no_answer"})).status_code == 409
    closed = await desk.post("/meja/panggilan/m2/balik", json={"reason": "spoken"})
    assert closed.json() == {"closed": 3}
    assert (await desk.get("/meja/terlewat")).text.count("data-row") == 1
    assert (await desk.post("/meja/panggilan/other/balik", json={"reason": "unreachable"})).status_code == 200


async def test_a_caller_who_got_through_since_says_so_on_his_row(web: Web) -> None:
    desk = await a_taker(web)
    await leaves(web, "first")
    await arrives(web, "second")
    await disposes(desk, "second", "information")
    page = words((await desk.get("/meja/terlewat")).text)
    assert "menelepon lagi" in page
    assert "Sudah menelepon lagi" in page


async def test_a_policy_without_a_channel_says_that_nothing_is_sent(web: Web) -> None:
    from siaga.features.calls.owed.queries import missed_context

    rules = replace(web.city.room, call_back=replace(web.city.room.call_back, auto_text=True))
    city = replace(web.city, room=rules)
    told = await missed_context(web.archive, city, lambda text: text, clock.now(), sms=False)
    assert "belum ada saluran SMS" in told["rule_note"]
    told = await missed_context(web.archive, web.city, lambda text: text, clock.now(), sms=False)
    assert told["rule_note"] == ""


# --- the second opinion ------------------------------------------------------------------------------------------


async def test_the_list_for_the_second_person_is_blind_and_does_not_ask_the_first(web: Web) -> None:
    first, second = await a_taker(web), await a_taker(web)
    await arrives(web, "joke")
    await disposes(first, "joke", "prank")
    name = f"Nama {next(name for name, id in web.people.items() if id == first.headers['x-test-person'])}"

    mine = (await first.get("/meja/bukan")).text
    hers = (await second.get("/meja/bukan")).text
    assert "review-joke" not in mine
    assert "review-joke" in hers
    assert name not in hers[hers.index("reviews-title") :]
    assert "1 iseng menunggu orang kedua" in words((await second.get("/meja/bukan/terakhir")).text)

    told = await second.post("/meja/bukan/joke/nilai", data={"agrees": "no", "reason": "ada yang menangis"})
    assert told.status_code == 303
    assert "Keterangan lama dibatalkan" in words((await second.get("/meja/terlewat")).text)


async def test_a_wrong_key_is_put_right_with_a_reason(web: Web) -> None:
    desk = await a_taker(web)
    await arrives(web, "call")
    await disposes(desk, "call", "wrong_number")
    assert (
        await desk.post("/meja/bukan/call/ubah", data={"kind": "information", "reason": ""})
    ).status_code == 409
    changed = await desk.post("/meja/bukan/call/ubah", data={"kind": "real", "reason": "salah tekan"})
    assert changed.headers["location"] == "/meja"
    assert (
        "Lembar" in (await desk.get("/meja/lembar")).text or "what" in (await desk.get("/meja/lembar")).text
    )


async def test_nobody_but_a_supervisor_sees_or_decides_restrictions(web: Web) -> None:
    desk = await a_taker(web)
    assert (await desk.get("/pengawas/iseng")).status_code == 403
    await history(web, *[Disposition.PRANK] * 5)
    told = await desk.post("/pengawas/iseng/old-4/redam", data={"days": 7, "reason": "x"})
    assert told.status_code == 403


async def test_the_supervisor_restricts_from_a_proposal_and_takes_it_back(web: Web) -> None:
    await history(web, *[Disposition.PRANK] * 5)
    chief = await web.signed_in(Role.SUPERVISOR)
    page = (await chief.get("/pengawas/iseng")).text
    assert "5 iseng, terakhir" in words(page)
    assert NUMBER not in page, "a number is masked on every list"
    made = await chief.post("/pengawas/iseng/old-4/redam", data={"days": "7", "reason": "tiap malam"})
    assert made.status_code == 303, made.text
    page = (await chief.get("/pengawas/iseng")).text
    assert "5 iseng, terakhir" not in words(page)
    restriction = re.search(r'id="restriction-([^"]+)"', page)
    assert restriction is not None
    gone = await chief.post(
        f"/pengawas/peredaman/{restriction[1]}/cabut", data={"reason": "nomor orang lain"}
    )
    assert gone.status_code == 303
    assert "dicabut" in words((await chief.get("/pengawas/iseng")).text)


async def test_the_figures_say_what_they_mean_and_claim_nothing_without_data(web: Web) -> None:
    chief = await web.signed_in(Role.SUPERVISOR)
    page = words((await chief.get("/pengawas/iseng")).text)
    assert "belum ada batas yang bisa disebut" in page
    assert "Baru 0 hari tercatat" in page


async def test_the_bound_and_the_two_groups_are_shown(web: Web) -> None:
    async def write(tx: Transaction, *, now: Any) -> None:
        for n in range(300):
            at = now - timedelta(days=1, minutes=n)
            tx.put(
                Call(
                    id=f"f{n}", channel=Channel.VOICE, state=CallState.ENDED, urgency=2, arrived_at=at,
                    number=NUMBER, ended_at=at, answered_at=at, end_reason=EndReason.TAKER_HUNG_UP,
                    disposition=Disposition.INFORMATION, taker="x",
                ),
                FlaggedCall(
                    id=f"f{n}", at=at, why=FlagWhy.PRANKS, pranks=3, blind=n % 20 == 0,
                    outcome=FlagOutcome.NOTHING, checked_at=at,
                ),
            )  # fmt: skip

    await web.archive.do(write, now=clock.now())
    chief = await web.signed_in(Role.SUPERVISOR)
    page = words((await chief.get("/pengawas/iseng")).text)
    assert "≤ 99,4 dari 10.000" in page  # 1 - 0.05^(1/300)
    assert "Terlihat 0 dari 300" in page
    assert "Tanpa riwayat (buta) 15 0" in page


async def test_who_answers_our_text_waits_in_the_queue_once(web: Web) -> None:
    desk = await a_taker(web)
    chief = await web.signed_in(Role.ADMIN)
    told = await chief.post("/api/sms", json={"number": NUMBER, "text": "1", "key": "gw-1"})
    assert told.status_code == 201, told.text
    again = await chief.post("/api/sms", json={"number": NUMBER, "text": "1", "key": "gw-1"})
    more = await chief.post("/api/sms", json={"number": NUMBER, "text": "tolong", "key": "gw-2"})
    assert told.json() == again.json() == more.json()
    page = words((await desk.get("/meja/antrean")).text)
    assert "CHAT" in page
    assert (
        await desk.post("/api/sms", json={"number": NUMBER, "text": "x", "key": "gw-3"})
    ).status_code == 403


async def test_two_keystrokes_take_less_than_a_third_of_a_second(web: Web) -> None:
    desk = await a_taker(web)
    times = []
    for n in range(5):
        await arrives(web, f"call-{n}")
        await desk.post("/meja/jawab", json={})
        begun = clock.monotonic()
        told = await desk.post(
            f"/meja/panggilan/call-{n}/bukan", json={"kind": "prank", "sheet": f"call-{n}"}
        )
        times.append(clock.monotonic() - begun)
        assert told.status_code == 200
    assert sorted(times)[2] < 0.3  # UT-04: machine time of F9 and a digit


async def test_a_newcomer_who_never_sat_down_sees_a_whole_desk(web: Web) -> None:
    desk = await web.signed_in(Role.TAKER)
    for address in ("/meja", "/meja/kendali", "/meja/bukan/terakhir", "/meja/terlewat", "/meja/bukan"):
        assert (await desk.get(address)).status_code == 200, address


async def test_the_usual_neighbour_is_recorded_with_two_keystrokes_and_another_with_one_more(
    postgres_dsn: str, tmp_path: Path
) -> None:
    rules = replace(
        CITY.room,
        neighbours=(
            Neighbour(code="utara", name="112 Utara", number="0231", usual=True),
            Neighbour(code="timur", name="112 Timur", number="0232"),
        ),
    )
    async with open_web(postgres_dsn, tmp_path, city=a_city(room=rules)) as web:
        desk = await a_taker(web)
        await arrives(web, "away")
        await disposes(desk, "away", "outside_area")
        assert "dirujuk ke 112 Utara" in words((await desk.get("/meja/bukan/terakhir")).text)
        told = await desk.post("/meja/bukan/away/rujuk", json={"neighbour": "timur"})
        assert told.status_code == 200
        assert "dirujuk ke 112 Timur" in words((await desk.get("/meja/bukan/terakhir")).text)


def test_no_new_event_carries_a_reason_or_a_number() -> None:
    from siaga.domain.events import non_calls

    carried = {
        one.__name__: set(one.__dataclass_fields__) & {"number", "reason", "why", "text"}
        for one in vars(non_calls).values()
        if isinstance(one, type) and issubclass(one, Event) and one is not Event
    }
    assert {name: fields for name, fields in carried.items() if fields - {"why"}} == {}
