"""The way of a voice from a channel of the exchange to our mixer and back.

Each channel is put into a bridge of its own with an external-media channel, which sends and takes plain RTP at a port
of ours. The exchange mixes nothing, so who hears whom is decided in one place for every engine: our mixer.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from siaga.adapters.phone.asterisk.ari import Ari, AriAway, AriRefused
from siaga.adapters.phone.asterisk.options import ENTER_SECONDS_MAX, AsteriskOptions
from siaga.adapters.phone.asterisk.rtp import Address, RtpLeg

log = logging.getLogger(__name__)

BRIDGE_TYPE = "mixing,dtmf_events,proxy_media"
# dtmf_events: telephone keys are told to us, which also keeps the exchange from joining the two ends past itself.
# proxy_media: the voice stays in the exchange, which alone knows our port.

Spawn = Callable[[Coroutine[Any, Any, None]], object]


@dataclass(frozen=True, slots=True)
class _Path:
    bridge: str
    sound: str
    leg: RtpLeg


class VoicePaths:
    """All ways of voices of one node. Everything it makes in the exchange has a name that begins with ``prefix``."""

    def __init__(
        self, ari: Ari, options: AsteriskOptions, prefix: str, sound_host: str, spawn: Spawn
    ) -> None:
        """``sound_host``: where the exchange sends the voices. ``spawn`` runs what nobody waits for."""
        self._ari, self._options, self._prefix = ari, options, prefix
        self._sound_host = sound_host
        self._spawn = spawn
        self._of_channel: dict[str, _Path] = {}
        self._of_sound: dict[str, str] = {}
        self._entering: dict[str, asyncio.Future[None]] = {}

    def entered(self, channel: str) -> bool:
        """A channel has reported itself. True when it is one of our voice channels."""
        self._wait_no_more(channel)
        return channel in self._of_sound

    def owner_of(self, sound: str) -> str | None:
        """The channel whose voice goes through this external-media channel."""
        return self._of_sound.get(sound)

    def names(self) -> tuple[set[str], set[str]]:
        """The external-media channels and the bridges in use."""
        return set(self._of_sound), {path.bridge for path in self._of_channel.values()}

    async def connect(self, channel: str, leg: RtpLeg) -> None:
        """Let the voice flow. Raises NotThere (the channel is gone), AriRefused, AriAway."""
        self.drop(channel)
        token = secrets.token_hex(8)
        path = _Path(f"{self._prefix}bridge-{token}", f"{self._prefix}sound-{token}", leg)
        self._of_channel[channel], self._of_sound[path.sound] = path, channel
        self._entering[path.sound] = asyncio.get_running_loop().create_future()
        connected = False
        try:
            made = await self._make(path)
            await self._ari.ask(
                "POST", "bridges", path.bridge, "addChannel", channel=f"{channel},{path.sound}"
            )
            target = await self._target(path, made)
            if self._of_channel.get(channel) is path:
                leg.aim(target, {target[0], *await _addresses_of(self._options.host)})
                connected = True
        finally:
            self._entering.pop(path.sound, None)
            if not connected:
                self._undo(channel, path)

    def drop(self, channel: str) -> None:
        """The channel's voice flows no more."""
        path = self._of_channel.get(channel)
        if path is not None:
            self._undo(channel, path)

    async def clear(self, *, sounds: set[str], bridges: set[str]) -> None:
        """Remove what we once made in the exchange and know no more: a previous life left it."""
        for kind, names in (("channels", sounds), ("bridges", bridges)):
            for name in names:
                await self._remove(kind, name)

    async def _make(self, path: _Path) -> Any:
        made = await self._ari.ask(
            "POST", "channels", "externalMedia",
            channelId=path.sound, app=self._options.app, external_host=f"{self._sound_host}:{path.leg.port}",
            format="alaw", encapsulation="rtp", transport="udp", connection_type="client", direction="both",
        )  # fmt: skip
        await self._ari.ask("POST", "bridges", type=BRIDGE_TYPE, bridgeId=path.bridge, name=path.bridge)
        try:
            async with asyncio.timeout(ENTER_SECONDS_MAX):
                await self._entering[path.sound]
        except TimeoutError:
            log.warning("a voice channel has not reported itself; it is used all the same")
        return made

    async def _target(self, path: _Path, made: Any) -> Address:
        """Where the exchange listens for our sound."""
        said = made.get("channelvars") if isinstance(made, dict) else None
        found = []
        for name in ("UNICASTRTP_LOCAL_ADDRESS", "UNICASTRTP_LOCAL_PORT"):
            value = said.get(name) if isinstance(said, dict) else None
            if not value:
                answer = await self._ari.ask("GET", "channels", path.sound, "variable", variable=name)
                value = answer.get("value") if isinstance(answer, dict) else None
            found.append(str(value or ""))
        address, port = found
        if not port.isdigit() or not address:
            raise AriRefused(500, "the exchange does not say where it listens for our sound")
        if address in ("0.0.0.0", "127.0.0.1") and self._sound_host != "127.0.0.1":  # noqa: S104
            address = self._options.host  # it names itself by an address that means us
        return (await _addresses_of(address))[0], int(port)

    def _undo(self, channel: str, path: _Path) -> None:
        self._of_sound.pop(path.sound, None)
        self._wait_no_more(path.sound)  # it is taken away before it could report itself
        if self._of_channel.get(channel, path) is path:
            path.leg.rest()  # a newer way of the same voice uses the same leg
            self._of_channel.pop(channel, None)
        self._spawn(self.clear(sounds={path.sound}, bridges={path.bridge}))

    def _wait_no_more(self, sound: str) -> None:
        waiting = self._entering.get(sound)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)

    async def _remove(self, kind: str, name: str) -> None:
        try:
            await self._ari.ask("DELETE", kind, name)
        except (AriAway, AriRefused):
            return  # gone already, or found again by its name when the exchange is back


async def _addresses_of(host: str) -> list[str]:
    """The IPv4 addresses of a host. Raises AriAway when it has none now."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            host, None, family=socket.AF_INET, type=socket.SOCK_DGRAM
        )
    except OSError:
        raise AriAway(f"the exchange's host {host} has no address") from None
    return [str(entry[4][0]) for entry in found]
