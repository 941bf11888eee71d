"""The wall: its figures are what happened, what may not be seen is not counted, and an empty panel invents nothing."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from siaga import clock
from siaga.adapters.web.audience import Audience, Subjects, told_of
from siaga.domain.call import Call
from siaga.domain.city import Panel
from siaga.domain.errors import RuleBroken
from siaga.domain.event import CallAnswered, CallArrived, Event
from siaga.domain.incident import Incident
from siaga.domain.roles import Role, Viewer
from siaga.features.calls import actions as calls
from siaga.features.incidents import actions as incidents
from siaga.features.wall.picture import Picture
from siaga.features.wall.queries import Figures, by_group, figures
from siaga.features.wall.sizes import Wall
from tests.a_city import CITY, a_city
from tests.a_web_process import Web, open_web
from tests.features.conftest import HIDDEN
from tests.features.scenes import STREET, a_fire, a_hidden_case, opened, page, queries_counted, seen
from tests.room import Room

PANELS = (
    Panel(
        code="pajak", title="Info Pajak", title_en="Tax", owner="BPKPD", refresh_seconds=60, stale_seconds=120
    ),
    Panel(
        code="atcs", title="ATCS", title_en="Traffic", owner="Dishub", refresh_seconds=30, stale_seconds=180
    ),
)
SCREEN = Viewer(person="layar", name="Layar", roles=(Role.WALL,))
INSIDER = Viewer(person="kepala", name="Kepala", roles=(Role.HEAD,), in_circle=True)
LONG_AGO = timedelta(days=1)


@pytest.fixture
async def web(postgres_dsn: str, tmp_path: Path) -> AsyncIterator[Web]:
    city = a_city(types=(*CITY.types, HIDDEN), panels=PANELS)
    async with open_web(postgres_dsn, tmp_path, city=city) as opened_web:
        yield opened_web


@pytest.fixture
def room(web: Web) -> Room:
    return Room(archive=web.archive, city=web.city, now=clock.now())


async def drawn(room: Room, viewer: Viewer = SCREEN, midnight: datetime | None = None) -> Figures:
    return await figures(room.archive, viewer, room.city, midnight or room.now - LONG_AGO)  # type: ignore[arg-type]


async def something_happens(room: Room, luck: random.Random, number: int) -> None:
    """One more thing of a day in the room; the rules may refuse it, and then nothing has happened."""
    room.later(luck.randint(1, 40))
    open_now = await room.all(Incident, outcome=None)
    live = [call for call in await room.all(Call) if not call.is_over]
    choice = luck.randrange(8)
    try:
        if choice <= 1:
            await room.rings(f"call-{number}")
        elif choice == 2:
            await room.on_duty(luck.choice(("rani", "septi", "dewi")))
        elif choice == 3:
            await room.do(calls.answer_call, taker=luck.choice(("rani", "septi")))
        elif choice == 4 and live:
            await room.do(calls.caller_hung_up, call=luck.choice(live).id, cause="bye")
        elif choice == 5:
            await room.opens(report=a_fire(priority=luck.randint(1, 4)))
        elif choice == 6 and open_now:
            await room.do(
                incidents.close_incident, incident=luck.choice(open_now).id, outcome="handled", by="rani"
            )
        elif open_now:
            some = luck.choice(open_now).id
            await room.do(
                incidents.amend_incident,
                city=room.city,
                incident=some,
                by="rani",
                priority=luck.randint(1, 4),
            )
    except RuleBroken:
        pass
    await room.follow()


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
async def test_the_figures_from_the_rows_equal_the_old_picture_plus_the_events(room: Room, seed: int) -> None:
    luck, picture, reached = random.Random(seed), Picture(), 0
    arrived: dict[str, datetime] = {}
    answers: dict[str, float] = {}
    for number in range(80):
        await something_happens(room, luck, number)
        for entry in await room.archive.read(reached):
            picture.apply(entry.event)
            follow_calls(entry.event, arrived, answers)
            reached = entry.position
        now = await drawn(room)
        assert dict(now.open_by_priority) == picture.open_by_priority()
        assert now.waiting_calls == len(picture.waiting)
        assert now.seats_on_duty == len(picture.seats)
        assert now.ready_seats == sum(state == "ready" for state in picture.seats.values())
        assert now.calls_today == len(arrived)
        assert now.answer_p50_seconds == (pytest.approx(percentile(answers, 0.5)) if answers else None)
        assert now.answer_p90_seconds == (pytest.approx(percentile(answers, 0.9)) if answers else None)
    assert reached > 60


def follow_calls(event: Event, arrived: dict[str, datetime], answers: dict[str, float]) -> None:
    """What the journal says of calls: when each came, and how long it waited for its first taker."""
    if isinstance(event, CallArrived):
        arrived[event.call] = event.at
    elif isinstance(event, CallAnswered) and event.call not in answers:
        answers[event.call] = (event.at - arrived[event.call]).total_seconds()


def percentile(answers: dict[str, float], share: float) -> float:
    """Between the two nearest, as everybody's spreadsheet does it."""
    ordered = sorted(answers.values())
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


async def test_whatever_changes_the_figures_reaches_the_walls_panels(web: Web, room: Room) -> None:
    browser = await web.signed_in(Role.WALL)
    panels = re.findall(r'data-url="[^"]+" data-topics="([^"]+)"', await page(browser, "/dinding"))
    listened = set(" ".join(panels).split())
    luck, subjects, wall, reached = random.Random(7), Subjects(), Audience.of(SCREEN), 0
    before = await drawn(room)
    changes = 0
    for number in range(40):
        await something_happens(room, luck, number)
        entries = await room.archive.read(reached)
        now = await drawn(room)
        if now != before:
            changes += 1
            told = []
            for entry in entries:
                subjects.notice(entry.event)
                told.append(told_of(entry.position, entry.event, subjects))
            assert any(listened & set(one.topics) and one.for_audience(wall) for one in told)
        before, reached = now, entries[-1].position if entries else reached
    assert changes > 10


async def test_a_protected_case_is_counted_for_its_circle_only(room: Room) -> None:
    await opened(room)
    await opened(room, a_hidden_case())
    outside, inside = await drawn(room), await drawn(room, INSIDER)
    assert (outside.open_total, outside.critical, outside.incidents_today) == (1, (), 1)
    assert (inside.open_total, [one.type for one in inside.critical], inside.incidents_today) == (
        2, ["kamtibmas.lindung"], 2,
    )  # fmt: skip


async def test_today_begins_at_the_citys_midnight(room: Room) -> None:
    await opened(room)
    later = await drawn(room, midnight=room.now + timedelta(seconds=1))
    assert (later.open_total, later.incidents_today) == (1, 0)


async def test_the_wall_says_what_and_in_which_kelurahan_but_never_where_or_who(web: Web, room: Room) -> None:
    await room.rings()
    await opened(
        room, replace(a_fire(priority=1, reporter_number="081324110982", notes=("api",)), landmark=STREET)
    )
    browser = await web.signed_in(Role.WALL)
    text = await page(browser, "/dinding")
    words = seen(text)
    assert "112: 1 kejadian terbuka" in words
    assert "◆ Kebakaran rumah, Utara" in words
    assert "1 penelepon menunggu" in words
    for secret in (STREET, "Melati", "0813", "api dari", "0812"):
        assert secret not in text


async def test_a_panel_without_a_source_shows_no_figure_at_all(web: Web) -> None:
    text = await page(await web.signed_in(Role.WALL), "/dinding")
    tiles = re.findall(
        r'<section class="panel tile" data-tile="1" data-state="empty".*?</section>', text, re.S
    )
    assert [seen(tile).strip() for tile in tiles] == [
        "Info Pajak Belum ada sumber. ○ BPKPD",
        "ATCS Belum ada sumber. ○ Dishub",
    ]


async def test_each_part_of_the_wall_asks_one_question(web: Web, room: Room) -> None:
    for _ in range(5):
        await opened(room, a_fire(priority=1))
    browser = await web.signed_in(Role.WALL)
    for address in ("/dinding", "/dinding/pita", "/dinding/hari-ini"):
        await page(browser, address)
        with queries_counted(web) as asked:
            await page(browser, address)
        assert len(asked) == 1, address


def test_groups_keep_the_citys_order_and_no_incident_is_lost() -> None:
    assert by_group(CITY, {"kebakaran.rumah": 2, "sudah.dihapus": 1}) == {"semua": 2, "sudah.dihapus": 1}


@pytest.mark.parametrize(
    ("inches", "metres", "pixels", "root_px"),
    [  # NUREG-0700 as the design's table gives it: smallest size in pixels
        (55, 3, (1920, 1080), 28), (55, 5, (1920, 1080), 46), (55, 8, (1920, 1080), 73),
        (86, 5, (3840, 2160), 58), (110, 5, (1920, 1080), 23), (165, 8, (3840, 2160), 49),
    ],
)  # fmt: skip
def test_letters_are_large_enough_to_be_read_from_where_people_stand(
    inches: float, metres: float, pixels: tuple[int, int], root_px: int
) -> None:
    wall = Wall(diagonal_inches=inches, distance_metres=metres, width_px=pixels[0], height_px=pixels[1])
    assert wall.root_px == pytest.approx(root_px, abs=1)


@pytest.mark.parametrize(
    ("inches", "metres", "expected"),
    [(110, 5, (5, 3)), (55, 5, (2, 2)), (55, 60, (1, 1)), (2000, 0.3, (5, 3))],
)
def test_what_does_not_fit_at_once_is_shown_in_turn(
    inches: float, metres: float, expected: tuple[int, int]
) -> None:
    wall = Wall(diagonal_inches=inches, distance_metres=metres, width_px=1920, height_px=1080)
    assert (wall.columns, wall.rows) == expected


async def test_the_size_is_part_of_the_address_and_nonsense_is_refused_in_words(web: Web) -> None:
    browser = await web.signed_in(Role.WALL)
    text = await page(browser, "/dinding?inci=55&meter=5")
    assert "--wall-root: 45." in text
    assert 'data-per-page="4"' in text
    assert 'action="/dinding"' in await page(browser, "/dinding/ukuran")
    await page(browser, "/dinding?inci=-4&meter=5", 400)
