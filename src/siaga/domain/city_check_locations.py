"""What is contradictory or dangerous in the city's rules about callers' locations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from siaga.domain.city import City
from siaga.domain.city_finding import Finding, error, warning
from siaga.domain.place import METRES_PER_DEGREE, metres_between
from siaga.domain.spoken_code import SQUARES_A_SIDE

WHERE = "room.toml [locations]"
LINK_MINUTES_MAX = 24 * 60
SHARE_SECONDS_MAX = 30 * 60  # longer is following somebody, not finding him
CELL_METRES_MAX = 100.0  # a larger square is no place to drive to
TEXT_CHARACTERS_MAX = 110  # with the address behind it still one SMS


def check_locations(city: City) -> Iterator[Finding]:
    """Findings, the ones that keep the city from being served first."""
    rules = city.room.locations
    if not rules.country_code.isdigit():
        yield error(WHERE, "country_code hanya angka, misalnya 62.")
    if not 1 <= rules.match_minutes <= 60:
        yield error(WHERE, "match_minutes harus 1 sampai 60.")
    if not 1 <= rules.link_minutes <= LINK_MINUTES_MAX or not 10 <= rules.share_seconds <= SHARE_SECONDS_MAX:
        yield error(
            WHERE,
            f"link_minutes paling lama {LINK_MINUTES_MAX}, share_seconds 10 sampai {SHARE_SECONDS_MAX}.",
        )
    if not 1.0 <= rules.code_cell_m <= CELL_METRES_MAX:
        yield error(WHERE, f"code_cell_m harus 1 sampai {CELL_METRES_MAX:.0f}.")
    if rules.header and not rules.header_pattern:
        yield error(WHERE, "header_pattern harus diisi bila header diisi.")
    if rules.header_pattern:
        yield from _pattern(rules.header_pattern)
    if rules.server_url and not (rules.server_url.startswith("https://") and "{number}" in rules.server_url):
        yield error(WHERE, "server_url harus https dan memuat {number}.")
    if len(rules.link_text) > TEXT_CHARACTERS_MAX:
        yield warning(WHERE, f"link_text lebih dari {TEXT_CHARACTERS_MAX} huruf: menjadi dua SMS.")
    yield from _reach(city)


def _pattern(pattern: str) -> Iterator[Finding]:
    try:
        groups = set(re.compile(pattern).groupindex)
    except re.error:
        yield error(WHERE, "header_pattern bukan regular expression yang sah.")
        return
    if not {"lat", "lon"} <= groups and "cell" not in groups:
        yield error(WHERE, "header_pattern harus punya kelompok lat dan lon, atau cell.")


def _reach(city: City) -> Iterator[Finding]:
    """Every kelurahan must lie within the grid of the code that is read out."""
    reach = city.room.locations.code_cell_m * SQUARES_A_SIDE / 2
    far = [
        one.name
        for one in city.kelurahan
        if abs(one.lat - city.lat) * METRES_PER_DEGREE > reach
        or metres_between(city.lat, city.lon, city.lat, one.lon) > reach
    ]
    if far:
        yield warning(WHERE, f"kode lokasi tidak menjangkau {far[0]}: perbesar code_cell_m.")
