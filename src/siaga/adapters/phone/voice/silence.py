"""A silent caller between record and engine: what the journal orders, and what the engine reports of him."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from siaga.adapters.phone.engine import (
    Announced,
    CallGone,
    KnockHeard,
    TelephonyEngine,
    VoiceHeard,
    VoiceWatch,
)
from siaga.adapters.phone.voice.detector import SPEECH_SECONDS
from siaga.domain.call import Channel
from siaga.domain.event import (
    CallAnswered,
    CallHandedOver,
    CallHeld,
    CallPassed,
    Event,
    RestrictedCallerWaits,
    SilentCheckBegan,
    SilentCheckEnded,
    SilentQuestionAsked,
    SilentSignal,
)

log = logging.getLogger(__name__)

SILENT_PROMPT = "silent_check"

Report = Callable[..., Awaitable[None]]


class Silence:
    """Part of a call node."""

    def __init__(self, engine: TelephonyEngine, report: Report) -> None:
        self._engine = engine
        self._report = report

    async def report(self, event: VoiceWatch | VoiceHeard | KnockHeard | Announced) -> None:
        """What the detector heard, and when the check's script was over."""
        match event:
            case VoiceWatch(call=call, on=on):
                await self._report("voice_watch_changed", call=call, on=on)
            case VoiceHeard(call=call):
                await self._report("voice_heard", call=call)
            case KnockHeard(call=call):
                await self._report("knock_heard", call=call)
            case Announced(call=call, prompt=prompt) if prompt == SILENT_PROMPT:
                await self._report("check_played", call=call)

    async def obey(self, event: Event) -> None:
        """Do what this entry of the journal means for a silent caller. A caller who is gone is no error."""
        try:
            match event:
                case CallAnswered(call=call, channel=Channel.VOICE) | RestrictedCallerWaits(call=call):
                    await self._listen(call)
                case SilentCheckBegan(call=call):
                    await self._listen(call, knocks=True)
                    await self._engine.announce(call, SILENT_PROMPT)
                case SilentCheckEnded(call=call) | SilentSignal(call=call):
                    await self._engine.hush(call)
                case CallHeld(call=call) | CallPassed(call=call) | CallHandedOver(call=call):
                    await self._engine.hush(call)
                case SilentQuestionAsked(call=call, prompt=prompt):
                    await self._engine.announce(call, prompt)
        except CallGone:
            log.info("the silent caller was a moment faster than the order")
        except KeyError as missing:
            log.error("the prompt %s is not recorded; the taker reads the question herself", missing)

    async def _listen(self, call: str, **given: Any) -> None:
        await self._engine.listen_for_voice(call, seconds_of_speech=SPEECH_SECONDS, **given)


def call_of(event: Event) -> str | None:
    """The call an entry is about, if any."""
    call = getattr(event, "call", None)
    return call if isinstance(call, str) else None
