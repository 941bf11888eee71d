"""Finds the points of an OpenStreetMap extract that lie in an area, in memory that does not grow with the file.

An island's extract has a hundred million points and a city needs one in a hundred. Looking at each as an object of the
OSM library costs minutes; here the packed columns of a block are decoded at once, which is some thirty times cheaper
(benchmarks/maps.md). Everything else about the file is left to the library.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER_BYTES_MAX = 64 * 1024  # of the format; a larger one is not this format
BLOB_BYTES_MAX = 32 * 1024 * 1024
NANODEGREES = 1e-9
SORTED = b"Sort.Type_then_ID"

Ints = NDArray[np.int64]
Floats = NDArray[np.floating[Any]]
Inside = Callable[[Floats, Floats], NDArray[np.bool_]]
Read = Callable[[int, int], None]  # bytes read so far, bytes in all


class OsmRefused(Exception):
    """The file cannot be used. The text is Indonesian and says what to do."""


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """Points by ascending id; degrees, WGS 84. ``seen``: how many there were in the file."""

    ids: Ints
    lons: Floats
    lats: Floats
    seen: int

    def has(self, wanted: Ints) -> NDArray[np.bool_]:
        """Which of these ids are among the points."""
        if not len(self.ids):
            return np.zeros(len(wanted), dtype=bool)
        at = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.asarray(self.ids[at] == wanted)


def nodes_inside(path: Path, inside: Inside, read: Read = lambda _done, _all: None) -> Nodes:
    """The points for which ``inside(lons, lats)`` holds. Raises OsmRefused for a damaged or foreign file."""
    found: list[tuple[Ints, Floats, Floats]] = []
    seen = 0
    try:
        for ids, lons, lats in _points(path, read):
            seen += len(ids)
            kept = inside(lons, lats)
            if kept.any():
                found.append((ids[kept], lons[kept], lats[kept]))
    except (zlib.error, struct.error, IndexError, KeyError, ValueError, TypeError) as error:
        raise OsmRefused(f"{path.name} rusak atau bukan berkas .osm.pbf ({error}). Unduh ulang.") from error
    if not found:
        return Nodes(ids=np.empty(0, np.int64), lons=np.empty(0), lats=np.empty(0), seen=seen)
    ids, lons, lats = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(ids, kind="stable")
    return Nodes(ids=ids[order], lons=lons[order], lats=lats[order], seen=seen)


def _points(path: Path, read: Read) -> Iterator[tuple[Ints, Floats, Floats]]:
    size = path.stat().st_size
    is_sorted = False
    with path.open("rb") as file:
        while start := file.read(4):
            length = struct.unpack(">I", start)[0]
            if length > HEADER_BYTES_MAX:
                raise ValueError("tidak ada kepala blok")
            header = dict(_fields(memoryview(file.read(length))))
            blob = file.read(header[3])
            if header[3] > BLOB_BYTES_MAX or len(blob) < header[3]:
                raise ValueError("blok terpotong")
            block = _unpacked(blob)
            if bytes(header[1]) == b"OSMHeader":
                is_sorted = SORTED in [bytes(value) for number, value in _fields(block) if number in (4, 5)]
                continue
            any_points = False
            for points in _block(block):
                any_points = True
                yield points
            read(file.tell(), size)
            if is_sorted and not any_points:
                return  # what follows are ways and relations


def _unpacked(blob: bytes) -> memoryview:
    parts = dict(_fields(memoryview(blob)))
    if 3 in parts:
        return memoryview(zlib.decompress(parts[3]))
    if 1 in parts:
        return memoryview(parts[1])
    raise OsmRefused(
        "Berkas ini dimampatkan dengan cara lain dari zlib. Ubah dulu: osmium cat BERKAS -o BARU.osm.pbf"
    )


def _block(block: memoryview) -> Iterator[tuple[Ints, Floats, Floats]]:
    """The points of one block. Field numbers: PrimitiveBlock, PrimitiveGroup and DenseNodes of the format."""
    groups = []
    granularity, lat_offset, lon_offset = 100, 0, 0
    for number, value in _fields(block):
        if number == 2:
            groups.append(value)
        elif number == 17:
            granularity = value
        elif number == 19:
            lat_offset = _signed(value)
        elif number == 20:
            lon_offset = _signed(value)
    for group in groups:
        for number, value in _fields(group):
            if number == 2:
                dense = dict(_fields(value))
                ids, lats, lons = (np.cumsum(_zigzag(_varints(dense[column]))) for column in (1, 8, 9))
            elif number == 1:
                one = dict(_fields(value))
                ids, lats, lons = (_zigzag(np.array([one[column]], np.uint64)) for column in (1, 8, 9))
            else:
                break  # a group holds one kind of object
            yield (
                ids,
                (lon_offset + granularity * lons) * NANODEGREES,
                (lat_offset + granularity * lats) * NANODEGREES,
            )


def _fields(data: memoryview) -> Iterator[tuple[int, Any]]:
    """Number and value of each protocol-buffer field: whole numbers and bytes; fixed-width ones are passed over."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        match key & 7:
            case 0:
                value, at = _varint(data, at)
                yield key >> 3, value
            case 2:
                length, at = _varint(data, at)
                yield key >> 3, data[at : at + length]
                at += length
            case 1:
                at += 8
            case 5:
                at += 4
            case kind:
                raise ValueError(f"jenis medan {kind}")


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _varints(data: memoryview) -> NDArray[np.uint64]:
    """All numbers of a packed column, by their lengths: first bytes of all, second bytes of all that have one ..."""
    octets = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(octets < 128)
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    values = np.zeros(len(ends), np.uint64)
    for step in range(int(lengths.max(initial=0))):
        longer = lengths > step
        part = octets[starts[longer] + step].astype(np.uint64) & np.uint64(127)
        values[longer] |= part << np.uint64(7 * step)
    return values


def _zigzag(values: NDArray[np.uint64]) -> Ints:
    return (values >> np.uint64(1)).astype(np.int64) ^ -(values & np.uint64(1)).astype(np.int64)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
