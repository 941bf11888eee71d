"""Same incident? How likely it is that a caller means one we already have, and why. Proposals, never decisions.

Bayes in one line: how often would a further caller of that incident say this (so far away, so late, under this name),
against how often would a caller about something new say it, at the rate things happen just now? The logarithm of the
quotient is ``log_odds``; above ``LinkRules.propose_above`` an incident is shown.

Rule 1: a person joins; nothing here ever does.
Rule 2: medical and protected cases are proposed at the same address only, whatever the odds.
Rule 3: in a storm the rate rises, so the bar rises: near and soon is then no longer enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import cos, exp, log, pi, radians, sqrt

from siaga.domain.city import City
from siaga.domain.link_rules import LinkRules
from siaga.domain.place import METRES_PER_DEGREE, Place, PlaceMethod, metres_between

PROPOSED_MAX = 3  # what a taker reads between two questions
MEDICAL = "kesehatan"  # the regulation's kind: a second patient next door is another patient
RADIUS_SIGMAS = (
    1.51  # an accuracy is the radius around 68 % of the points: 1.51 standard deviations in the plane
)
REACH_M_DEFAULT = 500.0  # a type without family: design value for what is seen from the street
MINUTES_DEFAULT = 60.0
AREA_KM2_MIN = 5.0  # kelurahan on top of each other say nothing about how far a city spreads
CROWD_DOUBT = 5.0  # so many imagined incidents spread evenly: three real ones do not make a hot spot
KM_FROM_METRES = 995.0  # rounds to a kilometre
USUAL_A_DAY_MIN = 0.05  # a family never seen yet happens about once in three weeks


@dataclass(frozen=True, kw_only=True)
class Category:
    """What types may be taken for each other. ``types``: how many; ``private``: rule 2 holds."""

    code: str
    reach_m: float
    minutes: float
    callers_more: float
    types: int
    private: bool


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a caller says: what, where, when."""

    type: str
    place: Place
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Known:
    """One open incident. ``callers``: how many have told us of it; ``said``: where its further callers saw it."""

    id: str
    type: str
    place: Place
    opened_at: datetime
    callers: int = 1
    said: tuple[Place, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Point:
    """Degrees, and one standard deviation in metres."""

    lat: float
    lon: float
    sigma_m: float


@dataclass(frozen=True, kw_only=True)
class Likeness:
    """How like an incident a report is. ``distance_m`` is None when only words for the place agree."""

    id: str
    log_odds: float
    distance_m: float | None
    minutes: float
    same_type: bool
    same_family: bool
    same_address: bool
    callers: int

    @property
    def percent(self) -> int:
        """The odds as a share of a hundred."""
        return round(100.0 / (1.0 + exp(-min(self.log_odds, 50.0))))

    def in_words(self) -> list[Reason]:
        """The evidence, the strongest first, as a taker reads it; what is missing is not said."""
        said = []
        if self.same_address:
            said.append(Reason("alamat sama"))
        elif self.distance_m is not None:
            said.append(_far(self.distance_m))
        else:
            said.append(Reason("nama tempat sama"))
        minutes = round(self.minutes)
        said.append(Reason("{n} mnt lalu", {"n": minutes}) if minutes else Reason("baru saja"))
        if self.same_type:
            said.append(Reason("jenis sama"))
        elif self.same_family:
            said.append(Reason("jenis serupa"))
        else:
            said.append(Reason("jenis lain"))
        return said


@dataclass(frozen=True)
class Reason:
    """One piece of evidence: Indonesian words, which are the key of their translation, and what fills them."""

    text: str
    values: Mapping[str, int | str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Background:
    """How many new incidents of each category happen in an hour and square kilometre just now."""

    per_hour_km2: Mapping[str, float]

    def of(self, category: str) -> float:
        return self.per_hour_km2[category]


class Linking:
    """The likeness of reports and incidents in one city. Built once; keeps nothing."""

    def __init__(self, city: City) -> None:
        self.rules: LinkRules = city.room.link
        self.category_of: dict[str, Category] = _categories(city, self.rules)
        self.categories = {one.code: one for one in self.category_of.values()}
        self.area_km2 = self.rules.area_km2 or _area_km2(city)

    def box_km(self, place: Place) -> float:
        """Half the side of the square around a place in which usual incidents are counted for ``crowding``."""
        point = self._point(place)
        return max(self.rules.crowd_km, point.sigma_m * RADIUS_SIGMAS / 1000.0 if point is not None else 0.0)

    def crowding(self, near: int, everywhere: int, half_side_km: float) -> float:
        """How many times more happens around a place than on average, from the usual incidents within the square."""
        average = everywhere * min((2.0 * half_side_km) ** 2 / self.area_km2, 1.0)
        return (near + CROWD_DOUBT) / (average + CROWD_DOUBT)

    def background(
        self, recent: Mapping[str, int], usual: Mapping[str, int], crowding: float = 1.0
    ) -> Background:
        """``recent`` and ``usual``: incidents by type, opened within ``recent_minutes`` and ``usual_days``."""
        rules, hours = self.rules, self.rules.recent_minutes / 60.0
        now, before = self._by_category(recent), self._by_category(usual)
        rates = {}
        for code in self.categories:
            usual_an_hour = max(before.get(code, 0) / rules.usual_days, USUAL_A_DAY_MIN) / 24.0
            seen = now.get(code, 0) + usual_an_hour * rules.usual_weight_hours
            rates[code] = seen / (hours + rules.usual_weight_hours) / self.area_km2 * crowding
        return Background(per_hour_km2=rates)

    def propose(self, report: Report, incidents: Iterable[Known], background: Background) -> list[Likeness]:
        """The incidents this report may mean, likeliest first; at most PROPOSED_MAX."""
        found = []
        for known in incidents:
            like = self.likeness(report, known, background)
            if like is not None and like.log_odds > self.rules.propose_above:
                found.append(like)
        found.sort(key=lambda like: -like.log_odds)
        return found[:PROPOSED_MAX]

    def likeness(self, report: Report, known: Known, background: Background) -> Likeness | None:
        """How like this incident the report is; None when it cannot be it at all (too late, elsewhere, private)."""
        said, was = self.category_of.get(report.type), self.category_of.get(known.type)
        if said is None or was is None:
            return None
        minutes = abs((report.at - known.opened_at).total_seconds()) / 60.0
        if minutes > was.minutes:
            return None
        where = self._where(report.place, known, was)
        if where is None:
            return None
        distance, density, same_address = where
        if (said.private or was.private) and not same_address:
            return None
        delay_minutes = was.minutes * self.rules.delay_share
        left = exp(-minutes / delay_minutes)
        more = known.callers / (1.0 / was.callers_more + 1.0 - left)  # Gamma-Poisson: who has many gets more
        expected = more * left / (delay_minutes / 60.0)  # an hour
        chosen = self._chosen(report.type, said, known.type, was)
        odds = log(expected) + log(density) + log(chosen) - log(background.of(said.code) / said.types)
        return Likeness(
            id=known.id, log_odds=odds, distance_m=distance, minutes=minutes, same_type=report.type == known.type,
            same_family=said.code == was.code, same_address=same_address, callers=known.callers,
        )  # fmt: skip

    def _chosen(self, type: str, said: Category, known: str, was: Category) -> float:
        """The probability that a further caller's report of ``known`` gets this type."""
        rules = self.rules
        if type == known:
            return rules.same_type if said.types > 1 else rules.same_type + rules.same_family
        if said.code == was.code:
            return rules.same_family / (said.types - 1)
        other = 1.0 - rules.same_type - rules.same_family
        return other / (max(len(self.categories) - 1, 1) * said.types)

    def _where(self, said: Place, known: Known, was: Category) -> tuple[float | None, float, bool] | None:
        """Distance in metres, probability per square kilometre of standing so far away, and whether one address."""
        rules = self.rules
        here, there = self._point(said), self._middle(known)
        one_address = _exact_words(said, known.place)
        if here is None or there is None:
            if not _same_words(said, known.place):
                return None
            sigma = rules.words_accuracy_m / RADIUS_SIGMAS
            return None, _plane_density(0.0, sigma * sigma), one_address
        distance = metres_between(here.lat, here.lon, there.lat, there.lon)
        exact = max(here.sigma_m, there.sigma_m) * RADIUS_SIGMAS <= rules.same_address_accuracy_m
        extent = was.reach_m * rules.extent_share
        density = _plane_density(distance, here.sigma_m**2 + there.sigma_m**2 + extent**2)
        return distance, density, one_address or (exact and distance <= rules.same_address_m)

    def _middle(self, known: Known) -> _Point | None:
        """Where all its callers together put it: each point weighs by its exactness."""
        points = [point for place in (known.place, *known.said) if (point := self._point(place)) is not None]
        if len(points) <= 1:
            return points[0] if points else None
        weights = [point.sigma_m**-2 for point in points]
        total = sum(weights)
        return _Point(
            lat=sum(point.lat * weight for point, weight in zip(points, weights, strict=True)) / total,
            lon=sum(point.lon * weight for point, weight in zip(points, weights, strict=True)) / total,
            sigma_m=total**-0.5,
        )

    def _point(self, place: Place) -> _Point | None:
        if place.lat is None or place.lon is None:
            return None
        accuracy = place.accuracy_m
        if accuracy is None:
            is_area = place.method is PlaceMethod.GIVEN  # a kelurahan somebody named: the point is its middle
            accuracy = self.rules.vague_accuracy_m if is_area else self.rules.accuracy_m
        return _Point(lat=place.lat, lon=place.lon, sigma_m=max(accuracy, 1.0) / RADIUS_SIGMAS)

    def _by_category(self, by_type: Mapping[str, int]) -> dict[str, int]:
        counted: dict[str, int] = {}
        for type, number in by_type.items():
            category = self.category_of.get(type)
            if category is not None:
                counted[category.code] = counted.get(category.code, 0) + number
        return counted


def _far(metres: float) -> Reason:
    """Metres as exact as they help: to 10 below a kilometre, then kilometres with one decimal."""
    if metres < KM_FROM_METRES:
        return Reason("{n} m", {"n": max(round(metres / 10.0) * 10, 10)})
    return Reason("{n} km", {"n": f"{metres / 1000.0:.1f}".replace(".", ",")})


def _plane_density(distance_m: float, variance_m2: float) -> float:
    """A round normal distribution, per square kilometre; never 0, so that its logarithm exists."""
    return max(1e6 * exp(-min(distance_m**2 / (2.0 * variance_m2), 600.0)) / (2.0 * pi * variance_m2), 1e-250)


def _categories(city: City, rules: LinkRules) -> dict[str, Category]:
    """The category of each type: its family, or the type by itself."""
    sizes: dict[str, int] = {}
    for kind in city.types:
        code = kind.family or kind.code
        sizes[code] = sizes.get(code, 0) + 1
    found = {}
    for kind in city.types:
        family = city.family_by_code.get(kind.family or "")
        statutory = city.kind_by_code[kind.kind].statutory if kind.kind in city.kind_by_code else None
        code = kind.family or kind.code
        more = family.callers_more if family is not None else None
        found[kind.code] = Category(
            code=code,
            reach_m=float(family.radius_m) if family is not None else REACH_M_DEFAULT,
            minutes=float(family.minutes) if family is not None else MINUTES_DEFAULT,
            callers_more=rules.callers_more if more is None else more,
            types=sizes[code],
            private=bool(kind.protected) or statutory == MEDICAL,
        )
    return found


def _area_km2(city: City) -> float:
    """The area of a round normal distribution as wide as the city's kelurahan: its effective size for a density."""
    if len(city.kelurahan) < 2:
        return AREA_KM2_MIN
    km = METRES_PER_DEGREE / 1000.0
    width = km * cos(radians(city.lat))
    x = [one.lon * width for one in city.kelurahan]
    y = [one.lat * km for one in city.kelurahan]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    xx = sum((a - mx) ** 2 for a in x) / len(x)
    yy = sum((b - my) ** 2 for b in y) / len(y)
    xy = sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / len(x)
    return max(4.0 * pi * sqrt(max(xx * yy - xy * xy, 0.0)), AREA_KM2_MIN)


def _fold(text: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.casefold()).split())


def _same_words(one: Place, other: Place) -> bool:
    """Either place's words contain the other's, whole words only."""
    a, b = f" {_fold(one.text)} ", f" {_fold(other.text)} "
    return bool(a.strip()) and bool(b.strip()) and (a in b or b in a)


def _exact_words(one: Place, other: Place) -> bool:
    """The same words with a house number in them, and not in two different kelurahan."""
    words = _fold(one.text)
    apart = one.kelurahan is not None and other.kelurahan is not None and one.kelurahan != other.kelurahan
    return not apart and any(word[0].isdigit() for word in words.split()) and words == _fold(other.text)
