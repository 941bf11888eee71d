"""Same incident? How often the proposals of *Mungkin sama* are right, on real incidents with callers made up for them.

Every proposal at the top is taken, which no taker does: the figures say how good the proposals are, not the people.
The threshold is looked for on the first half of the months and everything is reported on the second. The other way of
doing it (the nearest incident of the same family within so many metres and minutes, the best of a table of radii)
runs on the same callers.

The log names an accident twice when police and fire brigade both drove to it; ``as_logged`` are the figures when
these stay two incidents, so that recognising them counts as wrong.

What it cannot show: the callers have the form the model expects, so expect less in the field. A medical caller is
proposed only at the same address (rule 2 of domain/linking.py): his other duplicates count as missed.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from math import cos, hypot, pi, radians, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.link_callers import CALLERS_MORE, Caller, Happened, callers_of, incidents_of, storm_days

from siaga.city_files import load_city
from siaga.domain.city import City
from siaga.domain.linking import RADIUS_SIGMAS, Known, Linking, Report
from siaga.domain.place import METRES_PER_DEGREE, Place
from siaga.settings import Settings

LOG = Path(__file__).resolve().parents[2] / "shared/data/calls/columbia-mo-dispatch/incidents.parquet"
THRESHOLDS = tuple(step / 5.0 for step in range(-5, 26))
RADII_KM = (0.2, 0.5, 1.0, 2.0)
WINDOWS_MINUTES = (15.0, 30.0, 60.0)
WRONGLY_MERGED_MAX = 0.05
STORM_WRONGLY_MERGED_MAX = 0.09
STORMS = 3  # different ones: a single storm has only 120 trees to be wrong about
SMOKE_INCIDENTS = 1500
OPEN_INCIDENTS = 500  # for the time of one proposal


class Usual:
    """What is usual: incidents by type in four weeks, and where they happen."""

    def __init__(self, real: Sequence[Happened], days: int) -> None:
        share = days / ((real[-1].minutes - real[0].minutes) / 1440.0)
        self.by_type = {code: round(n * share) for code, n in Counter(one.type for one in real).items()}
        self.everywhere = sum(self.by_type.values())
        self._share = share
        self._x, self._y = np.array([one.x for one in real]), np.array([one.y for one in real])

    def near(self, call: Caller, half_side_km: float) -> int:
        """How many of them in the square around a caller."""
        inside = (np.abs(self._x - call.x) <= half_side_km) & (np.abs(self._y - call.y) <= half_side_km)
        return round(float(inside.sum()) * self._share)


@dataclass(frozen=True)
class Half:
    """One half of the months: ordinary days and storms."""

    usual: Usual
    days: list[Caller]
    storms: list[list[Caller]]


async def run(size: str = "full") -> dict[str, Any]:
    """Figures of one run. ``size``: ``full``, or ``smoke`` for a look that everything works."""
    if not LOG.exists():
        return {"skipped": f"the incidents of {LOG.parent.name} are not beside this checkout"}
    real, logged = incidents_of(LOG)
    if size != "full":
        real, logged = real[:SMOKE_INCIDENTS], logged[:SMOKE_INCIDENTS]
    city = _city(real[: len(real) // 2])
    first, second = _half(city, real[: len(real) // 2], 1), _half(city, real[len(real) // 2 :], 2)
    threshold = _fitted(city, first, THRESHOLDS if size == "full" else THRESHOLDS[::6])
    began = time.process_time()
    found = _scores(city, second, first.usual)
    spent = time.process_time() - began
    as_logged = _scores(city, _half(city, logged[len(logged) // 2 :], 2), first.usual)
    calls = len(second.days) + sum(len(storm) for storm in second.storms)
    return {
        **found,
        "us_per_call": round(spent / calls * 1e6, 1),
        "ms_500_open": round(_ms_with_many_open(city, second), 2),
        "threshold": city.room.link.propose_above,
        "threshold_best_on_first_half": threshold,
        **_peer(city, first, second),
        "incidents": len(real),
        "f1_as_logged": as_logged["f1"],
        "wrongly_merged_as_logged": as_logged["wrongly_merged"],
        "calls": len(second.days),
    }


def _city(fitting: list[Happened]) -> City:
    """The sample city's types and numbers, spread as wide as the real one."""
    city = load_city(Settings.from_env().city)
    n = len(fitting)
    mx, my = sum(one.x for one in fitting) / n, sum(one.y for one in fitting) / n
    xx = sum((one.x - mx) ** 2 for one in fitting) / n
    yy = sum((one.y - my) ** 2 for one in fitting) / n
    xy = sum((one.x - mx) * (one.y - my) for one in fitting) / n
    area = 4.0 * pi * sqrt(xx * yy - xy * xy)
    return replace(city, room=replace(city.room, link=replace(city.room.link, area_km2=area)))


def _families(city: City) -> dict[str, list[str]]:
    return {code: [kind.code for kind in city.types if kind.family == code] for code in CALLERS_MORE}


def _half(city: City, real: list[Happened], seed: int) -> Half:
    usual = Usual(real, city.room.link.usual_days)
    families = _families(city)
    storms = [callers_of(storm_days(real, seed * 100 + n), families, seed * 100 + n) for n in range(STORMS)]
    return Half(usual=usual, days=callers_of(real, families, seed), storms=storms)


def by_odds(city: City, calls: Sequence[Caller], usual: Usual) -> list[int]:
    """Which incident each call is taken for, when the likeliest proposal is always accepted."""
    linking = Linking(city)
    reach = max(one.minutes for one in linking.categories.values())
    rules = city.room.link
    opened: deque[tuple[float, str]] = deque()
    incidents: deque[Known] = deque()
    where: dict[str, int] = {}
    label = []
    for call in calls:
        while opened and call.minutes - opened[0][0] > rules.recent_minutes:
            opened.popleft()
        while incidents and (call.at - incidents[0].opened_at).total_seconds() / 60.0 > reach:
            incidents.popleft()
        report = Report(type=call.type, place=_place(call), at=call.at)
        side = linking.box_km(report.place)
        crowding = linking.crowding(usual.near(call, side), usual.everywhere, side)
        background = linking.background(Counter(kind for _, kind in opened), usual.by_type, crowding)
        like = linking.propose(report, incidents, background)
        if like:
            number = where[like[0].id]
            position = next(n for n, one in enumerate(incidents) if one.id == like[0].id)
            known = incidents[position]
            incidents[position] = replace(known, callers=known.callers + 1, said=(*known.said, report.place))
        else:
            number = len(where)
            where[str(number)] = number
            incidents.append(Known(id=str(number), type=call.type, place=report.place, opened_at=call.at))
            opened.append((call.minutes, call.type))
        label.append(number)
    return label


def _place(call: Caller) -> Place:
    lat = call.y * 1000.0 / METRES_PER_DEGREE
    lon = call.x * 1000.0 / (METRES_PER_DEGREE * cos(radians(lat)))
    return Place(lat=lat, lon=lon, accuracy_m=call.sigma_km * 1000.0 * RADIUS_SIGMAS)


def by_radius(family_of: dict[str, str], calls: Sequence[Caller], km: float, minutes: float) -> list[int]:
    """The nearest call of the same family within a radius and a window, as other systems propose."""
    label: list[int] = []
    times = [call.minutes for call in calls]
    count = 0
    for index, call in enumerate(calls):
        best: tuple[float, int] | None = None
        for before in range(bisect_left(times, call.minutes - minutes), index):
            other = calls[before]
            if family_of[other.type] == family_of[call.type]:
                far = hypot(call.x - other.x, call.y - other.y)
                if far <= km and (best is None or far < best[0]):
                    best = far, before
        label.append(count if best is None else label[best[1]])
        count += best is None
    return label


def score(calls: Sequence[Caller], label: Sequence[int]) -> dict[str, float]:
    """Pairwise precision, recall and F1; first callers taken for known ones, and further callers not recognised."""

    def pairs(counts: Counter[Any]) -> int:
        return sum(n * (n - 1) // 2 for n in counts.values())

    truth = [call.truth for call in calls]
    both, real, said = (pairs(Counter(of)) for of in (zip(truth, label, strict=True), truth, label))
    known_truth: set[int] = set()
    known_label: set[int] = set()
    wrong = missed = 0
    for which, named in zip(truth, label, strict=True):
        wrong += which not in known_truth and named in known_label
        missed += which in known_truth and named not in known_label
        known_truth.add(which)
        known_label.add(named)
    further = len(calls) - len(known_truth)
    return {
        "f1": 2.0 * both / max(real + said, 1), "precision": both / max(said, 1), "recall": both / max(real, 1),
        "wrongly_merged": wrong / len(known_truth), "missed": missed / max(further, 1),
    }  # fmt: skip


def _scores(city: City, half: Half, usual: Usual) -> dict[str, float]:
    return _reported(half, lambda calls: by_odds(city, calls, usual))


def _reported(half: Half, way: Callable[[Sequence[Caller]], list[int]]) -> dict[str, float]:
    days = score(half.days, way(half.days))
    storms = [score(storm, way(storm)) for storm in half.storms]
    days["storm_f1"] = sum(one["f1"] for one in storms) / len(storms)
    days["storm_wrongly_merged"] = sum(one["wrongly_merged"] for one in storms) / len(storms)
    return {name: round(value, 4) for name, value in days.items()}


def _fitted(city: City, half: Half, thresholds: Sequence[float]) -> float:
    """The threshold with the best F1 on this half among those that keep both limits on it."""
    best = (-1.0, thresholds[-1])
    for threshold in thresholds:
        link = replace(city.room.link, propose_above=threshold)
        found = _scores(replace(city, room=replace(city.room, link=link)), half, half.usual)
        if found["wrongly_merged"] <= WRONGLY_MERGED_MAX and (
            found["storm_wrongly_merged"] <= STORM_WRONGLY_MERGED_MAX
        ):
            best = max(best, (found["f1"], threshold))
    return best[1]


def _peer(city: City, first: Half, second: Half) -> dict[str, Any]:
    """The best radius and window on the first half, within the same limits if any keeps them, on the second."""
    family_of = {kind.code: kind.family or kind.code for kind in city.types}
    table = []
    for km in RADII_KM:
        for minutes in WINDOWS_MINUTES:
            found = score(first.days, by_radius(family_of, first.days, km, minutes))
            table.append((found["wrongly_merged"] <= WRONGLY_MERGED_MAX, found["f1"], km, minutes))
    _, _, km, minutes = max(table)
    _, _, widest_km, widest_minutes = max(table, key=lambda row: row[1])
    kept = _reported(second, lambda calls: by_radius(family_of, calls, km, minutes))
    free = _reported(second, lambda calls: by_radius(family_of, calls, widest_km, widest_minutes))
    shown = ("f1", "wrongly_merged", "storm_f1", "storm_wrongly_merged", "missed")
    return {
        "peer_rule": f"{km} km, {minutes:.0f} min",
        **{f"peer_{name}": kept[name] for name in shown},
        "peer_best_f1_rule": f"{widest_km} km, {widest_minutes:.0f} min",
        **{f"peer_best_f1_{name}": free[name] for name in shown},
    }


def _ms_with_many_open(city: City, half: Half) -> float:
    """CPU milliseconds of one proposal beside OPEN_INCIDENTS open ones, all within the hour."""
    linking = Linking(city)
    calls = half.days[:OPEN_INCIDENTS]
    now = calls[-1].at
    incidents = [
        Known(id=str(n), type=call.type, place=_place(call), opened_at=now - timedelta(minutes=n % 55))
        for n, call in enumerate(calls)
    ]
    report = Report(type=calls[0].type, place=_place(calls[0]), at=now)
    background = linking.background(Counter(call.type for call in calls), half.usual.by_type)
    began = time.process_time()
    for _ in range(20):
        linking.propose(report, incidents, background)
    return (time.process_time() - began) / 20 * 1000.0
