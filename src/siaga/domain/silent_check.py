"""A caller who says nothing: asked by a recorded voice for a sign, and only then put away as silent.

Rule 1: nobody is silent before the check ran whole and brought no sign; a key ever pressed for help is a sign.
Rule 2: the check only asks and listens. It ends no call, and a caller in the queue is never asked; nor is one who is
held (he hears an announcement) or in a conversation of three (his silence is listening).
Rule 3: what only a working detector can know (no speech for 5 s) is believed only while the detector says it listens.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from siaga.domain.errors import RuleBroken
from siaga.domain.events.silence import (
    KnockHeard,
    SilentAnswerGiven,
    SilentCheckBegan,
    SilentCheckEnded,
    SilentCheckPlayed,
    SilentQuestionAsked,
    SilentSignal,
    VoiceHeard,
    VoiceWatchChanged,
)

if TYPE_CHECKING:
    from siaga.domain.call import Call
    from siaga.domain.room_rules import SilentQuestion, SilentRules

CANNOT_SPEAK_DIGIT = "5"  # what the announcement in the queue asks those to press, twice, who cannot speak
CANNOT_SPEAK_DIGITS = CANNOT_SPEAK_DIGIT * 2
YES_DIGIT, NO_DIGIT = "1", "2"
ANSWERS = {YES_DIGIT: "ya", NO_DIGIT: "tidak"}

LISTEN_AFTER_SECONDS = 8
# How long we listen after the script has ended, however long a city's own recording is: finding a key in the dark
# takes a frightened person some seconds.
PLAY_SECONDS_MAX = 40  # a script that was not heard to its end by now did not reach the caller
ANSWER_SECONDS_MAX = 120  # a key pressed later than this answers nothing that was asked

NOT_GHOST_LABELS = {
    "signal": "Penelepon memberi tanda tidak bisa bicara. Ini bukan panggilan senyap.",
    "unchecked": "Belum boleh Senyap: jalankan cek senyap dulu (Alt+V), 20 detik.",
    "running": "Cek senyap masih berjalan: tunggu sampai hitungan selesai.",
    "heard": "Terdengar suara atau ketukan saat cek senyap: dengarkan lagi, lalu ulangi cek (Alt+V).",
    "not_heard": "Pertanyaan cek senyap tidak sampai ke penelepon: ulangi cek (Alt+V).",
    "cut": "Telepon terputus sebelum cek senyap selesai: telepon balik dulu, lalu beri keterangan.",
}
NOT_TALKING = "Panggilan ini tidak sedang berlangsung."
NOT_WITH_HIM_LABELS = {
    "held": "Penelepon sedang ditahan: ambil kembali dulu, lalu jalankan cek senyap.",
    "partner": "Ada pihak ketiga di sambungan ini: lepaskan dulu, lalu jalankan cek senyap.",
}


class CheckResult(StrEnum):
    """What a silent check brought."""

    NO_SIGN = "no_sign"  # it ran whole: nothing pressed, nothing heard
    VOICE = "voice"  # somebody spoke, or something spoke near the telephone
    SOUND = "sound"  # a knock, too few of them to be a signal
    SIGNAL = "signal"  # a key, or knocks on the telephone: somebody is there who cannot speak
    NOT_HEARD = "not_heard"  # the question did not reach the caller
    STOPPED = "stopped"  # the taker stopped it
    CUT = "cut"  # the line ended, or the call went back to the queue, before the check did


class Sign(StrEnum):
    """How somebody told us that he cannot speak."""

    KEY = "key"  # any key during the check or as an answer
    FIVES = "fives"  # 5-5 at any moment, also in the queue
    KNOCKS = "knocks"


@dataclass(frozen=True, kw_only=True)
class AskedQuestion:
    """One yes/no question played to a caller, and the key he pressed for it (``ya``, ``tidak``)."""

    id: str
    call: str
    code: str
    by: str
    asked_at: datetime
    answered_at: datetime | None = None
    answer: str | None = None

    def is_open(self, now: datetime) -> bool:
        """A key pressed now answers it."""
        return self.answer is None and now - self.asked_at <= timedelta(seconds=ANSWER_SECONDS_MAX)

    def answered(self, digit: str, *, at: datetime) -> tuple[AskedQuestion, SilentAnswerGiven | None]:
        """A key: 1 is yes, 2 is no; any other leaves the question open (and is a sign of life all the same)."""
        answer = ANSWERS.get(digit)
        if answer is None:
            return self, None
        event = SilentAnswerGiven(call=self.call, question=self.code, answer=answer, at=at)
        return replace(self, answered_at=at, answer=answer), event


# --- the detector ----------------------------------------------------------------------------------------------


def watched(call: Call, *, on: bool, at: datetime) -> tuple[Call, VoiceWatchChanged | None]:
    """The detector has begun, or ceased, to listen to this caller."""
    if call.is_over or (on and call.watched_at is not None):
        return call, None
    return replace(call, watched_at=at if on else None), VoiceWatchChanged(call=call.id, on=on, at=at)


def voice_heard(call: Call, *, at: datetime) -> tuple[Call, VoiceHeard | None]:
    """He speaks: said once before the check and once in it."""
    known = call.voice_at is not None and not (
        is_running(call) and call.check_began_at is not None and call.voice_at < call.check_began_at
    )
    if call.is_over or known:
        return call, None
    return replace(call, voice_at=at), VoiceHeard(call=call.id, at=at)


def knocked(call: Call, *, at: datetime) -> tuple[Call, KnockHeard | None]:
    """A tap on the telephone during the check; at other times it is only handling noise."""
    if not is_running(call):
        return call, None
    return replace(call, knocks=call.knocks + 1), KnockHeard(call=call.id, at=at)


# --- the check -------------------------------------------------------------------------------------------------


def is_running(call: Call) -> bool:
    return call.check_began_at is not None and call.check_ended_at is None


def is_due(call: Call, rules: SilentRules, now: datetime) -> bool:
    """Answered, listened to for as long as the city says, and not a word: the check begins by itself, once.

    A check that holding him had cut off begins again.
    """
    if not call.is_talking or call.held_at is not None or call.voice_at is not None:
        return False
    if call.check_began_at is not None and call.check_result is not CheckResult.CUT:
        return False
    if call.watched_at is None or call.answered_at is None or call.cannot_speak_at is not None:
        return False
    return now - max(call.watched_at, call.answered_at) >= timedelta(seconds=rules.after_seconds)


def began(call: Call, *, by: str | None, at: datetime) -> tuple[Call, SilentCheckBegan]:
    """Ask for a sign. ``by``: the taker who asked for it, ``None`` when it began by itself. May be repeated."""
    _must_talk(call, by)
    if call.held_at is not None:
        raise RuleBroken(NOT_WITH_HIM_LABELS["held"])
    if is_running(call):
        raise RuleBroken(NOT_GHOST_LABELS["running"])
    asking = replace(
        call, check_began_at=at, check_played_at=None, check_ended_at=None, check_result=None, knocks=0
    )
    return asking, SilentCheckBegan(call=call.id, taker=by, at=at)


def played(call: Call, *, at: datetime) -> tuple[Call, SilentCheckPlayed | None]:
    """The caller has heard the script to its end."""
    if not is_running(call) or call.check_played_at is not None:
        return call, None
    return replace(call, check_played_at=at), SilentCheckPlayed(call=call.id, at=at)


def ended_if_due(call: Call, rules: SilentRules, now: datetime) -> tuple[Call, SilentCheckEnded] | None:
    """Close a check whose time has come, with what it brought; ``None`` while it goes on."""
    if not is_running(call) or call.check_began_at is None:
        return None
    if call.check_played_at is None:
        if now - call.check_began_at < timedelta(seconds=PLAY_SECONDS_MAX):
            return None
        return _closed(call, _heard_in(call) or CheckResult.NOT_HEARD, now)
    if now < ends_at(call, rules):
        return None
    return _closed(call, _heard_in(call) or CheckResult.NO_SIGN, now)


def ends_at(call: Call, rules: SilentRules) -> datetime:
    """When the running check ends if nothing more happens; while the script plays, the earliest moment."""
    assert call.check_began_at is not None
    whole = call.check_began_at + timedelta(seconds=rules.check_seconds)
    if call.check_played_at is None:
        return whole
    return max(whole, call.check_played_at + timedelta(seconds=LISTEN_AFTER_SECONDS))


def stopped(call: Call, *, by: str, at: datetime) -> tuple[Call, SilentCheckEnded]:
    """The taker breaks it off, because she hears somebody. It does not count as a check that ran."""
    _must_talk(call, by)
    if not is_running(call):
        raise RuleBroken("Cek senyap tidak sedang berjalan.")
    return _closed(call, _heard_in(call) or CheckResult.STOPPED, at)


def cut(call: Call, at: datetime) -> Call:
    """The line ends, or he is held or passed on, under a running check; the call's own event says so."""
    if not is_running(call):
        return call
    return replace(call, check_ended_at=at, check_result=CheckResult.CUT, watched_at=None)


def listened_anew(call: Call, at: datetime) -> Call:
    """He is spoken to again: seconds in which he heard an announcement were no silence of his."""
    return call if call.watched_at is None else replace(call, watched_at=at)


def unwatched(call: Call, at: datetime) -> Call:
    """He changes hands: a running check is cut off, and the detector begins anew with the next answer."""
    return replace(cut(call, at), watched_at=None)


def cannot_speak(call: Call, sign: Sign, *, at: datetime) -> tuple[Call, SilentSignal | None]:
    """Somebody is there who cannot speak: the call is most urgent, wherever it is, and no longer a silent one."""
    if call.is_over or (call.cannot_speak_at is not None and not is_running(call)):
        return call, None
    flagged = replace(call, urgency=1, cannot_speak_at=call.cannot_speak_at or at)
    if is_running(flagged):
        flagged = replace(flagged, check_ended_at=at, check_result=CheckResult.SIGNAL)
    return flagged, SilentSignal(call=call.id, sign=sign, taker=call.taker, at=at)


def sign_in_digits(call: Call, *, asked: bool) -> Sign | None:
    """What the keys pressed so far mean. ``asked``: a question waits for a key."""
    if is_running(call) or asked:
        return Sign.KEY
    return Sign.FIVES if call.digits.endswith(CANNOT_SPEAK_DIGITS) else None


def question_asked(
    call: Call, question: SilentQuestion, *, id: str, by: str, at: datetime
) -> tuple[AskedQuestion, SilentQuestionAsked]:
    """Play a yes/no question to him: 1 is yes, 2 is no."""
    _must_talk(call, by)
    if is_running(call):
        raise RuleBroken(NOT_GHOST_LABELS["running"])
    event = SilentQuestionAsked(call=call.id, question=question.code, prompt=question.prompt, taker=by, at=at)
    return AskedQuestion(id=id, call=call.id, code=question.code, by=by, asked_at=at), event


# --- may it be put away? ---------------------------------------------------------------------------------------


def why_not_ghost(call: Call) -> str | None:
    """Why this call may not be put away as silent, and what to do; ``None`` when it may.

    A press or a text has no voice to be silent, and a caller without a number cannot be called back.
    """
    if call.cannot_speak_at is not None or CANNOT_SPEAK_DIGIT in call.digits:
        return NOT_GHOST_LABELS["signal"]
    if not call.has_voice or call.check_result is CheckResult.NO_SIGN:
        return None
    if call.is_over:
        return None if call.called_back_at is not None or call.number is None else NOT_GHOST_LABELS["cut"]
    if is_running(call):
        return NOT_GHOST_LABELS["running"]
    match call.check_result:
        case CheckResult.VOICE | CheckResult.SOUND:
            return NOT_GHOST_LABELS["heard"]
        case CheckResult.NOT_HEARD:
            return NOT_GHOST_LABELS["not_heard"]
        case _:
            return NOT_GHOST_LABELS["unchecked"]


def _heard_in(call: Call) -> CheckResult | None:
    began_at = call.check_began_at
    if began_at is not None and call.voice_at is not None and call.voice_at >= began_at:
        return CheckResult.VOICE
    return CheckResult.SOUND if call.knocks else None


def _closed(call: Call, result: CheckResult, at: datetime) -> tuple[Call, SilentCheckEnded]:
    event = SilentCheckEnded(call=call.id, result=result, at=at)
    return replace(call, check_ended_at=at, check_result=result), event


def _must_talk(call: Call, by: str | None) -> None:
    if not call.is_talking or not call.has_voice:
        raise RuleBroken(NOT_TALKING)
    if by is not None and call.taker != by:
        raise RuleBroken("Panggilan ini ditangani petugas lain.")
