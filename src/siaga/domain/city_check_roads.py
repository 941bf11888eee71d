"""Whether the kilometre posts a city has entered can be believed: enough anchors, in one direction, on Earth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from siaga.domain.city import City
from siaga.domain.city_finding import Finding, contoh, error
from siaga.domain.place import metres_between, on_earth

ANCHORS_MIN = 2
METRES_PER_KM_MAX = 1_500.0  # as the crow flies; farther apart is a slip of a digit


def check_roads(city: City) -> Iterator[Finding]:
    """What is wrong with kilometres.toml."""
    for code, times in Counter(road.code for road in city.kilometre_roads).items():
        if times > 1:
            yield error(f"kilometres.toml [[road]] “{code}”", f"ditulis {times} kali.")
    for road in city.kilometre_roads:
        where = f"kilometres.toml [[road]] “{road.code}”"
        points = [*((anchor.lat, anchor.lon) for anchor in road.anchors), *road.line]
        if not all(on_earth(*point) for point in points):
            yield error(where, "anchors dan line berisi lintang dan bujur dalam derajat.")
            continue
        if len({anchor.km for anchor in road.anchors}) < ANCHORS_MIN:
            yield error(where, "perlu paling sedikit dua patok (anchors) dengan kilometer berbeda.")
        for one, other in pairwise(sorted(road.anchors, key=lambda anchor: anchor.km)):
            apart = metres_between(one.lat, one.lon, other.lat, other.lon)
            kilometres = other.km - one.km
            if kilometres and apart > METRES_PER_KM_MAX * kilometres:
                yield error(where, f"patok {one.km:g} dan {other.km:g} terlalu berjauhan: periksa angkanya.")
    if samples := [road.code for road in city.kilometre_roads if road.sample]:
        yield contoh("kilometres.toml", f"{len(samples)} ruas jalan hanya contoh: {', '.join(samples)}.")
