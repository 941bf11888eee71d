"""Every role at every page of agencies, board, incident and wall: what opens, what is refused, what does not exist."""

from __future__ import annotations

import pytest

from siaga.domain.roles import Role
from tests.a_web_process import NAVIGATION, Web
from tests.features.scenes import a_hidden_case, opened
from tests.room import Room

OPEN, REFUSED, HIDDEN = 200, 403, 404
PAGES = ("/papan", "/papan/alarm", "/opd", "/kejadian/1", "/kejadian/2", "/dinding", "/dinding/hari-ini")
# /kejadian/1 is a fire that `api` was asked about, /kejadian/2 a protected case that `polisi` was asked about.
MATRIX = {
    (Role.TAKER, "", False): (OPEN, OPEN, REFUSED, OPEN, HIDDEN, OPEN, OPEN),
    (Role.DISPATCHER, "", False): (OPEN, OPEN, REFUSED, OPEN, HIDDEN, OPEN, OPEN),
    (Role.DISPATCHER, "", True): (OPEN, OPEN, REFUSED, OPEN, OPEN, OPEN, OPEN),
    (Role.SUPERVISOR, "", False): (OPEN, OPEN, REFUSED, OPEN, HIDDEN, OPEN, OPEN),
    (Role.HEAD, "", False): (OPEN, OPEN, REFUSED, OPEN, HIDDEN, OPEN, OPEN),
    (Role.AGENCY, "api", False): (REFUSED, REFUSED, OPEN, OPEN, HIDDEN, REFUSED, REFUSED),
    (Role.AGENCY, "polisi", False): (REFUSED, REFUSED, OPEN, HIDDEN, OPEN, REFUSED, REFUSED),
    (Role.FIELD, "medis", False): (REFUSED, REFUSED, OPEN, HIDDEN, HIDDEN, REFUSED, REFUSED),
    (Role.ADMIN, "", False): (REFUSED, REFUSED, REFUSED, HIDDEN, HIDDEN, OPEN, OPEN),
    (Role.WALL, "", False): (REFUSED, REFUSED, REFUSED, HIDDEN, HIDDEN, OPEN, OPEN),
}


@pytest.mark.parametrize(("who", "expected"), MATRIX.items())
async def test_every_role_finds_its_own_doors_and_no_others(
    web: Web, room: Room, who: tuple[Role, str, bool], expected: tuple[int, ...]
) -> None:
    await opened(room)
    await opened(room, a_hidden_case())
    role, agency, in_circle = who
    browser = await web.signed_in(role, agency=agency or None, in_circle=in_circle)
    found = [(await browser.get(address, headers=NAVIGATION)).status_code for address in PAGES]
    assert dict(zip(PAGES, found, strict=True)) == dict(zip(PAGES, expected, strict=True))


@pytest.mark.parametrize("address", PAGES)
async def test_who_has_not_signed_in_is_sent_to_the_door(web: Web, address: str) -> None:
    answer = await web.browser().get(address, headers=NAVIGATION)
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/masuk")
