"""The silent protocol: who is asked, what counts as a sign, and when a call may be put away as silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from siaga.domain import silent_check as silent
from siaga.domain.call import Call, Channel, Disposition, arrived
from siaga.domain.errors import RuleBroken
from siaga.domain.room_rules import SILENT_QUESTIONS, SilentRules
from siaga.domain.silent_check import AskedQuestion, CheckResult, Sign

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
RULES = SilentRules()


def at(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def waiting(channel: Channel = Channel.VOICE, number: str | None = "0812") -> Call:
    return arrived(id="call-1", channel=channel, at=NINE, number=number, node="node-1")[0]


def talking(channel: Channel = Channel.VOICE, number: str | None = "0812") -> Call:
    return waiting(channel, number).answered(by="rani", at=NINE)[0]


def listened() -> Call:
    return silent.watched(talking(), on=True, at=NINE)[0]


def checking() -> Call:
    return silent.began(listened(), by=None, at=at(5))[0]


def ran_whole(call: Call | None = None) -> Call:
    heard = silent.played(call or checking(), at=at(14))[0]
    over = silent.ended_if_due(heard, RULES, at(25))
    assert over is not None
    return over[0]


def ghost(call: Call) -> str | None:
    """Why it cannot be put away as silent."""
    try:
        call.disposed(Disposition.GHOST, by="rani", at=at(60))
    except RuleBroken as refusal:
        return str(refusal)
    return None


# --- when it begins ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "seconds", "due"),
    [
        (listened(), 4.9, False),
        (listened(), 5.0, True),
        (talking(), 60, False),  # no detector: nobody can know that he says nothing
        (silent.voice_heard(listened(), at=at(1))[0], 60, False),
        (silent.watched(listened(), on=False, at=at(3))[0], 60, False),
        (waiting(), 600, False),  # in the queue nobody is asked
        (ran_whole(), 600, False),  # once by itself
    ],
)
def test_it_begins_by_itself_only_when_a_working_detector_heard_nobody(
    call: Call, seconds: float, due: bool
) -> None:
    assert silent.is_due(call, RULES, at(seconds)) is due


def test_a_detector_that_came_late_is_given_its_own_five_seconds() -> None:
    late = silent.watched(talking(), on=True, at=at(30))[0]
    assert not silent.is_due(late, RULES, at(34))
    assert silent.is_due(late, RULES, at(35))


def test_the_taker_may_ask_at_any_moment_but_not_twice_at_once_and_not_for_another() -> None:
    with pytest.raises(RuleBroken, match="masih berjalan"):
        silent.began(checking(), by="rani", at=at(6))
    with pytest.raises(RuleBroken, match="petugas lain"):
        silent.began(talking(), by="septi", at=NINE)
    with pytest.raises(RuleBroken, match="tidak sedang berlangsung"):
        silent.began(talking(Channel.PANIC), by="rani", at=NINE)
    again, _ = silent.began(ran_whole(), by="rani", at=at(40))
    assert silent.is_running(again)
    assert again.check_result is None


def test_a_detector_that_does_not_listen_is_said_though_nothing_changes() -> None:
    deaf, event = silent.watched(talking(), on=False, at=at(2))
    assert (deaf, event is not None) == (talking(), True)
    assert silent.watched(listened(), on=True, at=at(2))[1] is None


# --- how it ends ------------------------------------------------------------------------------------------


def test_it_runs_twenty_seconds_and_listens_eight_after_a_long_script() -> None:
    soon = silent.played(checking(), at=at(14))[0]
    assert silent.ended_if_due(soon, RULES, at(24.9)) is None
    assert silent.ended_if_due(soon, RULES, at(25)) is not None
    long = silent.played(checking(), at=at(30))[0]
    assert silent.ended_if_due(long, RULES, at(37.9)) is None
    over = silent.ended_if_due(long, RULES, at(38))
    assert over is not None
    assert (over[0].check_result, over[1].result) == (CheckResult.NO_SIGN, "no_sign")


def test_a_script_the_caller_never_heard_is_no_check() -> None:
    assert silent.ended_if_due(checking(), RULES, at(44)) is None
    over = silent.ended_if_due(checking(), RULES, at(45))
    assert over is not None
    assert over[0].check_result is CheckResult.NOT_HEARD
    assert "tidak sampai" in str(ghost(over[0]))


@pytest.mark.parametrize("sign", list(Sign))
def test_a_signal_makes_it_most_urgent_and_ends_the_check(sign: Sign) -> None:
    flagged, event = silent.cannot_speak(checking(), sign, at=at(9))
    assert event is not None
    assert (flagged.urgency, flagged.check_result, event.sign) == (1, CheckResult.SIGNAL, sign)
    assert "tidak bisa bicara" in str(ghost(flagged))
    assert silent.cannot_speak(flagged, sign, at=at(10)) == (flagged, None)


@pytest.mark.parametrize("digit", list("0123456789*#"))
def test_any_key_in_the_check_is_a_sign(digit: str) -> None:
    pressed, _ = checking().pressed(digit, at=at(9))
    assert silent.sign_in_digits(pressed, asked=False) is Sign.KEY


@pytest.mark.parametrize(
    ("digits", "sign"), [("5", None), ("55", Sign.FIVES), ("2155", Sign.FIVES), ("545", None), ("551", None)]
)
def test_outside_the_check_five_five_is_the_sign_also_in_the_queue(digits: str, sign: Sign | None) -> None:
    assert silent.sign_in_digits(replace(waiting(), digits=digits), asked=False) is sign


def test_a_word_or_one_tap_keeps_the_call_alive_and_the_check_goes_on() -> None:
    spoke, event = silent.voice_heard(checking(), at=at(10))
    assert event is not None
    assert silent.is_running(spoke)
    assert ran_whole(spoke).check_result is CheckResult.VOICE
    tapped, _ = silent.knocked(checking(), at=at(10))
    assert ran_whole(tapped).check_result is CheckResult.SOUND
    assert "dengarkan lagi" in str(ghost(ran_whole(tapped)))


def test_taps_count_only_while_we_asked_for_them() -> None:
    assert silent.knocked(listened(), at=at(1))[0].knocks == 0
    assert silent.began(replace(ran_whole(), knocks=1), by="rani", at=at(50))[0].knocks == 0


def test_a_word_before_the_check_is_not_a_word_in_it() -> None:
    spoke_before = silent.voice_heard(listened(), at=at(1))[0]
    asked = silent.began(spoke_before, by="rani", at=at(20))[0]
    heard = silent.played(asked, at=at(29))[0]
    over = silent.ended_if_due(heard, RULES, at(60))
    assert over is not None
    assert over[0].check_result is CheckResult.NO_SIGN
    again, event = silent.voice_heard(asked, at=at(25))
    assert event is not None
    assert silent.voice_heard(again, at=at(26))[1] is None


def test_the_taker_who_hears_somebody_stops_it_and_it_does_not_count() -> None:
    stopped, _ = silent.stopped(checking(), by="rani", at=at(9))
    assert stopped.check_result is CheckResult.STOPPED
    assert "jalankan cek" in str(ghost(stopped))


# --- may it be put away -------------------------------------------------------------------------------------


def test_senyap_only_after_the_check_ran_whole_without_a_sign() -> None:
    assert "Alt+V" in str(ghost(talking()))
    assert "masih berjalan" in str(ghost(checking()))
    assert ghost(ran_whole()) is None


def test_who_hung_up_before_the_end_of_the_check_is_called_back_first() -> None:
    gone, _ = checking().hung_up(at=at(9))
    assert (gone.check_result, gone.is_owed) == (CheckResult.CUT, True)
    assert "telepon balik" in str(ghost(gone))
    assert ghost(gone.called_back(by="rani", at=at(30))[0]) is None


@pytest.mark.parametrize("ending", ["hung_up", "lost", "returned"])
def test_every_end_of_the_line_cuts_the_check(ending: str) -> None:
    after = getattr(checking(), ending)(at=at(8))[0]
    assert (after.check_result, after.check_ended_at) == (CheckResult.CUT, at(8))
    assert not silent.is_running(after)


def test_nobody_without_a_number_can_be_called_back_and_a_press_has_no_voice() -> None:
    assert ghost(talking(number=None).hung_up(at=at(3))[0]) is None
    assert ghost(talking(Channel.PANIC)) is None


def test_a_sign_forbids_senyap_for_ever_also_after_a_later_check() -> None:
    flagged = silent.cannot_speak(checking(), Sign.KEY, at=at(9))[0]
    again = silent.began(flagged, by="rani", at=at(30))[0]
    heard = silent.played(again, at=at(39))[0]
    over = silent.ended_if_due(heard, RULES, at(60))
    assert over is not None
    assert over[0].check_result is CheckResult.NO_SIGN
    assert ghost(over[0]) is not None


# --- questions --------------------------------------------------------------------------------------------------


def asked() -> AskedQuestion:
    return silent.question_asked(talking(), SILENT_QUESTIONS[0], id="q-1", by="rani", at=NINE)[0]


@pytest.mark.parametrize(("digit", "answer"), [("1", "ya"), ("2", "tidak")])
def test_one_is_yes_and_two_is_no(digit: str, answer: str) -> None:
    done, event = asked().answered(digit, at=at(4))
    assert event is not None
    assert (done.answer, event.answer, event.question) == (answer, answer, "bahaya")


def test_another_key_answers_nothing_but_is_a_sign_of_somebody() -> None:
    open_still, event = asked().answered("7", at=at(4))
    assert event is None
    assert open_still.is_open(at(5))
    assert silent.sign_in_digits(talking(), asked=True) is Sign.KEY
    assert not asked().is_open(at(121))


def test_a_question_is_not_asked_into_the_check() -> None:
    with pytest.raises(RuleBroken, match="masih berjalan"):
        silent.question_asked(checking(), SILENT_QUESTIONS[0], id="q-1", by="rani", at=at(6))
