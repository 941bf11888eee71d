"""What of an incident a reader may be shown: the condition for queries, and the place as coarse as he may know it.

Every query that touches incidents, calls, places or assignments takes one of these two conditions. The condition
itself is `records/sight.py`, because other features need it as well.
"""

from __future__ import annotations

from dataclasses import replace

from siaga.domain.city import City
from siaga.domain.place import Place, PlaceMethod
from siaga.domain.roles import May, Viewer
from siaga.records.sight import CALL_VISIBLE, VISIBLE, Sight, moved, sight_of


def visible_sql(
    viewer: Viewer, city: City, *, alias: str = "i", first: int = 2, act: May = May.SEE_ALL_INCIDENTS
) -> tuple[str, Sight]:
    """The condition on an incident called ``alias``, and its five values, of which the first is ``$first``."""
    return moved(VISIBLE, alias=alias, first=first), sight_of(viewer, city, act)


def call_visible_sql(
    viewer: Viewer, city: City, *, alias: str = "c", first: int = 2, act: May = May.SEE_ALL_INCIDENTS
) -> tuple[str, Sight]:
    """The same for a call called ``alias``: a call that became a protected case is hidden with it."""
    return moved(CALL_VISIBLE, alias=alias, named="c", first=first), sight_of(viewer, city, act)


def coarse(place: Place) -> Place:
    """The place as it may be told outside the circle: its kelurahan, without words and without a point."""
    return replace(
        Place(),
        kelurahan=place.kelurahan,
        kecamatan=place.kecamatan,
        method=PlaceMethod.GIVEN if place.kelurahan is not None else PlaceMethod.UNKNOWN,
    )
