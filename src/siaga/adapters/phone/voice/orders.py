"""The orders of an engine about a caller's silence: listen to him, and play him a prompt over the conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from siaga.adapters.phone.engine import Announced, PhoneEvent
from siaga.adapters.phone.sound.mixer import Prompt
from siaga.adapters.phone.sound.soundboard import Soundboard
from siaga.adapters.phone.voice.activity import VoiceActivity


class VoiceOrders:
    """The orders of a TelephonyEngine that listen to a caller or speak to him over his conversation. See there."""

    def __init__(self, board: Soundboard, say: Callable[[PhoneEvent], None]) -> None:
        """``say`` is called on the event loop."""
        self._lines = board
        self._say = say
        self._voice = VoiceActivity(board.mixer, say)

    async def listen_for_voice(self, call: str, *, seconds_of_speech: float, knocks: bool = False) -> None:
        """See TelephonyEngine."""
        line = self._lines.caller(call).line
        line.ear = self._voice.listen(call, seconds=seconds_of_speech, knocks=knocks)

    async def announce(self, call: str, prompt: str) -> None:
        """See TelephonyEngine."""
        line = self._lines.caller(call).line
        if prompt in self._lines.prompts.missing:
            raise KeyError(prompt)  # the ring that stands in for it would ask nothing
        loop, done = asyncio.get_running_loop(), Announced(call, prompt)
        line.over = Prompt(
            self._lines.prompts.spoken((prompt,)), lambda: loop.call_soon_threadsafe(self._say, done)
        )

    async def hush(self, call: str) -> None:
        """See TelephonyEngine."""
        self._lines.caller(call).line.over = None
