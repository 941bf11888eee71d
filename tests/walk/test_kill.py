"""kill -9 of each process in turn while two people talk: what was acknowledged is still there, who talks goes on."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil
import pytest
from playwright.sync_api import expect

from siaga.adapters.phone.sound.prompts import SPOKEN
from siaga.clock import monotonic
from tests.walk.callers import CALLER_HZ, TAKER_HZ, Caller, Telephone
from tests.walk.desk import Desk
from tests.walk.house import House

pytestmark = [pytest.mark.browser, pytest.mark.sip, pytest.mark.slow]

BACK_SECONDS_MAX = (
    15.0  # a process is started again at once; Python and its libraries take 2 s alone, 10 s here
)
PAGE_LIVE_SECONDS_MAX = 20.0
GAP_SECONDS_MAX = 1.0  # nobody may notice; what is left is the noise of a busy test machine
LISTED_SECONDS_MAX = 5.0
NUMBERS = iter(range(10, 100))
TYPED = "kebakaran gudang"


@dataclass
class Conversation:
    """Two who talk, and the sheet that is being typed."""

    desk: Desk
    caller: Caller
    house: House
    began: float = 0.0

    @property
    def call(self) -> str:
        """Its id."""
        return str(self.house.value("select id from call where number = $1", self.caller.number))

    def expect_both_heard(self, seconds: float = 15.0) -> None:
        """Each hears the other."""
        assert self.caller.hears(TAKER_HZ, within=seconds)
        until = time.monotonic() + seconds
        while not self.desk.hears(CALLER_HZ):
            assert time.monotonic() < until, "the taker does not hear the caller"

    def begin_measuring(self) -> None:
        """From now on both directions are listened to without a break."""
        self.began = monotonic()
        self.desk.keep_listening()

    def expect_never_silent(self) -> None:
        """Neither of the two has missed a moment since, and both hear each other now."""
        self.expect_both_heard()
        to_caller, to_taker = self.caller.longest_silence(self.began), self.desk.longest_silence()
        assert to_caller < GAP_SECONDS_MAX, f"he heard nothing for {to_caller:.2f} s"
        assert to_taker < GAP_SECONDS_MAX, f"she heard nothing for {to_taker:.2f} s"

    def expect_live(self) -> None:
        """Her screen follows the record again."""
        live = self.desk.page.locator("#liveness")
        expect(live).to_have_attribute("data-live", "live", timeout=PAGE_LIVE_SECONDS_MAX * 1000)

    def expect_saved(self, text: str) -> None:
        """What she typed is on the server."""
        draft = "select draft from sheet where id = $1"
        self.house.wait_until(lambda: text in self.house.value(draft, self.call), f"{text} is saved", 15)

    @property
    def state(self) -> str:
        """The call's, in the record."""
        return str(self.house.value("select state from call where id = $1", self.call))


@pytest.fixture
def talk(house: House, desk: Callable[..., Desk], telephone: Telephone) -> Iterator[Conversation]:
    """A conversation under way, its sheet half typed."""
    rani = desk("taker1")
    caller = telephone.dial(f"0812000000{next(NUMBERS)}")
    rani.answer()
    under_way = Conversation(rani, caller, house)
    under_way.expect_both_heard()
    rani.page.keyboard.type(TYPED)
    under_way.expect_saved(TYPED)
    yield under_way
    if house.is_up:
        house.wait_until(lambda: house.ready, "the house is whole again", 30)


def die_and_come_back(house: House, name: str) -> None:
    """SIGKILL, and wait for its successor."""
    dead = house.kill(name)
    house.wait_until(lambda: house.came_back(name, dead), f"{name} runs again", BACK_SECONDS_MAX)


def test_the_web_process(house: House, talk: Conversation) -> None:
    talk.begin_measuring()
    house.kill("web")
    talk.desk.page.keyboard.type(" beras")
    house.wait_until(lambda: house.ready, "the web process answers again", BACK_SECONDS_MAX)
    talk.expect_live()
    talk.expect_never_silent()
    expect(talk.desk.page.locator("#what")).to_have_value(f"{TYPED} beras")
    expect(talk.desk.page.locator("#what")).to_be_focused()
    talk.expect_saved(f"{TYPED} beras")
    assert talk.state == "talking"
    assert talk.desk.seat == "talking"


def test_the_worker(
    house: House, talk: Conversation, desk: Callable[..., Desk], telephone: Telephone
) -> None:
    dewi = desk("taker2")
    talk.begin_measuring()
    house.kill("worker")
    waiting = telephone.dial("081300000001")
    dewi.expect_ringing(BACK_SECONDS_MAX + 5)
    dewi.answer()
    assert waiting.hears(TAKER_HZ)
    talk.expect_never_silent()


def test_the_database(house: House, talk: Conversation, telephone: Telephone) -> None:
    talk.begin_measuring()
    house.kill("postgres")
    other = telephone.dial("081300000002")
    talk.desk.page.keyboard.type(" beras")
    house.wait_until(lambda: other.heard_seconds() > 1.5, "the caller is greeted without a database", 10)
    assert other.share_of(SPOKEN / "greeting.wav") > 0.4
    house.wait_until(lambda: house.ready, "the database is back", 30)
    talk.expect_live()
    talk.expect_never_silent()
    talk.expect_saved(f"{TYPED} beras")
    # What the node had to say meanwhile is told in the order it happened.
    arrived = "select count(*) from call where number = '081300000002'"
    house.wait_until(lambda: house.value(arrived) == 1, "the call that came meanwhile is in the record", 10)
    expect(talk.desk.page.locator("#queue")).to_contain_text("0813…0002", timeout=10_000)


def test_the_media_process(house: House, talk: Conversation) -> None:
    dead = house.kill("media")
    house.wait_until(lambda: talk.caller.share_of(SPOKEN / "hold.wav", 2.0) > 0.4, "he is told to hold", 10)
    expect(talk.desk.page.locator("siaga-voice")).not_to_have_attribute("data-voice", "on")
    assert not talk.caller.was_hung_up_on
    talk.desk.expect_headset(20)
    assert house.came_back("media", dead)
    talk.expect_both_heard(20)
    assert talk.state == "talking"
    expect(talk.desk.page.locator("#what")).to_have_value(TYPED)


def test_the_call_node(house: House, talk: Conversation, telephone: Telephone) -> None:
    dead = house.kill("phone")
    house.wait_until(lambda: house.came_back("phone", dead), "the call node runs again", BACK_SECONDS_MAX)
    house.wait_until(house.phone_answers, "the telephone answers again", BACK_SECONDS_MAX)
    missed = talk.desk.page.locator("#missed")
    expect(missed).to_contain_text("Terputus karena gangguan kami", timeout=LISTED_SECONDS_MAX * 1000)
    expect(talk.desk.page.locator("#what")).to_have_value(TYPED)
    talk.desk.press("Enter", *"kesambi", "Enter", "Control+Enter")
    expect(talk.desk.page.locator("[data-message]")).to_contain_text("Terkirim")
    expect(missed).not_to_contain_text("Terputus karena gangguan kami")
    talk.desk.expect_headset(20)
    talk.desk.page.wait_for_timeout(1600)
    talk.desk.press("Control+Enter")
    expect(talk.desk.page.locator("#seat-state")).to_have_attribute("data-seat", "ready")
    again = telephone.dial("081300000003")
    talk.desk.answer()
    assert again.hears(TAKER_HZ)
    assert talk.desk.hears(CALLER_HZ)


def test_what_the_node_says_while_the_database_is_away_comes_later_in_order(
    house: House, talk: Conversation, telephone: Telephone
) -> None:
    talk.begin_measuring()
    postgres = psutil.Process(house.pid_of("postgres"))
    family = [postgres, *postgres.children(recursive=True)]
    for process in family:
        process.suspend()
    try:
        first = telephone.dial("081300000021")
        house.wait_until(lambda: first.heard_seconds() > 1.0, "the first is greeted", 15)
        first.press("5")
        second = telephone.dial("081300000022")
        house.wait_until(lambda: second.heard_seconds() > 1.0, "the second is greeted", 15)
        first.hang_up()
    finally:
        for process in family:
            with contextlib.suppress(psutil.Error):
                process.resume()
    gone = "select end_reason from call where number = '081300000021'"
    house.wait_until(lambda: house.value(gone) == "abandoned", "everything was told", 30)
    told = house.rows(
        "select j.name, c.number, j.at from journal j join call c on c.id = j.call "
        "where c.number in ('081300000021', '081300000022') and j.name ~ 'arrived|digit|hung_up' order by j.position"
    )
    assert [row["at"] for row in told] == sorted(row["at"] for row in told)
    of_first = [row["name"].split(".")[1] for row in told if row["number"].endswith("21")]
    assert of_first == ["arrived", "digit_pressed", "caller_hung_up"]
    assert told[0]["name"].startswith("call.arrived")
    talk.expect_never_silent()


def test_the_supervisor_and_with_it_everything(house: House, talk: Conversation) -> None:
    talk.desk.press("Enter", *"kesambi", "Enter", "Control+Enter")
    expect(talk.desk.page.locator("[data-message]")).to_contain_text("Terkirim")
    number = talk.desk.number_sent()
    talk.desk.page.locator("#landmark").fill("samping pasar")
    talk.expect_saved("samping pasar")
    before = house.rows("select position, hash from journal order by position")
    everybody = [house.pid_of(name) for name in ("up", "web", "phone", "worker", "media", "postgres")]

    house.kill("up")
    gone = time.monotonic() + 15
    while alive := [pid for pid in everybody if is_alive(pid)]:
        assert time.monotonic() < gone, f"still there: {alive}"
        time.sleep(0.1)
    house.start()

    talk.expect_live()
    expect(talk.desk.page.locator("#landmark")).to_have_value("samping pasar")
    assert house.value("select count(*) from incident where number = $1", number) == 1
    after = house.rows("select position, hash from journal order by position")
    assert after[: len(before)] == before
    assert talk.state == "ended"
    verified = house.command("journal", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    talk.desk.expect_headset(20)


def is_alive(pid: int) -> bool:
    """Whether it still runs; a dead child nobody has asked after is dead."""
    with contextlib.suppress(psutil.Error):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False
