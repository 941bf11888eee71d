"""Eight digits in *Di mana*: the place behind the code a caller reads out from the page of our link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from siaga.domain.city import City
from siaga.domain.place import Place, PlaceFinder
from siaga.domain.spoken_code import CodeMisheard, decode, grid_of

Words = Callable[[str], str]


def spoken_place(city: City, finder: PlaceFinder, text: str) -> Place | None:
    """The place of a code; ``None`` when the text is none, or one of its digits was misheard."""
    grid = grid_of(city)
    found = decode(grid, text)
    if found is None or isinstance(found, CodeMisheard):
        return None
    return finder.locate(*found, text=text.strip(), accuracy_m=grid.accuracy_m)


def spoken_proposals(city: City, finder: PlaceFinder, text: str, words: Words) -> list[dict[str, Any]]:
    """What GET /meja/dimana proposes for a code: its place; for a misheard one a sentence, without a point."""
    grid = grid_of(city)
    found = decode(grid, text)
    if found is None:
        return []
    if isinstance(found, CodeMisheard):
        return [{
            "text": text.strip(), "lat": None, "lon": None, "accuracy_m": None, "code": None, "kelurahan": None,
            "kecamatan": None, "kind": words("kode lokasi"),
            "note": words("salah dengar: minta angkanya dibacakan lagi"),
        }]  # fmt: skip
    place = finder.locate(*found, text=text.strip(), accuracy_m=grid.accuracy_m)
    kelurahan = city.kelurahan_by_code.get(place.kelurahan or "")
    return [{
        "text": text.strip(), "lat": place.lat, "lon": place.lon, "accuracy_m": grid.accuracy_m, "code": None,
        "kelurahan": kelurahan.name if kelurahan is not None else None,
        "kecamatan": kelurahan.kecamatan_name if kelurahan is not None else None,
        "kind": words("kode lokasi"), "note": words(place.label) if place.label else None,
    }]  # fmt: skip
