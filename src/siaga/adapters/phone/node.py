"""Puts a call node together and keeps it running: engine, prompts, reports, journal, side door."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from siaga import clock
from siaga.adapters.phone.asterisk.asterisk_engine import AsteriskEngine
from siaga.adapters.phone.asterisk.options import asterisk_options_of
from siaga.adapters.phone.call_node import DEMO_HEADER, CallNode
from siaga.adapters.phone.control import ControlApp, ControlServer, control_socket, listen
from siaga.adapters.phone.engine import EngineDown, TelephonyEngine
from siaga.adapters.phone.heartbeat import Beating
from siaga.adapters.phone.setup import options_of
from siaga.adapters.phone.sip.baresip_engine import BaresipEngine
from siaga.adapters.phone.sip.location_headers import header_names, location_in
from siaga.adapters.phone.sip.trunk import own_addresses
from siaga.adapters.phone.sound.prompts import PromptBook, prompt_book
from siaga.adapters.phone.sound.recorder import mend
from siaga.adapters.phone.trunk_watch import TrunkWatch
from siaga.city_files import CityUnreadable, load_room
from siaga.domain.location_rules import STANDARD_LOCATIONS, LocationRules
from siaga.features.calls import actions
from siaga.features.calls.conversation import legs
from siaga.features.calls.nodes.fault_alarms import DiskWatch
from siaga.features.calls.silence import actions as silent_actions
from siaga.features.locating import recording as locations
from siaga.records.archive import Action, Archive
from siaga.records.identity import new_id
from siaga.records.recording_keys import KeyRing
from siaga.settings import Settings

__all__ = ["ACTIONS", "DEMO_HEADER", "options_of", "run_node"]

log = logging.getLogger(__name__)

BYTES_PER_MEGABYTE = 1_000_000
DISK_SECONDS = 10.0  # a disk fills slowly; a person still makes room in time
ADDRESS_SECONDS = 10.0  # how often we look whether the machine has moved to another network

ACTIONS: Mapping[str, Action[Any]] = {
    "call_arrived": actions.call_arrived,
    "digit_pressed": actions.digit_pressed,
    "caller_confirmed": actions.caller_confirmed,
    "caller_hung_up": actions.caller_hung_up,
    "voice_watch_changed": silent_actions.voice_watch_changed,
    "voice_heard": silent_actions.voice_heard,
    "knock_heard": silent_actions.knock_heard,
    "check_played": silent_actions.check_played,
    "recording_saved": actions.recording_saved,
    "node_lost": actions.node_lost,
    "seat_connected": actions.seat_connected,
    "seat_lost": actions.seat_lost,
    "leg_rang": legs.leg_rang,
    "leg_answered": legs.leg_answered,
    "leg_ended": legs.leg_ended,
    "location_told": locations.location_told,
}


async def run_node(
    settings: Settings,
    archive: Archive,
    *,
    ready: Callable[[], None] = lambda: None,
    engine: TelephonyEngine | None = None,
) -> None:
    """Serve calls until cancelled. ``archive`` may be a LateArchive; ``ready`` is called when calls are heard.

    Raises EngineDown, with a reason a person can act on, when the telephone cannot listen or has failed: the
    process must then end and be started again.
    """
    node = settings.node
    prompts = await asyncio.to_thread(prompt_book, settings.city)
    for bad in prompts.refused:
        log.error("a recorded prompt cannot be used: %s", bad)
    if prompts.missing:
        log.warning("no sound for the prompts %s: a ring is played instead", ", ".join(prompts.missing))
    recordings = settings.recordings
    recordings.mkdir(mode=0o700, parents=True, exist_ok=True)
    left_behind = await asyncio.to_thread(
        lambda: list(mend(recordings, node, KeyRing(settings.recording_key_folder)))
    )
    rules = await asyncio.to_thread(location_rules, settings.city)
    line = engine or engine_of(settings, prompts, rules)
    calls = CallNode(
        line,
        archive,
        ACTIONS,
        node=node,
        recordings=recordings,
        spool=settings.home / "phone",
        now=clock.now,
        new_id=new_id,
        demo=settings.demo,
        location_in=partial(location_in, rules=rules),
    )
    side_door = ControlServer(
        ControlApp(
            line,
            lambda: {
                "node": node,
                "reports_waiting": calls.outbox.waiting,
                "recordings_free_mb": _free_mb(recordings),
            },
        )
    )
    beating = Beating(archive, node, new_id(), lambda: (calls.live, tuple(line.health().seats)), clock.now)
    socket_file = control_socket(settings.home, node)
    serving: asyncio.Task[None] | None = None
    try:
        await beating.once()  # before the first call: what is decided about the previous life cannot touch it
        await calls.begin(left_behind)
        serving = asyncio.create_task(side_door.serve(sockets=[listen(socket_file)]))
        ready()
        async with asyncio.TaskGroup() as group:
            group.create_task(calls.work())
            group.create_task(beating.forever())
            group.create_task(TrunkWatch(line, archive, node, clock.now).forever())
            group.create_task(_watch_disk(archive, recordings))
            group.create_task(_watch_addresses(line, settings.sip_host))
    except* EngineDown as failed:
        raise EngineDown(_reason(failed)) from failed
    finally:
        side_door.should_exit = True
        if serving is not None:
            await serving
        await calls.end()


def _free_mb(folder: Path) -> int | None:
    """Room for recordings. Too little never stops a call: it is shown, and a full disk costs the recording only."""
    try:
        return shutil.disk_usage(folder).free // BYTES_PER_MEGABYTE
    except OSError:
        return None


def location_rules(city: Path) -> LocationRules:
    """What this city's operators send. A file nobody can read costs the circles, never a call."""
    try:
        return load_room(city).locations
    except CityUnreadable as unreadable:
        log.error("callers' locations are read with the standard rules: %s", unreadable)
        return STANDARD_LOCATIONS


def engine_of(
    settings: Settings, prompts: PromptBook, rules: LocationRules = STANDARD_LOCATIONS
) -> TelephonyEngine:
    """The engine the settings choose. Raises SettingInvalid, naming the variable."""
    options = replace(options_of(settings), location_headers=header_names(rules))
    if settings.phone_engine == "asterisk":
        return AsteriskEngine(options, asterisk_options_of(settings), prompts, new_id)
    return BaresipEngine(options, prompts, new_id)


def _reason(failed: BaseExceptionGroup[EngineDown]) -> str:
    """The words of the failure inside; groups nest as tasks do."""
    first = failed.exceptions[0]
    return _reason(first) if isinstance(first, BaseExceptionGroup) else str(first)


async def _watch_disk(archive: Archive, folder: Path) -> None:
    """A node on a machine of its own fills a disk of its own."""
    watch = DiskWatch(folder)
    while True:
        try:
            await watch(archive, clock.now())
        except Exception as failed:  # noqa: BLE001  a poller: a node without a record goes on serving its callers
            log.debug("how full the disk is, is not in the record yet: %s", type(failed).__name__)
        await asyncio.sleep(DISK_SECONDS)


async def _watch_addresses(engine: TelephonyEngine, host: str) -> None:
    """A machine that moved to another network must listen there: start again when nobody is on the line."""
    if host != "0.0.0.0":  # noqa: S104
        return
    before = own_addresses()
    while True:
        await asyncio.sleep(ADDRESS_SECONDS)
        if own_addresses() != before and engine.health().calls == 0:
            raise EngineDown(f"the machine's addresses changed: {before} before, {own_addresses()} now")
