from __future__ import annotations

import pytest

from siaga.features.map.byte_ranges import RangeUnsatisfiable, asked_range

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-126", (0, 127)),
        ("bytes=990-5000", (990, 10)),
        ("bytes=400-", (400, 600)),
        ("bytes=-100", (900, 100)),
        ("bytes=-5000", (0, 1000)),
        (None, None),
        ("bytes=-", None),
        ("bytes=9-3", None),
        ("bytes=0-1,5-6", None),
        ("chunks=0-1", None),
        ("bytes=" + "9" * 40 + "-", None),
    ],
)
def test_one_range_is_understood_and_anything_else_is_the_whole_file(
    header: str | None, part: tuple[int, int] | None
):
    assert asked_range(header, SIZE) == part


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=4000-5000", "bytes=-0"])
def test_bytes_behind_the_end_do_not_exist(header: str):
    with pytest.raises(RangeUnsatisfiable):
        asked_range(header, SIZE)
