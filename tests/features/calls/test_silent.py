"""The silent protocol in the room: rows only, whoever restarts; keys, taps, words; what Senyap needs."""

from __future__ import annotations

from pathlib import Path
from tomllib import loads

import pytest

from siaga.domain.call import Call
from siaga.domain.silent_check import AskedQuestion, CheckResult
from siaga.features.calls import actions as calls
from siaga.features.calls.silence import actions as silent
from siaga.features.calls.silence.queries import SCRIPT_LABELS, heard_words
from tests.room import Room

PROMPTS = Path(__file__).parents[3] / "src" / "siaga" / "adapters" / "phone" / "sound" / "prompts.toml"


@pytest.fixture
def room() -> Room:
    """In memory: nothing here needs the real database."""
    return Room()


async def tick(room: Room) -> int:
    """The worker looks at the rows, as it does every second."""
    return await room.do(silent.run_checks, rules=room.city.room.silent)


async def says_nothing(room: Room) -> Call:
    """An answered caller whom the detector hears, and who is silent for six seconds."""
    await room.talking()
    await room.do(silent.voice_watch_changed, call="call-1", on=True)
    room.later(6)
    await tick(room)
    return await room.call("call-1")


async def script_and_silence(room: Room) -> None:
    room.later(9)
    await room.do(silent.check_played, call="call-1")
    room.later(12)
    await tick(room)


async def test_a_silent_caller_is_asked_by_itself_and_then_may_be_put_away(room: Room) -> None:
    assert silent.silent_check.is_running(await says_nothing(room))
    await room.refuses("masih berjalan", calls.dispose_call, call="call-1", kind="ghost", taker="rani")
    await script_and_silence(room)
    await room.do(calls.dispose_call, call="call-1", kind="ghost", taker="rani")
    assert [name for name in await room.story() if "silent" in name] == [
        "call.silent_check_began", "call.silent_check_played", "call.silent_check_ended",
    ]  # fmt: skip


async def test_who_speaks_is_never_asked(room: Room) -> None:
    await room.talking()
    await room.do(silent.voice_watch_changed, call="call-1", on=True)
    room.later(2)
    await room.do(silent.voice_heard, call="call-1")
    room.later(60)
    assert await tick(room) == 0


async def test_without_a_detector_nobody_is_asked_by_itself_but_she_can_ask(room: Room) -> None:
    await room.talking()
    room.later(600)
    assert await tick(room) == 0
    await room.do(silent.begin_check, call="call-1", taker="rani")
    await room.do(calls.digit_pressed, call="call-1", digit="9")
    assert (await room.call("call-1")).check_result is CheckResult.SIGNAL


async def test_any_key_in_the_check_makes_it_most_urgent(room: Room) -> None:
    await says_nothing(room)
    await room.do(calls.digit_pressed, call="call-1", digit="7")
    call = await room.call("call-1")
    assert (call.urgency, call.check_result) == (1, CheckResult.SIGNAL)
    await room.refuses("tidak bisa bicara", calls.dispose_call, call="call-1", kind="ghost", taker="rani")


async def test_two_taps_are_a_signal_and_one_is_not(room: Room) -> None:
    await says_nothing(room)
    await room.do(silent.knock_heard, call="call-1")
    await tick(room)
    assert (await room.call("call-1")).cannot_speak_at is None
    await room.do(silent.knock_heard, call="call-1")
    await tick(room)
    assert (await room.call("call-1")).check_result is CheckResult.SIGNAL


async def test_five_five_in_the_queue_goes_before_everybody_and_nobody_is_delayed(room: Room) -> None:
    await room.rings("call-1")
    room.later(5)
    await room.rings("call-2")
    room.later(600)
    assert await tick(room) == 0
    for _ in range(2):
        await room.do(calls.digit_pressed, call="call-2", digit="5")
    await room.on_duty("rani")
    await room.do(calls.answer_call, taker="rani", call=None)
    assert (await room.call("call-2")).taker == "rani"


async def test_who_hangs_up_in_the_check_is_owed_and_called_back_before_he_is_put_away(room: Room) -> None:
    await says_nothing(room)
    await room.do(calls.caller_hung_up, call="call-1", cause="hung_up")
    gone = await room.call("call-1")
    assert (gone.check_result, gone.is_owed) == (CheckResult.CUT, True)
    await room.refuses("telepon balik", calls.dispose_call, call="call-1", kind="ghost", taker="rani")


async def test_a_node_that_dies_in_the_check_leaves_no_check_running(room: Room) -> None:
    await says_nothing(room)
    await room.do(calls.node_lost, node="node-1")
    lost = await room.call("call-1")
    assert (lost.check_result, lost.is_owed) == (CheckResult.CUT, True)
    room.later(600)
    assert await tick(room) == 0


async def test_a_question_is_answered_by_key_and_told_in_words(room: Room) -> None:
    await room.talking()
    await room.do(silent.ask_question, call="call-1", code="bahaya", taker="rani", city=room.city)
    await room.do(calls.digit_pressed, call="call-1", digit="1")
    [asked] = await room.all(AskedQuestion)
    assert (asked.answer, (await room.call("call-1")).urgency) == ("ya", 1)
    assert "call.silent_answer_given" in await room.story()
    await room.do(silent.ask_question, call="call-1", code="medis", taker="rani", city=room.city)
    await room.do(calls.digit_pressed, call="call-1", digit="2")
    assert sorted(one.answer or "" for one in await room.all(AskedQuestion)) == ["tidak", "ya"]


async def test_a_question_the_city_does_not_ask_is_refused(room: Room) -> None:
    await room.talking()
    with pytest.raises(silent.NotFound):
        await room.do(silent.ask_question, call="call-1", code="apa", taker="rani", city=room.city)


def test_the_desk_shows_what_the_caller_hears_and_every_question_has_a_voice(room: Room) -> None:
    spoken = loads(PROMPTS.read_text(encoding="utf-8"))
    assert {name: spoken[name] for name in SCRIPT_LABELS} == SCRIPT_LABELS
    for question in room.city.room.questions:
        assert spoken[question.prompt].startswith(question.text)


@pytest.mark.parametrize(
    ("digits", "knocks", "words"),
    [
        ("", 0, []),
        ("7", 0, ["menekan 7"]),
        ("55", 0, ["5-5: darurat, tidak bisa bicara", "menekan 5-5"]),
        ("", 2, ["mengetuk 2×"]),
    ],
)
def test_what_he_did_is_said_in_words(digits: str, knocks: int, words: list[str]) -> None:
    assert heard_words({"digits": digits, "knocks": knocks, "voice_at": None}, str) == words
