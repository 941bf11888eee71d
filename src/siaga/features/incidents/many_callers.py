"""Alarm A9: so many people report one thing within minutes that it may be a major incident. Advice, never more.

Callers count whether they were joined to one incident or each opened one within its type's reach: the cluster is
what matters. The advice stands on the oldest of them and ends by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property

from siaga.domain.alarm import Alarm, AlarmKind
from siaga.domain.city import City
from siaga.domain.event import CallerJoined, IncidentOpened
from siaga.domain.incident import Incident, Reporter
from siaga.domain.link_rules import LinkRules
from siaga.domain.linking import Linking
from siaga.domain.place import metres_between
from siaga.records.archive import Entry, Since, Transaction

PRIORITY = 3  # advice: it does not sound
LOOKED_AT_MAX = 200  # newest; with more open at once nobody needs the advice any more


class Crowds:
    """Follows the journal and looks at the cluster whenever somebody has reported something."""

    def __init__(self, city: City) -> None:
        self._city = city
        self._rules: LinkRules = city.room.link

    @cached_property
    def _linking(self) -> Linking:
        """Made when the first report comes: the simulated days start thousands of workers that see none."""
        return Linking(self._city)

    async def react(self, tx: Transaction, entries: Sequence[Entry], now: datetime) -> None:
        """Raise the advice where a cluster has grown large enough."""
        for entry in entries:
            if isinstance(entry.event, IncidentOpened | CallerJoined):
                await self._look(tx, entry.event.incident, entry.event.at)

    async def _look(self, tx: Transaction, incident: str, at: datetime) -> None:
        reported = await tx.seek(Incident, incident)
        if reported is None or not reported.is_open or reported.protected:
            return
        cluster = await self._cluster(tx, reported)
        if any(one.major or one.parent is not None for one in cluster):
            return
        callers = 0
        for one in cluster:
            callers += len(await _recent(tx, one, at, self._rules))
        if callers >= self._rules.many_callers:
            oldest = min(cluster, key=lambda one: (one.opened_at, one.id))
            await _raise(tx, oldest, callers, self._rules, at)

    async def _cluster(self, tx: Transaction, reported: Incident) -> list[Incident]:
        """The open incidents of the same category within its reach, this one among them."""
        category = self._linking.category_of.get(reported.type)
        if category is None or category.private or not reported.place.has_point:
            return [reported]
        since = reported.opened_at - timedelta(minutes=category.minutes)
        found = [reported]
        for one in (await tx.find(Incident, outcome=None, opened_at=Since(since)))[-LOOKED_AT_MAX:]:
            other = self._linking.category_of.get(one.type)
            if one.id == reported.id or one.protected or other is None or other.code != category.code:
                continue
            if _metres(reported, one) <= category.reach_m:
                found.append(one)
        return found


async def end_advice(tx: Transaction, *, city: City, now: datetime) -> int:
    """Advice ends when the incident is closed, is part of a major one, or nobody has called about it for a while."""
    ended = 0
    for alarm in await tx.find(Alarm, kind=AlarmKind.MANY_CALLERS, cleared_at=None):
        known = await tx.seek(Incident, alarm.incident or "")
        over = known is None or not known.is_open or known.major or known.parent is not None
        calm = now - alarm.raised_at > timedelta(minutes=city.room.link.many_minutes)
        if over or (calm and known is not None and not await _recent(tx, known, now, city.room.link)):
            tx.keep(alarm.cleared(at=now))
            ended += 1
    return ended


async def _recent(tx: Transaction, incident: Incident, at: datetime, rules: LinkRules) -> list[Reporter]:
    return await tx.find(Reporter, incident=incident.id, at=Since(at - timedelta(minutes=rules.many_minutes)))


async def _raise(tx: Transaction, incident: Incident, callers: int, rules: LinkRules, at: datetime) -> None:
    id = f"{AlarmKind.MANY_CALLERS}:{incident.id}"
    if await tx.seek(Alarm, id) is not None:
        return  # once is advice, twice is nagging
    words = f"{callers}/{rules.many_minutes:.0f}"
    alarm = Alarm(
        id=id, kind=AlarmKind.MANY_CALLERS, priority=PRIORITY, raised_at=at, incident=incident.id, words=words
    )
    tx.put(alarm)
    tx.record(alarm.fact())


def _metres(one: Incident, other: Incident) -> float:
    a, b = one.place, other.place
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return float("inf")
    return metres_between(a.lat, a.lon, b.lat, b.lon)
