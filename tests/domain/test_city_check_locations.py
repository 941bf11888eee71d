"""Rules about callers' locations that would fail at night are said when the city is checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from siaga.city_files import load_room
from siaga.domain.city_check_locations import check_locations
from siaga.domain.location_rules import LocationRules
from tests.a_city import CITY


def found(**rules: Any) -> list[str]:
    city = replace(CITY, room=replace(CITY.room, locations=LocationRules(**rules)))
    return [finding.message for finding in check_locations(city)]


def test_the_defaults_are_sound() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({"country_code": "+62"}, "hanya angka"),
        ({"match_minutes": 0}, "match_minutes"),
        ({"share_seconds": 9000}, "share_seconds"),
        ({"code_cell_m": 0.0}, "code_cell_m"),
        ({"header": "X-A"}, "harus diisi"),
        ({"header": "X-A", "header_pattern": "("}, "regular expression"),
        ({"header": "X-A", "header_pattern": "(?P<lat>.)"}, "kelompok lat dan lon"),
        ({"server_url": "http://a/{number}"}, "https"),
        ({"link_text": "x" * 200}, "dua SMS"),
    ],
)
def test_each_mistake_is_said(rules: dict[str, Any], words: str) -> None:
    assert any(words in message for message in found(**rules))


def test_a_kelurahan_beyond_the_code_is_said() -> None:
    far = replace(CITY, kelurahan=(replace(CITY.kelurahan[0], lat=CITY.lat + 1.0),))
    assert any("tidak menjangkau" in finding.message for finding in check_locations(far))


def test_the_section_is_read_from_the_citys_file(tmp_path: Path) -> None:
    (tmp_path / "room.toml").write_text(
        '[locations]\nreference_hosts = ["lis.example.id"]\ncode_cell_m = 30\n'
    )
    rules = load_room(tmp_path).locations
    assert (rules.reference_hosts, rules.code_cell_m) == (("lis.example.id",), 30.0)
    (tmp_path / "room.toml").unlink()
    assert load_room(tmp_path).locations == LocationRules()
