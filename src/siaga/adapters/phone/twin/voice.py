"""The twin's voice detector and prompts over a conversation; `speak`, `knock` and `prompt_ends` are the world."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from siaga.adapters.phone.engine import Announced, KnockHeard, PhoneEvent, VoiceHeard, VoiceWatch


class TwinVoice:
    """``detector_works``: switch it off before a call is listened to, and only keys are left."""

    def __init__(
        self, say: Callable[[PhoneEvent], None], must_exist: Callable[[str], object], prompts: Iterable[str]
    ) -> None:
        self._tell, self._must_exist, self._spoken = say, must_exist, frozenset(prompts)
        self.listening: dict[str, bool] = {}  # calls we listen to, and whether for knocks as well
        self.detector_works = True
        self.announced: list[tuple[str, str]] = []
        self.hushed: list[str] = []

    # --- the outside world ---

    def speak(self, call: str) -> None:
        """The caller says something."""
        if self.detector_works and call in self.listening:
            self._tell(VoiceHeard(call))

    def knock(self, call: str) -> None:
        """The caller taps on his telephone."""
        if self.detector_works and self.listening.get(call):
            self._tell(KnockHeard(call))

    def prompt_ends(self, call: str) -> None:
        """The caller has heard his last prompt to its end."""
        self._tell(Announced(*[one for one in self.announced if one[0] == call][-1]))

    # --- the engine ---

    async def listen_for_voice(self, call: str, *, seconds_of_speech: float, knocks: bool = False) -> None:
        """See TelephonyEngine."""
        self._must_exist(call)
        self.listening[call] = knocks
        self._tell(VoiceWatch(call, self.detector_works))

    async def announce(self, call: str, prompt: str) -> None:
        """See TelephonyEngine."""
        self._must_exist(call)
        if prompt not in self._spoken:
            raise KeyError(prompt)
        self.announced.append((call, prompt))

    async def hush(self, call: str) -> None:
        """See TelephonyEngine."""
        self._must_exist(call)
        self.hushed.append(call)
