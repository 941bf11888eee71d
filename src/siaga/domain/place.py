"""A place: what the caller said, where that is, and how we know.

Rule 1: no place is refused for being vague; it is marked, so that nobody reads a guess as a fact.
Rule 2: ``text`` is kept as it was said. Finding the point never rewrites the words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import cos, hypot, isfinite, radians
from typing import Protocol

from siaga.domain.errors import RuleBroken

METRES_PER_DEGREE = 111_195.0  # one degree of latitude on a sphere of 6,371,008.8 m (mean radius, IUGG)
NOTES_JOINED_BY = " · "
SNAP_METRES_MAX = 200.0
# A point this close to a boundary still belongs to it: imported outlines leave slivers between neighbours and
# miss piers, and a phone in a street is often wrong by this much. Farther away it is sea or another city.


class PlaceMethod(StrEnum):
    """How the kelurahan of a place was found."""

    POLYGON = "polygon"  # the point lies inside the imported outline
    SNAPPED = "snapped"  # outside every outline, but within SNAP_METRES_MAX of this one
    CENTROID = "centroid"  # no outlines imported: the nearest centre; wrong about one time in five
    GIVEN = "given"  # a person said so
    OUTSIDE = "outside"  # the point is not in this city
    UNKNOWN = "unknown"  # only words so far


LABELS = {
    PlaceMethod.POLYGON: "",
    PlaceMethod.SNAPPED: "tepi batas",
    PlaceMethod.CENTROID: "perkiraan",
    PlaceMethod.GIVEN: "",
    PlaceMethod.OUTSIDE: "luar wilayah",
    PlaceMethod.UNKNOWN: "lokasi belum pasti",
}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something happens. Degrees are WGS 84; ``accuracy_m`` is a radius in metres.

    ``kelurahan`` and ``kecamatan`` are Kemendagri codes. Raises RuleBroken when the coordinates are not on Earth
    or only one of the two is given.
    """

    text: str = ""
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    kelurahan: str | None = None
    kecamatan: str | None = None
    method: PlaceMethod = PlaceMethod.UNKNOWN
    unverified: bool = False  # taken from a name the city has not confirmed
    confirmed: bool = False  # a person made sure of it

    def __post_init__(self) -> None:
        if self.lat is None and self.lon is None:
            return
        if self.lat is None or self.lon is None:
            raise RuleBroken("Koordinat belum lengkap: perlu lintang dan bujur.")
        if not on_earth(self.lat, self.lon):
            raise RuleBroken("Koordinat tidak masuk akal: lintang -90 sampai 90, bujur -180 sampai 180.")

    @property
    def label(self) -> str:
        """The words to show beside the place; empty when there is nothing to warn about."""
        if self.is_outside:
            return LABELS[PlaceMethod.OUTSIDE]
        if self.confirmed:
            return ""
        return LABELS[PlaceMethod.UNKNOWN] if self.unverified else LABELS[self.method]

    @property
    def is_doubtful(self) -> bool:
        """Whether somebody still has to make sure: only words, or a name nobody has confirmed."""
        return not self.confirmed and (self.unverified or self.method is PlaceMethod.UNKNOWN)

    @property
    def is_outside(self) -> bool:
        return self.method is PlaceMethod.OUTSIDE

    @property
    def has_point(self) -> bool:
        return self.lat is not None


@dataclass(frozen=True)
class PlaceNote:
    """An Indonesian sentence for the taker and what fills its gaps; a note somebody wrote stands as it was written."""

    text: str
    gaps: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.gaps) if self.gaps else self.text


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """One answer to what was typed in the place box.

    ``kind`` is a word of the city's gazetteer (street, landmark, kelurahan ...); ``detail`` says where that is, in
    words; ``unverified`` when the city has not confirmed it. Choosing it means using ``place`` as it is.
    ``away_m``: metres beyond the circle the caller is said to be in (0: inside), None when no circle is known;
    ``rt_rw``: what was said of it, for the sheet; ``is_sure``: far enough ahead of the next that a hasty Enter may
    take it; ``name``: what the list calls it, without the caller's other words; ``words``: those of the caller's words
    it was found by; ``notes``: what to know or ask, when kelurahan and kind do not say it.
    """

    label: str
    detail: str
    kind: str
    place: Place
    score: float
    unverified: bool = False
    away_m: float | None = None
    rt_rw: str = ""
    is_sure: bool = False
    name: str = ""
    words: str = ""
    notes: tuple[PlaceNote, ...] = ()

    @property
    def note(self) -> str:
        """The notes in Indonesian, in one line."""
        return NOTES_JOINED_BY.join(str(note) for note in self.notes)


class PlaceFinder(Protocol):
    """Finds places in one city. Needs no network; may be called from any thread."""

    @property
    def outlined(self) -> int:
        """How many kelurahan have an imported outline; without one a kelurahan is a guess by its centre."""
        ...

    def locate(self, lat: float, lon: float, *, text: str = "", accuracy_m: float | None = None) -> Place:
        """The kelurahan of a point, with the method that found it. Raises RuleBroken for impossible points."""

    def suggest(self, text: str, limit: int = 5, near: Place | None = None) -> Sequence[Suggestion]:
        """The best answers to what has been typed so far, best first. Empty when nothing is near enough.

        ``near``: where the caller is said to be (a circle, or only a kelurahan); what lies there comes first.
        """


def on_earth(lat: float, lon: float) -> bool:
    """Whether two numbers can be a latitude and a longitude in degrees."""
    return isfinite(lat) and isfinite(lon) and -90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0


def metres_between(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Distance in metres on a plane laid at the middle latitude: within 0.02 % over a city."""
    width = cos(radians((lat1 + lat2) / 2.0))
    return METRES_PER_DEGREE * hypot(lat2 - lat1, (lon2 - lon1) * width)
