"""Two call nodes and one real browser: her headset is at both, and she talks on the second while the first dies."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from siaga.clock import monotonic
from tests.walk.callers import CALLER_HZ, TAKER_HZ, Telephone
from tests.walk.desk import HEARD_SHARE_MIN, LISTEN, Desk
from tests.walk.house import PASSWORD, ROOT, RTP_PORTS, House, free_port
from tests.walk.people import DESK

pytestmark = [pytest.mark.browser, pytest.mark.sip, pytest.mark.slow]

SECOND_LINE = LISTEN.replace("siaga-voice audio", "body > audio")  # web/src/voice-lines.ts
GAP_SECONDS_MAX = 1.0  # nobody may notice; what is left is the noise of a busy test machine
UP = "select count(*) from heartbeat where kind = 'phone' and state = 'up'"
CONNECTED_SECONDS_MAX = 40.0  # two connections, on a busy machine


class Beside:
    """A second node on the same machine and record, as docs/recipes/more-call-nodes.md starts one."""

    def __init__(self, house: House) -> None:
        port, first = free_port(), random.randrange(22_000, 58_000, 2)
        self.door = f"127.0.0.1:{port}"
        self._env = {
            **os.environ, **house.settings.as_env(), "SIAGA_NODE": "node-2", "SIAGA_SIP_PORT": str(port),
            "SIAGA_RTP_PORT_FIRST": str(first), "SIAGA_RTP_PORT_LAST": str(first + RTP_PORTS - 1),
        }  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-P", "-m", "siaga", "serve", "phone"]
        self._process = subprocess.Popen(command, cwd=ROOT, env=self._env, stdin=subprocess.DEVNULL)

    def end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)


@pytest.fixture
def two_nodes() -> Iterator[tuple[House, Beside]]:
    """An installation of its own, and a second node beside it."""
    house = House()
    second: Beside | None = None
    try:
        house.start()
        second = Beside(house)
        second.start()
        house.wait_until(lambda: house.value(UP) == 2, "both nodes beat", 40)
        yield house, second
    finally:
        if second is not None:
            second.end()
        house.close()


def test_she_talks_on_the_second_node_while_the_first_dies(
    two_nodes: tuple[House, Beside], browser: Browser
) -> None:
    house, second = two_nodes
    telephone = Telephone(second.door)
    context = browser.new_context(base_url=house.url, viewport=DESK, permissions=["microphone"])
    try:
        page = context.new_page()
        page.goto("/masuk")
        page.fill("[name=name]", "taker1")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/masuk" not in url)
        rani = Desk(page)
        rani.sit_down()
        heard_on = (
            "select cardinality(heard_on) from seat where taker = (select id from person where username = $1)"
        )

        def is_at_both() -> bool:
            return bool(house.value(heard_on, "taker1") == 2)

        house.wait_until(is_at_both, "her headset is at both", CONNECTED_SECONDS_MAX)
        caller = telephone.dial("081144000001")
        rani.answer()
        assert house.value("select node from call where number = $1", "081144000001") == "node-2"
        assert caller.hears(TAKER_HZ)
        assert page.evaluate(SECOND_LINE, [CALLER_HZ, 2.0]) >= HEARD_SHARE_MIN, "she hears him"

        began = monotonic()
        dead = house.kill("phone")
        house.wait_until(lambda: house.came_back("phone", dead), "the first node begins anew", 30)
        assert caller.hears(TAKER_HZ)
        assert caller.longest_silence(began) < GAP_SECONDS_MAX, "he has not missed a moment"
        assert page.evaluate(SECOND_LINE, [CALLER_HZ, 2.0]) >= HEARD_SHARE_MIN, "nor she"
        assert house.value("select state from call where number = $1", "081144000001") == "talking"
        expect(page.locator("#call-line")).not_to_have_attribute("data-call", "")
        rani.press("F9", "2")
        house.wait_until(is_at_both, "it is at the first again", CONNECTED_SECONDS_MAX)
        second.end()
        house.wait_until(lambda: not is_at_both(), "the second has gone", CONNECTED_SECONDS_MAX)
        second.start()
        house.wait_until(is_at_both, "and at the second again", CONNECTED_SECONDS_MAX)
    finally:
        telephone.close()
        context.close()
