"""Names of an OpenStreetMap extract: streets and alleys with their course, landmarks and addresses with their point.

Data (c) OpenStreetMap contributors, ODbL: whoever shows them says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import hypot
from pathlib import Path
from typing import Any

import shapely

from siaga.adapters.maps.spoken_names import folded_name
from siaga.adapters.maps.street_lines import Points, apart_m, encoded
from siaga.domain.known_place import ALIASES_MAX, LINE_CHARACTERS_MAX, NAME_CHARACTERS_MAX
from siaga.domain.place import metres_between

JOIN_METRES = 250.0  # pieces of one name this close are one street; farther apart, two streets of that name
SIMPLIFY_DEGREES = 0.00008  # about 9 m: as exact as the middle of a road is drawn
SPOT_DOUBT_METRES = 30.0
ROADS = frozenset({
    "motorway", "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "service",
    "pedestrian", "footway", "path", "track", "road", "steps", "motorway_link", "trunk_link", "primary_link",
    "secondary_link", "tertiary_link",
})  # fmt: skip
KINDS: dict[str, dict[str, str]] = {
    "amenity": {
        "place_of_worship": "tempat ibadah", "hospital": "rumah sakit", "clinic": "klinik", "doctors": "klinik",
        "pharmacy": "apotek", "school": "sekolah", "kindergarten": "sekolah", "university": "kampus",
        "college": "kampus",
        "police": "kantor polisi", "fire_station": "pos pemadam", "townhall": "kantor pemerintah", "bank": "bank",
        "atm": "bank", "fuel": "SPBU", "marketplace": "pasar", "restaurant": "tempat makan", "cafe": "tempat makan",
        "fast_food": "tempat makan", "bus_station": "terminal", "ferry_terminal": "pelabuhan", "parking": "parkir",
        "community_centre": "balai warga", "post_office": "kantor pos", "prison": "lapas", "cinema": "bioskop",
        "grave_yard": "makam", "courthouse": "pengadilan",
    },
    "shop": {"mall": "mal", "supermarket": "swalayan", "convenience": "toko", "department_store": "mal", "*": "toko"},
    "tourism": {"hotel": "hotel", "guest_house": "hotel", "attraction": "tempat umum", "museum": "tempat umum"},
    "leisure": {"stadium": "tempat umum", "park": "taman", "sports_centre": "tempat umum", "pitch": "lapangan"},
    "office": {"government": "kantor pemerintah", "*": "kantor"},
    "railway": {"station": "stasiun", "halt": "stasiun", "level_crossing": "perlintasan"},
    "aeroway": {"aerodrome": "bandara"},
    "harbour": {"yes": "pelabuhan"},
    "landuse": {"residential": "perumahan", "cemetery": "makam", "industrial": "pabrik"},
    "place": {
        "neighbourhood": "kampung", "hamlet": "dusun", "quarter": "kampung", "village": "desa", "suburb": "kelurahan",
        "isolated_dwelling": "dusun", "island": "pulau", "square": "tempat umum",
    },
    "man_made": {"pier": "dermaga", "water_tower": "menara", "bridge": "jembatan"},
    "historic": {"*": "tempat umum"}, "building": {"*": "gedung"}, "junction": {"*": "simpang"},
    "waterway": {"river": "sungai", "canal": "sungai", "stream": "sungai"}, "natural": {"beach": "pantai"},
}  # fmt: skip
# The first of these that fits says what a thing is; what fits none is no landmark people call by name.
_ALIAS_TAGS = (
    "alt_name",
    "old_name",
    "short_name",
    "loc_name",
    "official_name",
    "name:id",
    "name:en",
    "operator:short",
)
STREET, ALLEY = "jalan", "gang"


@dataclass(frozen=True, kw_only=True)
class OsmName:
    """One name of the extract. ``line``: an encoded polyline; ``accuracy_m``: how far from its point it may be."""

    name: str
    kind: str
    lat: float
    lon: float
    accuracy_m: float
    line: str | None = None
    aliases: tuple[str, ...] = ()


@dataclass
class _Street:
    name: str
    kind: str
    aliases: tuple[str, ...]
    pieces: list[Points] = field(default_factory=list)


def names_of(pbf: Path) -> Iterator[OsmName]:
    """Everything with a name, streets first. Raises OSError and RuntimeError as pyosmium does for a broken file."""
    streets: dict[tuple[str, str], _Street] = {}
    spots: dict[tuple[str, str, int, int], OsmName] = {}
    for thing in _things(pbf):
        tags = thing.tags
        if thing.is_way() and (points := _points(thing)) and tags.get("highway") in ROADS:
            if name := _clean(tags.get("name", "")):
                kind = ALLEY if folded_name(name).startswith(("gang ", "gg ")) else STREET
                street = streets.setdefault(
                    (folded_name(name), kind), _Street(name=name, kind=kind, aliases=_aliases(tags, name))
                )
                street.pieces.append(points)
            continue
        for spot in _spots(thing):
            # a shop and its building, a way and its area: once is enough
            spots.setdefault((spot.name, spot.kind, round(spot.lat * 500), round(spot.lon * 500)), spot)
    for street in streets.values():
        yield from _joined(street)
    yield from spots.values()


def _things(pbf: Path) -> Iterable[Any]:
    import osmium  # takes a fifth of a second to load, and only imports need it

    keys = ("name", "addr:street", "addr:housename")
    return (
        osmium.FileProcessor(str(pbf))
        .with_locations()
        .with_areas()
        .with_filter(osmium.filter.EmptyTagFilter())
        .with_filter(osmium.filter.KeyFilter(*keys))
    )


def _points(way: Any) -> Points:
    return [(node.lat, node.lon) for node in way.nodes if node.location.valid()]


def _spots(thing: Any) -> Iterator[OsmName]:
    """A landmark, and the address of a numbered house. Closed ways come as areas; only those are landmarks."""
    centre = _centre(thing)
    if centre is None:
        return
    lat, lon, reach = centre
    name, kind = _clean(thing.tags.get("name", "")), _kind(thing.tags)
    doubt = max(SPOT_DOUBT_METRES, round(reach))
    if name and kind:
        yield OsmName(
            name=name, kind=kind, lat=lat, lon=lon, accuracy_m=doubt, aliases=_aliases(thing.tags, name)
        )
    street, number = _clean(thing.tags.get("addr:street", "")), _clean(thing.tags.get("addr:housenumber", ""))
    if street and number:
        yield OsmName(
            name=f"{street} no {number}"[:NAME_CHARACTERS_MAX],
            kind="alamat",
            lat=lat,
            lon=lon,
            accuracy_m=doubt,
        )


def _centre(thing: Any) -> tuple[float, float, float] | None:
    """Latitude, longitude and half the extent in metres."""
    if thing.is_node():
        return (thing.lat, thing.lon, 0.0) if thing.location.valid() else None
    if thing.is_area():
        points = [(n.lat, n.lon) for ring in thing.outer_rings() for n in ring if n.location.valid()]
    elif thing.is_way() and not thing.is_closed():
        points = list(_points(thing))
    else:
        return None
    if not points:
        return None
    lats, lons = [lat for lat, _ in points], [lon for _, lon in points]
    south, north, west, east = min(lats), max(lats), min(lons), max(lons)
    return (south + north) / 2, (west + east) / 2, metres_between(south, west, north, east) / 2


def _kind(tags: Any) -> str:
    for key, values in KINDS.items():
        value = tags.get(key)
        if value is not None and value != "no":
            kind = values.get(value) or values.get("*")
            if kind:
                return kind
    return ""


def _aliases(tags: Any, name: str) -> tuple[str, ...]:
    said: dict[str, None] = {}
    for tag in _ALIAS_TAGS:
        for part in (tags.get(tag) or "").split(";"):
            if (text := _clean(part)) and text != name:
                said.setdefault(text)
    return tuple(said)[:ALIASES_MAX]


def _clean(text: str) -> str:
    return " ".join(text.split())[:NAME_CHARACTERS_MAX]


def _joined(street: _Street) -> Iterator[OsmName]:
    """The pieces of a name that belong together as one street each: its longest course, and how far it reaches."""
    groups: list[list[Points]] = []
    for piece in sorted(street.pieces, key=len, reverse=True):
        close = [group for group in groups if any(apart_m(piece, other) <= JOIN_METRES for other in group)]
        merged = [piece, *(other for group in close for other in group)]
        groups = [group for group in groups if group not in close]
        groups.append(merged)
    for group in groups:
        merged_line = shapely.line_merge(
            shapely.MultiLineString([[(lon, lat) for lat, lon in piece] for piece in group if len(piece) > 1])
        )
        lines = list(getattr(merged_line, "geoms", [merged_line])) if not merged_line.is_empty else []
        if not lines:
            continue
        every = [(float(y), float(x)) for line in lines for x, y in line.coords]
        south, north = min(lat for lat, _ in every), max(lat for lat, _ in every)
        west, east = min(lon for _, lon in every), max(lon for _, lon in every)
        lat, lon = min(every, key=lambda at: hypot(at[0] - (south + north) / 2, at[1] - (west + east) / 2))
        yield OsmName(
            name=street.name,
            kind=street.kind,
            lat=lat,
            lon=lon,
            accuracy_m=max(SPOT_DOUBT_METRES, round(max(metres_between(lat, lon, *at) for at in every))),
            line=_course(lines),
            aliases=street.aliases,
        )


def _course(lines: list[Any]) -> str | None:
    """The longest stretch, simplified until it fits its column."""
    longest = max(lines, key=lambda line: line.length)
    tolerance = SIMPLIFY_DEGREES
    for _ in range(8):
        points = [(float(y), float(x)) for x, y in longest.simplify(tolerance).coords]
        text = encoded(points)
        if len(text) <= LINE_CHARACTERS_MAX:
            return text
        tolerance *= 2
    return None
