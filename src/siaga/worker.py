"""The worker process: followers that react to the journal, and a ticker that asks what is overdue now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from siaga import clock
from siaga.adapters.maps.held import HeldServer
from siaga.adapters.messages.channels import AppriseChannel, Channel, RecordedMessages, TextGateway
from siaga.adapters.messages.outgoing import Composer, Sender
from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.shift import AUDIO_GRACE_SECONDS
from siaga.features.calls import actions as calls
from siaga.features.calls import offering
from siaga.features.calls.conversation import legs
from siaga.features.calls.nodes.watch import LOOK_SECONDS, NodeWatch
from siaga.features.calls.owed.actions import ring_missed, text_missed
from siaga.features.calls.pranks.flags import Flagging, check_outcomes
from siaga.features.calls.room.load import PhoneRoom, hurry_wrapups, watch_room
from siaga.features.calls.silence import actions as silent_actions
from siaga.features.console.reminders import tell_due
from siaga.features.dispatch import actions as dispatch
from siaga.features.dispatch.shelving import return_shelved
from siaga.features.incidents import many_callers
from siaga.features.incidents.premises.actions import expire_premises
from siaga.features.incidents.protected.actions import watch_legal_clocks
from siaga.features.incidents.types.duty import LOOK_SECONDS as TRAINING_LOOK_SECONDS
from siaga.features.incidents.types.duty import NightlyTraining
from siaga.features.locating.asking import Asker, LocationServer
from siaga.features.locating.following import Locating
from siaga.records import followers
from siaga.records.archive import Archive
from siaga.records.followers import Follower
from siaga.records.writer import DatabaseAway

log = logging.getLogger("siaga.worker")

TICK_SECONDS = 1.0

Duty = Callable[[Archive, datetime], Awaitable[Any]]


@dataclass(frozen=True)
class Work:
    """What one installation's worker needs to know."""

    archive: Archive
    city: City
    secret: bytes
    public_url: str
    channel: Channel
    twin: Channel
    texts: Channel | None = None  # the gateway for texts to callers; without it none is ever written
    locations: LocationServer = field(default_factory=HeldServer)
    now: Callable[[], datetime] = clock.now


def followers_of(work: Work) -> tuple[Follower, ...]:
    """Who follows the journal, and what it does when something happens."""
    return (
        Follower("calls", PhoneRoom(work.city).react),
        Follower("legs", legs.react),
        Follower("flags", Flagging(work.city.room, work.secret).react),
        Follower("dispatch", dispatch.Dispatching(work.city).react),
        Follower("locations", Locating(work.city).react),
        Follower("crowds", many_callers.Crowds(work.city).react),
        Follower("messages", Composer(work.city, work.secret, work.public_url).react),
    )


def duties_of(work: Work) -> tuple[tuple[str, Duty], ...]:
    """What is asked every second. Each looks at rows only, so a restart forgets nothing."""
    sender = Sender(work.archive, work.channel, work.twin, work.now, work.texts)
    asker = Asker(work.archive, work.locations)
    room = work.city.room
    return (
        ("offers expire", lambda archive, now: archive.do(calls.expire_offers, now=now)),
        ("lost headsets", lambda archive, now: archive.do(
            calls.return_dropped, now=now, grace_seconds=AUDIO_GRACE_SECONDS)),
        ("legs expire", lambda archive, now: archive.do(legs.expire_legs, now=now)),
        ("legs are tidy", lambda archive, now: archive.do(legs.tidy, now=now)),
        ("wrap-ups end", lambda archive, now: archive.do(calls.finish_wrapups, now=now)),
        ("silent checks", lambda archive, now: archive.do(
            silent_actions.run_checks, rules=work.city.room.silent, now=now)),
        ("offers", lambda archive, now: archive.do(
            offering.offer_waiting, now=now, rules=work.city.room)),
        ("wrap-ups in a flood", lambda archive, now: archive.do(hurry_wrapups, city=work.city, now=now)),
        ("room alarms", lambda archive, now: archive.do(watch_room, city=work.city, now=now)),
        ("queue alarms", lambda archive, now: archive.do(offering.watch_queue, now=now)),
        ("escalation", lambda archive, now: archive.do(dispatch.escalate_overdue, city=work.city, now=now)),
        ("shelved alarms return", lambda archive, now: archive.do(return_shelved, now=now)),
        ("alarms end", lambda archive, now: archive.do(dispatch.clear_ended_alarms, now=now)),
        ("facts about places end", lambda archive, now: archive.do(expire_premises, now=now)),
        ("legal clocks", lambda archive, now: archive.do(watch_legal_clocks, now=now)),
        ("advice ends", lambda archive, now: archive.do(many_callers.end_advice, city=work.city, now=now)),
        ("messages", lambda archive, now: sender.send_due()),
        ("reminders", lambda archive, now: archive.do(tell_due, now=now)),
        ("networks asked where callers are", lambda archive, now: asker.ask_due(now)),
        ("flagged calls", lambda archive, now: archive.do(check_outcomes, now=now)),
        ("missed callers rung", lambda archive, now: archive.do(
            ring_missed, room=room, zone=work.city.zone, now=now)),
        ("texts to missed callers", lambda archive, now: archive.do(
            text_missed, room=room, gateway=work.texts is not None, now=now)),
    )  # fmt: skip


async def run_worker(
    archive: Archive,
    city: City,
    secret: bytes,
    public_url: str,
    sms_gateway: str = "",
    is_dead: Callable[[str], bool] = lambda _: False,
) -> None:
    """Follow and tick until cancelled. ``is_dead``: whether no process is behind a call node's name any more."""
    texts = TextGateway(AppriseChannel(), sms_gateway) if sms_gateway else None
    work = Work(archive, city, secret, public_url, AppriseChannel(), RecordedMessages(), texts)
    async with asyncio.TaskGroup() as group:
        for follower in followers_of(work):
            group.create_task(followers.run(archive, follower, clock.now), name=f"follower {follower.name}")
        for name, duty in duties_of(work):
            group.create_task(_again_and_again(archive, name, duty), name=f"duty {name}")
        watch = _again_and_again(archive, "call nodes", NodeWatch(is_dead), LOOK_SECONDS)
        group.create_task(watch, name="duty call nodes")
        training = _again_and_again(archive, "type model", NightlyTraining(city), TRAINING_LOOK_SECONDS)
        group.create_task(training, name="duty type model")


async def _again_and_again(archive: Archive, name: str, duty: Duty, seconds: float = TICK_SECONDS) -> None:
    """One duty, every so many seconds, on its own: a slow channel must not delay an escalation."""
    while True:
        begun = clock.monotonic()
        try:
            await duty(archive, clock.now())
        except DatabaseAway:
            log.warning("%s: the database is away; trying again", name)
        except RuleBroken as refusal:
            log.error("%s: refused: %s", name, refusal)
        await asyncio.sleep(max(0.05, seconds - (clock.monotonic() - begun)))
