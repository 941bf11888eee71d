"""A file somebody gave to a page: taken as bytes, never opened on the event loop, refused when it is too large."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import PurePath
from typing import Any, TypeVar

from litestar.datastructures import UploadFile

from siaga.adapters.exchange.reading import FileRefused

UPLOAD_BYTES_MAX = 2 * 1024 * 1024  # five thousand rows of a register are 300 KiB as XLSX and 500 KiB as CSV
NAME_CHARACTERS_MAX = 100
_ONE_FILE = ThreadPoolExecutor(1, "file")  # a core is left for calls, however many files are given at once

Fields = Mapping[str, Any]  # a form with a file, as it came: nothing is known of its parts
Read = TypeVar("Read")


async def file_of(fields: Fields) -> tuple[str, bytes]:
    """Name and bytes of the file in the field `file`. Raises FileRefused."""
    given = fields.get("file")
    if not isinstance(given, UploadFile) or not given.filename:
        raise FileRefused("Pilih berkasnya dulu.")
    data = await given.read(UPLOAD_BYTES_MAX + 1)
    if len(data) > UPLOAD_BYTES_MAX:
        raise FileRefused(
            "Berkas terlalu besar: paling banyak {max} MiB. Bagi menjadi beberapa berkas.",
            max=UPLOAD_BYTES_MAX // 1024**2,
        )
    if not data.strip():
        raise FileRefused("Berkas ini kosong.")
    return plain_name(given.filename), data


def text_of(fields: Fields, name: str) -> str:
    """A text field; empty when it is missing or something else."""
    given = fields.get(name)
    return given if isinstance(given, str) else ""


def plain_name(name: str) -> str:
    """A file's name as it may be shown and kept: without folders, without signs that cannot be seen."""
    last = PurePath(name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[:NAME_CHARACTERS_MAX]


async def read_beside(read: Callable[[], Read]) -> Read:
    """Open a file in a thread, one file at a time."""
    return await asyncio.get_running_loop().run_in_executor(_ONE_FILE, read)
