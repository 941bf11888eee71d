"""The travel times of a running process: by the roads of the map in use, read when first asked and after an import."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from siaga.adapters.maps import map_edition
from siaga.adapters.maps.geojson import MapFileRefused
from siaga.adapters.maps.roads.router import RoadRouter, router_for
from siaga.domain.travel import Eta, Point, Route, StraightLine

log = logging.getLogger(__name__)


class CityRouting:
    """A RoutingProvider that is never without an answer: a missing or damaged road file means straight lines."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = Lock()
        self._edition: str | None = None
        self._router: RoadRouter | StraightLine = StraightLine()

    def eta_many(self, units: Sequence[Point], incident: Point) -> list[Eta]:
        """See RoutingProvider."""
        return self._now().eta_many(units, incident)

    def route(self, start: Point, end: Point) -> Route:
        """See RoutingProvider."""
        return self._now().route(start, end)

    def _now(self) -> RoadRouter | StraightLine:
        with self._lock:
            try:
                folder = map_edition.edition_folder(self._home)
                edition = folder.name if folder is not None else ""
                if edition != self._edition:
                    self._edition = edition  # a damaged file is tried once, not at every question
                    self._router = StraightLine()
                    self._router = router_for(folder / map_edition.ROADS if folder is not None else None)
            except MapFileRefused as refusal:
                log.warning("travel times are straight lines: %s", refusal)
            return self._router
