"""What happens with a caller who says nothing."""

from __future__ import annotations

from dataclasses import dataclass

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class VoiceWatchChanged(Event):
    """The voice detector listens to the caller (``on``), or has ceased to: then only the keys are left."""

    name = "call.voice_watch_changed.v1"
    call: str
    on: bool


@dataclass(frozen=True, kw_only=True)
class VoiceHeard(Event):
    """The caller's side carried speech for the first time since we listened."""

    name = "call.voice_heard.v1"
    call: str


@dataclass(frozen=True, kw_only=True)
class KnockHeard(Event):
    """A tap on the telephone during the silent check."""

    name = "call.knock_heard.v1"
    call: str


@dataclass(frozen=True, kw_only=True)
class SilentCheckBegan(Event):
    """A recorded voice asks a silent caller for a sign. ``taker``: who asked for it; none when it began by itself."""

    name = "call.silent_check_began.v1"
    call: str
    taker: str | None = None


@dataclass(frozen=True, kw_only=True)
class SilentCheckPlayed(Event):
    """The caller has heard the question to its end."""

    name = "call.silent_check_played.v1"
    call: str


@dataclass(frozen=True, kw_only=True)
class SilentCheckEnded(Event):
    """The check is over; ``result`` says what it brought."""

    name = "call.silent_check_ended.v1"
    call: str
    result: str


@dataclass(frozen=True, kw_only=True)
class SilentSignal(Event):
    """Somebody is there who cannot speak; the call is now the most urgent. ``sign``: how he said it."""

    name = "call.silent_signal.v1"
    call: str
    sign: str
    taker: str | None = None


@dataclass(frozen=True, kw_only=True)
class SilentQuestionAsked(Event):
    """A yes/no question is played to the caller. ``question``: its code in the city's rules."""

    name = "call.silent_question_asked.v1"
    call: str
    question: str
    prompt: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class SilentAnswerGiven(Event):
    """The caller answered a question with a key. ``answer``: ya or tidak."""

    name = "call.silent_answer_given.v1"
    call: str
    question: str
    answer: str
