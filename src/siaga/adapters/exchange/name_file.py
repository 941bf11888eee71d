"""A file of place names, XLSX or CSV, and such a list as text that a page carries until somebody has looked at it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from itertools import count

from siaga.adapters.exchange.reading import AT_THE_TERMINAL, FileRefused, Limits, read_sheets
from siaga.domain.city import City
from siaga.domain.known_place import PlaceName
from siaga.features.places.name_table import NameTable, read_names

COLUMNS = ("nama", "jenis", "kelurahan", "lat", "lon", "alias", "catatan", "dipastikan")
DELIMITER = ";"


def read_name_file(data: bytes, city: City, batch: str, limits: Limits = AT_THE_TERMINAL) -> NameTable:
    """The first sheet that has headings. Raises FileRefused, naming what was looked for."""
    numbers = count()
    for sheet in read_sheets(data, limits):
        table = read_names(sheet.rows, city=city, batch=batch, make_id=lambda: f"{batch}-{next(numbers):06d}")
        if table is not None:
            return table
    raise FileRefused(
        "Judul kolom tidak ditemukan. Paling sedikit perlu kolom nama, dan kelurahan atau lat dan lon."
    )


def names_as_text(names: Iterable[PlaceName]) -> str:
    """The names as CSV that `read_name_file` understands; for a form, not for a spreadsheet."""
    stream = io.StringIO(newline="")
    stream.write(f"sep={DELIMITER}\n")
    writer = csv.writer(stream, delimiter=DELIMITER, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in names:
        sure = "ya" if one.verified else "tidak"
        others = "|".join(one.aliases)
        writer.writerow([one.name, one.kind, one.kelurahan, one.lat, one.lon, others, one.note, sure])
    return stream.getvalue()
