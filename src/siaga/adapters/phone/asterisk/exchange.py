"""The life with the exchange: hears what happens there, and finds together again after a separation.

While the line of events is broken, calls go on. When it is back, what is there is compared with what we know: who came
meanwhile rings now, who left meanwhile is reported, and what we owe to the exchange is paid.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol

from siaga.adapters.phone.asterisk.ari import Ari, AriAway, AriRefused, NotThere, messages_of
from siaga.adapters.phone.asterisk.ends import End, Ends
from siaga.adapters.phone.asterisk.facts import (
    Channel,
    Destroyed,
    Entered,
    Fact,
    HangupAsked,
    KeyPressed,
    Left,
    NoFact,
    Replaced,
    Rings,
    channel_of,
    fact_of,
)
from siaga.adapters.phone.asterisk.options import (
    HEADER_SECONDS_MAX,
    HEADERS,
    START_SECONDS_MAX,
    AsteriskOptions,
)
from siaga.adapters.phone.asterisk.voice_paths import VoicePaths
from siaga.adapters.phone.engine import EngineDown
from siaga.clock import monotonic

log = logging.getLogger(__name__)

VOICE_MODULE = "chan_rtp.so"
ON_THE_LINE = frozenset({"Ring", "Up"})


class Listener(Protocol):
    """Whom the exchange's news are told. See AsteriskEngine."""

    def somebody_calls(self, channel: Channel) -> None: ...

    def rings(self, end: End) -> None: ...

    def answered(self, end: End) -> None: ...

    def key(self, end: End, key: str) -> None: ...

    def left(self, end: End) -> None: ...

    def ended(self, end: End) -> None: ...

    def sound_ended(self, end: End) -> None: ...

    def voices_flow(self) -> bool: ...

    def failed(self, reason: str) -> None: ...


class Exchange:
    """One exchange, for as long as the node lives."""

    def __init__(
        self, ari: Ari, options: AsteriskOptions, ends: Ends, paths: VoicePaths, listener: Listener
    ) -> None:
        self._ari, self._options, self._ends, self._paths = ari, options, ends, paths
        self._listener = listener
        self._following: asyncio.Task[None] | None = None
        self._paying: asyncio.Task[None] | None = None
        self._owed: dict[str, None] = {}
        self._version = ""
        self._away_since: float | None = monotonic()
        self._nonsense = 0

    # --- life ---

    async def start(self) -> None:
        """Be the application callers are sent to. Raises EngineDown, in words a person can act on."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._following = asyncio.create_task(self._follow(ready))
        self._following.add_done_callback(self._stopped)
        try:
            async with asyncio.timeout(START_SECONDS_MAX):
                await asyncio.shield(ready)
        except TimeoutError:
            raise EngineDown(f"the exchange at {self._options.url} does not answer in time") from None

    async def stop(self) -> None:
        """Listen no more."""
        tasks = [task for task in (self._following, self._paying) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def state(self) -> str:
        """How the exchange is, in words."""
        if self._away_since is None:
            return f"Asterisk {self._version}: connected"
        return f"Asterisk {self._version}: away for {monotonic() - self._away_since:.0f} s".replace(" :", ":")

    def owe(self, channel: str) -> None:
        """This channel must be ended, and could not be: it is tried until it is gone."""
        self._owed[channel] = None
        if self._paying is None or self._paying.done():
            self._paying = asyncio.create_task(self._pay())

    async def headers_of(self, channel: Channel) -> dict[str, str]:
        """What else the operator says of a caller; what has not come in a moment is left out."""
        if not channel.name.startswith("PJSIP/"):
            return {}
        found: dict[str, str] = {}

        async def read(name: str) -> None:
            try:
                said = await self._ari.ask(
                    "GET", "channels", channel.id, "variable", variable=f"PJSIP_HEADER(read,{name})"
                )
            except (AriRefused, AriAway):
                return  # the ordinary case: he did not send it
            if isinstance(said, dict) and isinstance(said.get("value"), str) and said["value"]:
                found[name] = "".join(char for char in said["value"] if char.isprintable())

        try:
            async with asyncio.timeout(HEADER_SECONDS_MAX):
                await asyncio.gather(*(read(name) for name in HEADERS))
        except TimeoutError:
            log.warning("the exchange is slow to say what else is known of a caller")
        return dict(found)

    # --- the line of events ---

    async def _follow(self, ready: asyncio.Future[None]) -> None:
        while True:
            try:
                async with self._ari.listen() as line:
                    await self._reunite(first=not ready.done())
                    self._away_since = None
                    if not ready.done():
                        ready.set_result(None)
                    async for message in messages_of(line):
                        if not self._heard(message):
                            return
                reason = "the line of events broke"
            except (AriAway, AriRefused, EngineDown) as failed:
                reason = str(failed)
                if not ready.done():
                    ready.set_exception(EngineDown(f"the exchange at {self._options.url}: {reason}"))
                    return
            if self._is_lost(reason):
                return
            await asyncio.sleep(self._options.retry_seconds)

    def _stopped(self, task: asyncio.Task[None]) -> None:
        """A node that no longer hears its exchange, for whatever reason, must not look well."""
        if not task.cancelled() and (wrong := task.exception()) is not None:
            log.error("the line of events cannot be followed", exc_info=wrong)
            self._listener.failed(f"the line of events cannot be followed: {type(wrong).__name__}")

    def _is_lost(self, reason: str) -> bool:
        """Whether there is no more hope; says so."""
        now = monotonic()
        if self._away_since is None:
            self._away_since = now
            log.warning("the exchange is away (%s); calls go on", reason)
        away = now - self._away_since
        if away < self._options.away_seconds_max or self._listener.voices_flow():
            return False
        self._listener.failed(f"the exchange has been away for {away:.0f} s: {reason}")
        return True

    def _heard(self, message: str | bytes) -> bool:
        """One message; False when it was the last that concerns us."""
        try:
            fact = fact_of(message, self._options.app)
        except NoFact as nonsense:
            self._nonsense += 1
            log.warning("%s (%d so far)", nonsense, self._nonsense)
            return True
        if isinstance(fact, Replaced):
            self._listener.failed(
                f"another program has taken the application {self._options.app} of the exchange: each node "
                "needs a name of its own (SIAGA_ARI_APP)"
            )
            return False
        if fact is not None:
            self._tell(fact)
        return True

    def _tell(self, fact: Fact) -> None:
        match fact:
            case Entered(channel=channel):
                self._entered(channel)
            case Left(channel=name) | Destroyed(channel=name) if owner := self._paths.owner_of(name):
                self._sound_lost(owner)
            case Rings(channel=name) if end := self._ends.of_channel(name):
                self._listener.rings(end)
            case KeyPressed(channel=name, key=key) if end := self._ends.of_channel(name):
                self._listener.key(end, key)
            case HangupAsked(channel=name, cause=cause) if end := self._ends.of_channel(name):
                end.cause = cause or end.cause
            case Left(channel=name) if end := self._ends.of_channel(name):
                self._listener.left(end)
            case Destroyed(channel=name, cause=cause):
                self._owed.pop(name, None)
                if end := self._ends.of_channel(name):
                    end.cause = cause or end.cause
                    self._listener.ended(end)

    def _entered(self, channel: Channel) -> None:
        if self._paths.entered(channel.id):
            return
        end = self._ends.of_channel(channel.id)
        if end is not None:
            if end.outbound:
                self._listener.answered(end)
        elif channel.id.startswith(self._ends.prefix):
            self.owe(channel.id)  # we made it once, and nobody wants it any more
        elif channel.id not in self._owed:
            self._listener.somebody_calls(channel)

    def _sound_lost(self, owner: str) -> None:
        self._paths.drop(owner)
        end = self._ends.of_channel(owner)
        if end is not None:
            self._listener.sound_ended(end)

    # --- together again ---

    async def _reunite(self, *, first: bool) -> None:
        """Compare. What we knew before asking may be missing there; what we know after asking is not strange."""
        if first:
            await self._get_to_know()
        known, sounds_before = [end for end in self._ends if end.there], self._paths.names()[0]
        told = set(_names(await self._ari.ask("GET", "applications", self._options.app), "channel_ids"))
        here = {channel.id: channel for channel in _channels(await self._ari.ask("GET", "channels"))}
        bridges_there = {
            name for name in _ids(await self._ari.ask("GET", "bridges")) if name.startswith(self._ends.prefix)
        }
        sounds, bridges = self._paths.names()
        sounds_there = {name for name in here if name.startswith(f"{self._ends.prefix}sound-")}
        await self._paths.clear(sounds=sounds_there - sounds, bridges=bridges_there - bridges)
        for end in known:
            if end.channel not in here:
                self._listener.ended(end)
                continue
            await self._be_told_of(end.channel, told)
            if end.outbound and not end.up.is_set() and here[end.channel].state == "Up":
                self._listener.answered(end)
        for sound in sounds_before - set(here):
            if owner := self._paths.owner_of(sound):
                self._sound_lost(owner)
        for name in here.keys() - sounds_there:
            if self._ends.of_channel(name) is not None or name in self._ends.forgotten:
                continue
            mine = name in told or here[name].app == self._options.app
            if name.startswith(self._ends.prefix) or (mine and here[name].state in ON_THE_LINE):
                await self._be_told_of(name, told)
                self._entered(here[name])

    async def _be_told_of(self, channel: str, told: set[str]) -> None:
        """An exchange whose application nobody was for a while may have forgotten whose channels these are."""
        if channel in told:
            return
        try:
            await self._ari.ask(
                "POST", "applications", self._options.app, "subscription", eventSource=f"channel:{channel}"
            )
        except AriRefused:
            return  # it has ended in this very moment

    async def _get_to_know(self) -> None:
        """Raises EngineDown when the exchange cannot carry voices to us."""
        info = await self._ari.ask("GET", "asterisk", "info")
        system = info.get("system") if isinstance(info, dict) else None
        self._version = str(system.get("version", ""))[:40] if isinstance(system, dict) else ""
        try:
            module = await self._ari.ask("GET", "asterisk", "modules", VOICE_MODULE)
        except NotThere:
            module = None
        if not isinstance(module, dict) or module.get("status") != "Running":
            raise EngineDown(f"the module {VOICE_MODULE} is not loaded: voices cannot come to us")

    async def _pay(self) -> None:
        while self._owed:
            await asyncio.sleep(self._options.retry_seconds)
            for channel in list(self._owed):
                try:
                    await self._ari.ask("DELETE", "channels", channel, reason="normal")
                except AriAway:
                    break
                except AriRefused:
                    pass  # gone already, or not to be ended by us
                self._owed.pop(channel, None)


def _channels(said: Any) -> list[Channel]:
    found = []
    for each in said if isinstance(said, list) else ():
        try:
            found.append(channel_of(each))
        except (KeyError, TypeError, AttributeError):
            log.warning("the exchange lists a channel we cannot read")
    return found


def _names(said: Any, field: str) -> list[str]:
    names = said.get(field) if isinstance(said, dict) else None
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _ids(said: Any) -> list[str]:
    entries = said if isinstance(said, list) else []
    return [entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
