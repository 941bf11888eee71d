"""The page of one incident: its whole story for whoever may know it, and no sign of it for anybody else."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from siaga import clock
from siaga.domain.event import IncidentNoted, IncidentNoteStruck, PersonalDataRead
from siaga.domain.incident import Incident, Note
from siaga.domain.message import Message
from siaga.domain.roles import Role
from siaga.features.dispatch import actions as dispatch
from siaga.features.incidents import actions as incidents
from siaga.records.archive import Transaction
from tests.a_web_process import Web
from tests.features.scenes import (
    BOSS,
    FORM,
    HTMX,
    STREET,
    a_fire,
    a_hidden_case,
    opened,
    page,
    queries_counted,
    seen,
)
from tests.room import Room


@pytest.fixture
def web(invented_web: Web) -> Web:
    return invented_web


@pytest.fixture
def room(web: Web) -> Room:
    return Room(archive=web.archive, city=web.city, now=clock.now())


def before(text: str, field: str) -> dict[str, str]:
    """What the form of a field sends besides its value."""
    found = re.search(
        rf'name="field" value="{field}"><input type="hidden" name="before" value="([^"]*)"', text
    )
    assert found, field
    return {"field": field, "before": found[1]}


async def facts(web: Web, kind: type) -> list[Any]:
    return [entry.event for entry in await web.archive.read(0) if isinstance(entry.event, kind)]


async def test_an_incident_is_found_by_number_by_year_and_by_id(web: Web, room: Room) -> None:
    incident = await opened(room)
    year = (await room.incident(incident)).year
    browser = await web.signed_in(Role.TAKER)
    for name in ("1", f"{year}-1", incident):
        assert "#1 Kebakaran rumah" in seen(await page(browser, f"/kejadian/{name}"))
    for name in ("2", f"{year - 1}-1", "tidak-ada", "9999999999999999999"):
        await page(browser, f"/kejadian/{name}", 404)


async def test_a_protected_incident_has_no_page_outside_its_circle(web: Web, room: Room) -> None:
    taker = await web.signed_in(Role.TAKER)
    hidden = await opened(room, a_hidden_case(notes=("pelaku di rumah",)), by=taker.headers["x-test-person"])
    reads = ("", "/kepala", "/opd", "/cerita", "/pelapor")
    writes = ("/catatan", "/ubah", "/tutup", "/buka-lagi", "/pelapor/x/nomor", "/catatan/x/coret")
    for role, more in (
        (Role.DISPATCHER, {}),
        (Role.SUPERVISOR, {}),
        (Role.HEAD, {}),
        (Role.AGENCY, {"agency": "api"}),
    ):
        browser = await web.signed_in(role, **more)
        for part in reads:
            for name in (hidden, "1"):
                assert STREET not in await page(browser, f"/kejadian/{name}{part}", 404)
        for part in writes:
            answer = await browser.post(
                f"/kejadian/{hidden}{part}", data={"field": "type", "text": "x"}, headers=HTMX
            )
            assert answer.status_code in (403, 404), part
            assert STREET not in answer.text
    for browser in (
        taker,  # she wrote it down
        await web.signed_in(Role.SUPERVISOR, in_circle=True),
        await web.signed_in(Role.AGENCY, agency="polisi"),  # asked, and trusted with such cases
    ):
        assert STREET in await page(browser, f"/kejadian/{hidden}")
    assert (await room.incident(hidden)).is_open


async def test_the_steps_show_what_was_reported_and_what_was_skipped(web: Web, room: Room) -> None:
    incident = await opened(room)
    asked = await room.assignment(incident, "api")
    await room.do(dispatch.arrive, assignment=asked.id, by=BOSS)
    browser = await web.signed_in(Role.DISPATCHER)
    steps = re.findall(
        r'<li class="step"( data-done)?( aria-current="step")?>\s*<span[^>]*>(.)</span>\s*<span>([^<]+)</span>',
        await page(browser, f"/kejadian/{incident}/kepala"),
    )
    assert [(name, mark, bool(done), bool(now)) for done, now, mark, name in steps] == [
        ("Baru", "●", True, False),
        ("Diteruskan", "●", True, False),
        ("Diterima", "●", True, False),
        ("Menuju", "–", False, False),
        ("Di TKP", "●", True, True),
        ("Selesai", "○", False, False),
        ("Ditutup", "○", False, False),
    ]


async def test_the_story_tells_everything_in_words(web: Web, room: Room) -> None:
    await room.talking()
    room.later(20)
    incident = await opened(room, a_fire(notes=("api dari dapur",), priority=1), call="call-1")
    asked = await room.assignment(incident, "api")
    room.later(70)
    await room.do(dispatch.escalate_overdue, city=room.city)
    await room.do(dispatch.acknowledge, assignment=asked.id, by=BOSS)
    browser = await web.signed_in(Role.TAKER)
    words = seen(await page(browser, f"/kejadian/{incident}/cerita"))
    told = [
        "Panggilan masuk", "Panggilan dijawab", "Kejadian dicatat: Kebakaran rumah, P1 → api", "api dari dapur",
        "api dihubungi, harus menjawab sebelum", "api belum menjawab; sekarang dihubungi: Kepala", "api menerima",
    ]  # fmt: skip
    assert all(line in words for line in told), words
    assert words.index("Panggilan masuk") < words.index("Kejadian dicatat") < words.index("api menerima")
    assert "v1" not in words
    only_notes = seen(await page(browser, f"/kejadian/{incident}/cerita?saring=note"))
    assert "api dari dapur" in only_notes
    assert "Panggilan masuk" not in only_notes


async def test_a_line_sent_twice_with_the_same_key_is_one_line(web: Web, room: Room) -> None:
    incident = await opened(room)
    browser = await web.signed_in(Role.TAKER)
    for _ in range(2):
        answer = await browser.post(
            f"/kejadian/{incident}/catatan",
            json={"text": "satu anak di dalam"},
            headers={"idempotency-key": "baris-1", "accept": "application/json"},
        )
        assert (answer.status_code, answer.json()) == (200, {})
    assert len(await facts(web, IncidentNoted)) == 1

    answer = await browser.post(
        f"/kejadian/{incident}/catatan", data={"text": "lewat formulir"}, headers=HTMX
    )
    assert 'id="catatan"' in answer.text
    plain = await browser.post(f"/kejadian/{incident}/catatan", data={"text": "tanpa skrip"}, headers=FORM)
    assert (plain.status_code, plain.headers["location"]) == (303, f"/kejadian/{incident}#catatan")
    empty = await browser.post(f"/kejadian/{incident}/catatan", data={"text": "  "}, headers=HTMX)
    assert (empty.status_code, empty.json()["detail"]) == (409, "Catatan masih kosong.")
    words = seen(await page(browser, f"/kejadian/{incident}/cerita"))
    assert [line in words for line in ("satu anak di dalam", "lewat formulir", "tanpa skrip")] == [True] * 3


async def test_a_wrong_line_is_struck_through_by_who_wrote_it_or_a_supervisor_and_stays_readable(
    web: Web, room: Room
) -> None:
    incident = await opened(room)
    author, other = await web.signed_in(Role.TAKER), await web.signed_in(Role.TAKER)
    boss = await web.signed_in(Role.SUPERVISOR)
    for text in ("dua korban", "tiga korban"):
        await author.post(f"/kejadian/{incident}/catatan", data={"text": text}, headers=HTMX)
    first, second = await room.all(Note, incident=incident, order=("at", "id"))

    refused = await other.post(f"/kejadian/{incident}/catatan/{first.id}/coret", data={}, headers=HTMX)
    assert refused.status_code == 403
    for browser, note in ((author, first), (author, first), (boss, second)):
        answer = await browser.post(f"/kejadian/{incident}/catatan/{note.id}/coret", data={}, headers=HTMX)
        assert (answer.status_code, answer.headers["hx-redirect"]) == (204, f"/kejadian/{incident}")
    assert len(await facts(web, IncidentNoteStruck)) == 2
    assert '<s class="struck">dua korban</s>' in await page(other, f"/kejadian/{incident}/cerita")


async def test_a_reporters_number_is_masked_and_every_look_at_it_is_recorded(web: Web, room: Room) -> None:
    incident = await opened(room, a_fire(reporter_name="Bu Siti", reporter_number="081324110982"))
    (reporter,) = await room.all(incidents.Reporter, incident=incident)
    browser = await web.signed_in(Role.TAKER)
    text = await page(browser, f"/kejadian/{incident}")
    assert "0813…0982" in text
    assert "081324110982" not in text

    address = f"/kejadian/{incident}/pelapor/{reporter.id}/nomor"
    silent = await browser.post(address, data={"reason": ""}, headers=HTMX)
    assert (silent.status_code, "081324110982" in silent.text) == (409, False)
    shown = await browser.post(address, data={"reason": "menelepon balik pelapor"}, headers=HTMX)
    assert 'href="tel:081324110982"' in shown.text
    (look,) = await facts(web, PersonalDataRead)
    assert (look.by, look.subject, look.what, look.reason) == (
        browser.headers["x-test-person"], reporter.id, "number", "menelepon balik pelapor",
    )  # fmt: skip

    for role, more in ((Role.HEAD, {}), (Role.AGENCY, {"agency": "api"})):
        outsider = await web.signed_in(role, **more)
        assert "Bu Siti" not in await page(outsider, f"/kejadian/{incident}")
        assert (await outsider.post(address, data={"reason": "ingin tahu"}, headers=HTMX)).status_code == 403
    assert len(await facts(web, PersonalDataRead)) == 1


async def test_a_field_somebody_else_has_just_changed_is_not_overwritten(web: Web, room: Room) -> None:
    incident = await opened(room)
    rani, septi = await web.signed_in(Role.TAKER), await web.signed_in(Role.DISPATCHER)
    form = before(await page(rani, f"/kejadian/{incident}"), "priority")

    async def sets(browser: Any, value: str) -> Any:
        return await browser.post(f"/kejadian/{incident}/ubah", data={**form, "value": value}, headers=HTMX)

    assert (await sets(septi, "1")).status_code == 204
    late = await sets(rani, "4")
    assert late.status_code == 200
    assert (await room.incident(incident)).priority == 1, "hers has not won"
    said = seen(late.text)
    assert "mengubah prioritas" in said
    assert "Pakai yang tersimpan: P1 Kritis" in said
    assert "Pakai isian saya: P4 Rendah" in said

    chosen = {**form, "before": "1", "value": "4"}  # what the second button sends
    assert 'name="before" value="1"' in late.text
    assert (await rani.post(f"/kejadian/{incident}/ubah", data=chosen, headers=HTMX)).status_code == 204
    assert (await room.incident(incident)).priority == 4
    story = seen(await page(rani, f"/kejadian/{incident}/cerita"))
    assert "prioritas: P2 Tinggi → P1 Kritis" in story
    assert "prioritas: P1 Kritis → P4 Rendah" in story, "both changes stay readable"


async def test_two_who_change_different_fields_both_win(web: Web, room: Room) -> None:
    incident = await opened(room)
    rani, septi = await web.signed_in(Role.TAKER), await web.signed_in(Role.DISPATCHER)
    text = await page(rani, f"/kejadian/{incident}")

    for browser, field, value in ((septi, "priority", "1"), (rani, "landmark", "depan pasar")):
        form = {**before(text, field), "value": value}
        assert (await browser.post(f"/kejadian/{incident}/ubah", data=form, headers=HTMX)).status_code == 204

    known = await room.incident(incident)
    assert (known.priority, known.landmark) == (1, "depan pasar")
    same = {**before(text, "priority"), "value": "1"}  # what somebody else has already set is no quarrel
    assert (await rani.post(f"/kejadian/{incident}/ubah", data=same, headers=HTMX)).status_code == 204


async def test_without_javascript_the_choice_is_a_page(web: Web, room: Room) -> None:
    incident = await opened(room)
    browser = await web.signed_in(Role.TAKER)
    form = {"field": "landmark", "before": "sudah lama", "value": "depan pasar"}

    late = await browser.post(f"/kejadian/{incident}/ubah", data=form)

    assert late.status_code == 409
    assert "Pakai isian saya: depan pasar" in seen(late.text)
    assert "<main" in late.text


async def test_what_and_where_can_be_put_right_field_by_field(web: Web, room: Room) -> None:
    incident = await opened(room)
    browser = await web.signed_in(Role.TAKER)
    text = await page(browser, f"/kejadian/{incident}")
    for field, given in {
        "type": {"value": "kecelakaan.lain"},
        "place": {"value": "Jl. Mawar 9", "kelurahan": "99.01.02.1001"},
        "landmark": {"value": "depan pasar"},
        "rt_rw": {"value": "3/5"},
    }.items():
        answer = await browser.post(
            f"/kejadian/{incident}/ubah", data={**before(text, field), **given}, headers=HTMX
        )
        assert answer.status_code == 204, answer.text
    known: Incident = await room.incident(incident)
    assert (known.type, known.place.text, known.place.kelurahan, known.place.kecamatan) == (
        "kecelakaan.lain", "Jl. Mawar 9", "99.01.02.1001", "99.01.02",
    )  # fmt: skip
    assert (known.landmark, known.rt_rw) == ("depan pasar", "3/5")
    await room.follow()
    assert await room.asked(incident) == {"api": "sent", "polisi": "sent"}

    for given in ({"field": "demo", "value": "1"}, {"field": "priority", "before": "2", "value": "9"}):
        answer = await browser.post(f"/kejadian/{incident}/ubah", data=given, headers=HTMX)
        assert answer.status_code == 409


async def test_closing_needs_an_outcome_and_can_be_taken_back(web: Web, room: Room) -> None:
    incident = await opened(room)
    browser = await web.signed_in(Role.DISPATCHER)
    nothing = await browser.post(f"/kejadian/{incident}/tutup", data={}, headers=HTMX)
    assert (nothing.status_code, (await room.incident(incident)).is_open) == (409, True)
    done = await browser.post(f"/kejadian/{incident}/tutup", data={"outcome": "handled"}, headers=FORM)
    assert (done.status_code, done.headers["location"]) == (303, f"/kejadian/{incident}")
    assert "Ditutup: ditangani" in seen(await page(browser, f"/kejadian/{incident}"))

    again = await browser.post(f"/kejadian/{incident}/buka-lagi", data={"reason": "api lagi"}, headers=HTMX)
    assert (again.status_code, (await room.incident(incident)).is_open) == (204, True)


async def test_a_duplicate_names_the_incident_it_is_the_same_as_and_both_pages_say_so(
    web: Web, room: Room
) -> None:
    first, second = await opened(room), await opened(room)
    hidden = await opened(room, a_hidden_case())
    browser = await web.signed_in(Role.DISPATCHER)

    async def close(same_as: str) -> Any:
        given = {"outcome": "duplicate", "same_as": same_as}
        return await browser.post(f"/kejadian/{second}/tutup", data=given, headers=HTMX)

    assert [(await close(name)).status_code for name in ("", "#2", "3", hidden, "77")] == [
        409,
        409,
        404,
        404,
        404,
    ]
    assert (await close("#1")).status_code == 204
    assert f'→ <a href="/kejadian/{first}">#1</a>' in await page(browser, f"/kejadian/{second}")
    assert f'<a href="/kejadian/{second}">#2</a>' in await page(browser, f"/kejadian/{first}")


async def test_cards_say_who_is_rung_and_which_messages_arrived(web: Web, room: Room) -> None:
    incident = await opened(room)
    asked = await room.assignment(incident, "api")

    async def deliver(tx: Transaction, *, now: Any) -> None:
        message = Message(
            id="m-1", channel="telegram", to="rahasia-token", text="x", created_at=now, next_at=now,
            assignment=asked.id, agency="api",
        )  # fmt: skip
        tx.put(message.delivered(at=now)[0], replace(message, id="m-2", channel="sms"))

    await room.do(deliver)
    browser = await web.signed_in(Role.DISPATCHER)
    text = await page(browser, f"/kejadian/{incident}/opd")
    words = seen(text)
    assert "telegram ✓" in words
    assert "sms … percobaan 1" in words
    assert "Piket → Kepala" in words
    assert "rahasia-token" not in await page(browser, f"/kejadian/{incident}")


@pytest.mark.parametrize("lines", [1, 30])
async def test_the_page_asks_nine_questions_however_long_the_story_is(
    web: Web, room: Room, lines: int
) -> None:
    incident = await opened(
        room, a_fire(notes=tuple(f"baris {n}" for n in range(lines)), reporter_number="0812345678")
    )
    browser = await web.signed_in(Role.DISPATCHER)
    await page(browser, f"/kejadian/{incident}")
    with queries_counted(web) as asked:
        text = await page(browser, f"/kejadian/{incident}")
    assert text.count('class="said"') == lines
    assert len(asked) == 9


async def test_who_only_looks_gets_no_buttons(web: Web, room: Room) -> None:
    incident = await opened(room)
    head = await web.signed_in(Role.HEAD)
    assert "<form" not in (await page(head, f"/kejadian/{incident}")).split("<main", 1)[1]
    for part, given in (
        ("/ubah", {"field": "priority", "before": "2", "value": "1"}),
        ("/tutup", {"outcome": "handled"}),
        ("/buka-lagi", {"reason": "api lagi"}),
        ("/catatan", {"text": "x"}),
    ):
        assert (
            await head.post(f"/kejadian/{incident}{part}", data=given, headers=HTMX)
        ).status_code == 403, part
