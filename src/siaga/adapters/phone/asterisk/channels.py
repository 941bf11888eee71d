"""What is done with a channel of the exchange: dialled, given a voice, given back, ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from siaga.adapters.phone.asterisk.ari import Ari, AriAway, AriRefused, NotThere
from siaga.adapters.phone.asterisk.ends import End, Ends
from siaga.adapters.phone.asterisk.options import KEY_MS, SOUND_TRIES_MAX, AsteriskOptions
from siaga.adapters.phone.asterisk.rtp import NoPort, Ports, RtpLeg
from siaga.adapters.phone.asterisk.voice_paths import VoicePaths
from siaga.adapters.phone.engine import CannotDial

log = logging.getLogger(__name__)

GIVE_UP_SECONDS = 5  # the exchange stops ringing by itself this long after we should have told it to


class Channels:
    """Orders about channels. None of them waits longer than one question to the exchange takes."""

    def __init__(
        self, ari: Ari, options: AsteriskOptions, ends: Ends, paths: VoicePaths, ports: Ports,
        owe: Callable[[str], None],
    ) -> None:  # fmt: skip
        """``owe`` is told of a channel that could not be ended."""
        self._ari, self._options, self._ends, self._paths, self._ports = ari, options, ends, paths, ports
        self._owe = owe

    def taken(self, name: str, channel: str) -> End:
        """A caller is in our hands. Raises NoPort."""
        return self._put(End(name, channel, RtpLeg(self._ports.open()), outbound=False, there=True))

    def made(self, name: str, *, seat: bool = False) -> End:
        """An end we are about to dial. Raises CannotDial when no port is free."""
        try:
            leg = RtpLeg(self._ports.open())
        except NoPort as full:
            raise CannotDial(str(full)) from full
        channel = self._ends.new_channel("seat" if seat else "out")
        return self._put(End(name, channel, leg, outbound=True, seat=seat))

    def _put(self, end: End) -> End:
        self._ends.add(end)
        return end

    async def originate(self, end: End, endpoint: str, caller_id: str, seconds: float) -> None:
        """Dial. Raises CannotDial; the end is forgotten then."""
        try:
            await self._ari.ask(
                "POST", "channels", end.channel,
                endpoint=endpoint, app=self._options.app, appArgs="dialled",
                callerId=f'"{caller_id}" <{caller_id}>', timeout=int(seconds) + GIVE_UP_SECONDS,
            )  # fmt: skip
        except (AriAway, AriRefused) as failed:
            self._ends.forget(end)
            await self.put_down(end)
            raise CannotDial(f"the exchange does not dial: {failed}") from failed
        end.there = True
        if not self._ends.knows(end):  # it was hung up, or has ended, while it was on its way
            await self.put_down(end)

    async def give_voice(self, end: End) -> bool:
        """Connect a channel's voice with its leg; True when it flows. Waits while the exchange is away."""
        tries = 0
        while self._ends.knows(end):
            if end.sounds:
                await asyncio.sleep(self._options.retry_seconds)
            end.sounds += 1
            try:
                await self._paths.connect(end.channel, end.leg)
            except AriAway:
                continue
            except AriRefused as refused:
                if not isinstance(
                    refused, NotThere
                ):  # he is gone and his end follows, or our own half was lost
                    log.error("the voice of a channel cannot be connected: %s", refused)
                tries += 1
                if tries >= SOUND_TRIES_MAX:
                    return False
            else:
                return True
        return False

    async def press(self, end: End, digits: str) -> None:
        """Press keys, after those pressed before."""
        async with end.pressing:
            try:
                await self._ari.ask(
                    "POST", "channels", end.channel, "dtmf", dtmf=digits, duration=KEY_MS, between=KEY_MS
                )
            except (AriAway, AriRefused) as failed:
                log.warning("telephone keys were not pressed: %s", failed)

    async def let_go(self, end: End) -> None:
        """We serve it no more. A caller goes back to the exchange's own plan, whom we dialled is put down."""
        if end.outbound:
            await self.put_down(end)
        else:
            self.silence(end)
            await self.give_back(end.channel)

    async def give_back(self, channel: str) -> None:
        """To the exchange's own plan, at the step after the one that brought him to us; asked until it is done."""
        while True:
            try:
                await self._ari.ask("POST", "channels", channel, "continue")
            except AriRefused:
                return  # gone already
            except AriAway:
                await asyncio.sleep(self._options.retry_seconds)
            else:
                return

    async def put_down(self, end: End | None, reason: str = "normal") -> None:
        """End a channel. While the exchange is away this is owed to it."""
        if end is None:
            return
        self.silence(end)
        try:
            await self._ari.ask("DELETE", "channels", end.channel, reason=reason)
        except NotThere:
            return
        except (AriAway, AriRefused) as failed:
            log.warning("a channel could not be ended now: %s", failed)
            self._owe(end.channel)

    def silence(self, end: End) -> None:
        """Its voice flows no more."""
        end.leg.close()
        self._paths.drop(end.channel)
