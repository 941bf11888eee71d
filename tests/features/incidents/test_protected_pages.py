"""UT-57: outside its circle a protected case is on no page, in no answer, file, stream or page source, for any role."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module
from typing import Any

import httpx
import pytest

from siaga.adapters.web.audience import Audience, Subjects, told_of
from siaga.app import PAGES
from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.event import CallOffered
from siaga.domain.message import Message
from siaga.domain.place import Place
from siaga.domain.roles import Role, Viewer
from siaga.domain.unit import Unit, UnitStatus
from siaga.features.calls import actions as calls
from siaga.features.incidents.actions import Report, open_incident
from siaga.features.incidents.protected import actions as protected
from siaga.records.archive import Transaction
from tests.a_web_process import NAVIGATION, Web
from tests.features.scenes import FORM, HTMX, page
from tests.room import FIRE, Room

STREET, NAME, WORDS, PHONE = "Jl. Melur Senja 77", "Sulastri Kartini", "pelaku membawa parang", "081377718899"
FIRST_NUMBER = 7771
KELURAHAN, LAT, LON = "32.74.05.1001", -6.712, 108.548
MARKERS = (STREET, "Melur", NAME, "Sulastri", WORDS, "parang", PHONE, PHONE[-4:], f"{FIRST_NUMBER}")
OUTSIDE: tuple[tuple[Role, str], ...] = (
    (Role.TAKER, ""), (Role.DISPATCHER, ""), (Role.SUPERVISOR, ""), (Role.HEAD, ""), (Role.ADMIN, ""),
    (Role.WALL, ""), (Role.AGENCY, "damkar"), (Role.AGENCY, "pln"), (Role.FIELD, "psc119"),
)  # fmt: skip


@dataclass
class Case:
    """A protected case with everything that can hang on one."""

    incident: str
    call: str
    assignment: str
    opener: str


async def numbers_begin(web: Web, room: Room) -> None:
    """Numbers far from any other figure on a page, so that one of them cannot be there by chance."""
    await web.archive.rows(
        "insert into counter (city_id, name, value) values ($1, $2, $3) "
        "on conflict (city_id, name) do update set value = excluded.value returning value",
        f"incident-{room.now.astimezone(room.city.zone).year}",
        FIRST_NUMBER - 1,
    )


async def a_case(web: Web, room: Room) -> Case:
    """Somebody rang, was answered and helped: a call, a sheet, notes, an agency, a unit, messages, alarms."""
    await numbers_begin(web, room)
    opener = web.people[await web.person(Role.TAKER, username="pembuka")]
    await room.on_duty(opener)
    await room.do(
        calls.call_arrived, call="call-77", number=PHONE, display_name=NAME, node="node-1", channel="voice"
    )
    await room.follow()
    offered = [one.event for one in await room.archive.read(0) if isinstance(one.event, CallOffered)]
    assert offered[-1].taker == opener
    await room.do(calls.answer_call, call="call-77", taker=opener)
    incident = await room.do(
        open_incident,
        city=room.city,
        report=Report(
            type="kekerasan.rumah_tangga", place=Place(text=STREET, lat=LAT, lon=LON, kelurahan=KELURAHAN),
            landmark="rumah cat Melur", reporter_name=NAME, reporter_number=PHONE, notes=(WORDS,),
        ),
        call="call-77", by=opener, sheet="call-77",
    )  # fmt: skip
    await room.do(calls.end_call, call="call-77", taker=opener)
    await room.follow()
    asked = await room.assignment(incident, "uptd_ppa")
    await room.do(hang_more, incident=incident, assignment=asked.id)
    return Case(incident, "call-77", asked.id, opener)


async def hang_more(tx: Transaction, *, incident: str, assignment: str, now: Any) -> None:
    """A unit on its way, a message, an alarm."""
    tx.put(
        Unit(code="PPA9", agency="uptd_ppa", what="mobil", status=UnitStatus.EN_ROUTE, since=now, incident=incident),
        Message(id="m-77", channel="sms", to="0800", text=WORDS, created_at=now, next_at=now,
                assignment=assignment, agency="uptd_ppa"),
    )  # fmt: skip
    alarm = Alarm(id="A4:77", kind=AlarmKind.NO_ANSWER_FROM_AGENCY, priority=1, raised_at=now, incident=incident,
                  assignment=assignment, agency="uptd_ppa")  # fmt: skip
    tx.put(alarm)
    tx.record(alarm.fact())


def handlers() -> Iterator[tuple[str, str]]:
    """Every address of the house with its method, as the modules list them."""
    for name in PAGES:
        for handler in import_module(name).PAGES:
            methods: Any = getattr(handler, "http_methods", ())
            for path, method in itertools.product(sorted(handler.paths), sorted(str(one) for one in methods)):
                yield method, path


def filled(path: str, case: Case) -> list[str]:
    """The address with every reference to the case that its parameters may mean."""
    named = (str(FIRST_NUMBER), f"2026-{FIRST_NUMBER}") if path.endswith("}") else ()
    references = {
        "incident": (case.incident, *named),
        "call": (case.call,),
        "assignment": (case.assignment,),
        "sheet": (case.call,),
        "unit": ("PPA9",),
        "alarm": ("A4:77",),
    }
    parts = re.findall(r"\{(\w+)[^}]*\}", path)
    choices = [
        next((values for name, values in references.items() if part.startswith(name)), (case.incident,))
        for part in parts
    ]
    return [with_values(path, chosen) for chosen in itertools.product(*choices)]


def with_values(path: str, values: tuple[str, ...]) -> str:
    """The address with its parameters filled in, in their order."""
    left = iter(values)
    return re.sub(r"\{\w+[^}]*\}", lambda _: next(left), path)


def words_in(answer: httpx.Response) -> str:
    """Everything an answer says, also inside a workbook or document."""
    said = [answer.text, *answer.headers.values()]
    if answer.content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as inside:
            said += [inside.read(name).decode(errors="replace") for name in inside.namelist()]
    return "\n".join(said)


def leaks(answer: httpx.Response, case: Case) -> list[str]:
    """The markers of the case that an answer holds, without what the question itself said."""
    said = words_in(answer).replace(str(answer.request.url), "").replace(answer.request.url.path, "")
    found = [marker for marker in MARKERS if re.search(rf"(?<![\w.-]){re.escape(marker)}(?![\w])", said)]
    return found + ([case.incident] if case.incident in said else [])


# A stream never ends; what it says is tested by itself below.
ENDLESS = {"/siaran"}
HARMLESS = {"/lembar/{sheet_id:str}/pergi"}  # leaving a sheet one is not on changes nothing


@pytest.mark.slow
async def test_no_page_of_the_house_shows_a_protected_case_outside_its_circle(web: Web, room: Room) -> None:
    await room.opens()
    case = await a_case(web, room)
    await room.opens(
        report=replace(FIRE, place=Place(text="Jl. Anggrek 3", lat=LAT, lon=LON, kelurahan=KELURAHAN))
    )
    await room.follow()
    near = {"lat": f"{LAT}", "lon": f"{LON}", "type": "kekerasan.rumah_tangga"}
    near |= dict.fromkeys(
        ("text", "q", "cari"), "Senja"
    )  # a word of the street of which an answer may repeat no more
    looked, done = 0, list[str]()
    for role, agency in OUTSIDE:
        browser = await web.signed_in(role, agency=agency or None)
        for method, path in handlers():
            if path in ENDLESS:
                continue
            for address in filled(path, case):
                if method == "GET":
                    answer = await browser.get(
                        address, params=near, headers=NAVIGATION, follow_redirects=True
                    )
                elif any(
                    f"{{{name}" in path for name in ("incident", "assignment", "alarm", "call", "sheet")
                ):
                    answer = await browser.request(
                        method, address, data={"reason": "ingin tahu"}, headers=FORM
                    )
                    if answer.status_code < 400 and path not in HARMLESS:
                        done.append(f"{role} {agency}: {method} {path}")
                else:
                    continue
                looked += 1
                assert answer.status_code != 500, f"{role} {agency}: {method} {address}: {answer.text[:300]}"
                assert leaks(answer, case) == [], f"{role} {agency}: {method} {address}"
    assert looked > 9 * 40
    assert done == [], "acts on a case nobody here may know of"


async def test_its_circle_sees_it_where_it_works(web: Web, room: Room) -> None:
    case = await a_case(web, room)
    for who in (
        await web.signed_in(Role.SUPERVISOR, in_circle=True),
        await web.signed_in(Role.AGENCY, agency="uptd_ppa"),
    ):
        assert STREET in await page(who, f"/kejadian/{case.incident}")
        text = await page(who, f"/kejadian/{case.incident}/lingkaran")
        assert 'data-state="restricted"' in text
        assert "Nama pembuka" in text


async def test_streams_outside_the_circle_say_nothing_of_it(web: Web, room: Room) -> None:
    case = await a_case(web, room)
    subjects = Subjects()
    entries = await room.archive.read(0)
    heard: dict[str, bytes] = {}
    for entry in entries:
        subjects.notice(entry.event)
        told = told_of(entry.position, entry.event, subjects)
        for role, agency in OUTSIDE:
            viewer = Viewer(person=f"p-{role}", name="P", roles=(role,), agency=agency or None)
            heard.setdefault(f"{role} {agency}", b"")
            heard[f"{role} {agency}"] += told.for_person(Audience.of(viewer), viewer.person)
        inside = told.for_person(
            Audience.of(Viewer(person=case.opener, name="P", roles=(Role.TAKER,))), case.opener
        )
        heard["opener"] = heard.get("opener", b"") + inside
    assert case.incident.encode() in heard.pop("opener")
    for who, stream in heard.items():
        for secret in (case.incident, case.assignment, "A4:77", *MARKERS):
            assert secret.encode() not in stream, f"{who} hears {secret}"


async def test_the_glass_opens_every_page_for_a_quarter_of_an_hour_and_says_so(web: Web, room: Room) -> None:
    case = await a_case(web, room)
    outside = await web.signed_in(Role.DISPATCHER)
    assert (await outside.get(f"/kejadian/{case.incident}", headers=NAVIGATION)).status_code == 404
    wrong = await outside.post(
        "/terlindung/buka", data={"number": "1", "reason": "ambulans tersesat"}, headers=FORM
    )
    assert wrong.status_code == 409
    answer = await outside.post(
        "/terlindung/buka", data={"number": f"#{FIRST_NUMBER}", "reason": "ambulans tersesat"}, headers=FORM
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/kejadian/{case.incident}")
    assert STREET in await page(outside, f"/kejadian/{case.incident}")
    assert str(FIRST_NUMBER) in await page(outside, "/papan")
    circle = await web.signed_in(Role.SUPERVISOR, in_circle=True)
    text = await page(circle, f"/kejadian/{case.incident}/lingkaran")
    assert "MEMBUKA DARURAT" in text
    assert "ambulans tersesat" in text


async def test_the_circle_names_somebody_counts_the_clocks_and_marks_a_number(web: Web, room: Room) -> None:
    case = await a_case(web, room)
    boss = await web.signed_in(Role.SUPERVISOR, in_circle=True)
    named = await web.signed_in(Role.TAKER)
    base = f"/kejadian/{case.incident}"
    given = {"person": named.headers["x-test-person"], "reason": "mendampingi", "days": "3"}
    assert (await boss.post(f"{base}/lingkaran", data=given, headers=FORM)).status_code == 303
    assert STREET in await page(named, base)
    met = await boss.post(f"{base}/kewajiban/lapor_polisi", data={"how": "LP/12/XI"}, headers=FORM)
    assert met.status_code == 303
    (told,) = await web.archive.rows(
        "select id from reporter where city_id = $1 and incident = $2", case.incident
    )
    marked = await boss.post(f"{base}/pelapor/{told['id']}/aman", data={"verdict": "no"}, headers=FORM)
    assert marked.status_code == 303
    text = await page(boss, f"{base}/lingkaran")
    for said in ("LP/12/XI", "mendampingi", "JANGAN ditelepon"):
        assert said in text
    member = re.search(rf"{base}/lingkaran/([\w-]+)/cabut", text)
    assert member is not None
    assert (await boss.post(member[0], headers=FORM)).status_code == 303
    assert (await named.get(base, headers=NAVIGATION)).status_code == 404
    answer = await boss.post(
        f"{base}/tidak-terlindung", data={"reason": "salah jenis"}, headers={**FORM, **HTMX}
    )
    assert answer.headers["hx-redirect"] == base
    assert STREET in await page(named, base)


async def test_a_report_form_opens_a_protected_case_and_gives_back_what_was_typed(
    web: Web, room: Room
) -> None:
    browser = await web.signed_in(Role.TAKER)
    assert "Wadul Bae" in await page(browser, "/terlindung/lapor")
    answer = await browser.post(
        "/terlindung/lapor",
        data={"channel": "tidak_ada", "words": "anak menangis", "where": "pasar"},
        headers=FORM,
    )
    assert answer.status_code == 409
    assert "anak menangis" in answer.text
    given = {"channel": "wadul_bae", "words": "anak menangis", "where": "dekat pasar", "kelurahan": KELURAHAN}
    answer = await browser.post("/terlindung/lapor", data=given, headers=FORM)
    assert answer.status_code == 303
    assert "TERLINDUNG" in await page(browser, answer.headers["location"])
    others = await web.signed_in(Role.SUPERVISOR)
    assert (await others.get(answer.headers["location"], headers=NAVIGATION)).status_code == 404


async def test_a_clock_near_its_end_is_an_alarm_on_the_board_of_the_circle_only(web: Web, room: Room) -> None:
    await room.opens()
    case = await a_case(web, room)
    room.now += timedelta(hours=25)
    await room.do(protected.watch_legal_clocks)
    boss = await web.signed_in(Role.SUPERVISOR, in_circle=True)
    outside = await web.signed_in(Role.SUPERVISOR)
    assert "Batas waktu undang-undang" in await page(boss, "/papan/alarm")
    assert "Batas waktu undang-undang" not in await page(outside, "/papan/alarm")
    assert case.incident not in await page(outside, "/papan")
