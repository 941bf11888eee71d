"""The 111 incidents of the first published statistics (29 Oct - 11 Dec 2018), as rows of a register somebody typed.

Only the eight sums and the two dates are facts. Days, hours, places, outcomes and the finer types are made up, always
the same for the same seed, with both end days at their first and last minute.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

FIRST, LAST = datetime(2018, 10, 29, 0, 0), datetime(2018, 12, 11, 23, 59)
PUBLISHED = {
    "Kebakaran": 14,
    "Kekerasan perempuan dan anak": 2,
    "Trantibum": 9,
    "Ambulans": 9,
    "Kecelakaan": 6,
    "Kamtibmas": 19,
    "BPBD": 2,
    "Informasi": 50,
}
TYPED_AS = {
    "Kebakaran": ("kebakaran", "Kebakaran rumah", "KEBAKARAN LAHAN ATAU SAMPAH", "kebakaran.lain", "Kebocoran gas",
                  "Fire"),
    "Kekerasan perempuan dan anak": ("Kekerasan perempuan dan anak", "KDRT"),
    "Trantibum": ("trantibum", "Trantibum ", "ODGJ", "Pesta miras", "trantibum.lain"),
    "Ambulans": ("Ambulans", "ambulan", "Orang tidak sadar", "sesak napas", "Ambulance"),
    "Kecelakaan": ("Kecelakaan", "Laka lantas", "kecelakaan lalu lintas", "Accident"),
    "Kamtibmas": ("kamtibmas", "Pencurian", "curanmor", "Tawuran", "KAMTIBMAS", "Perkelahian"),
    "BPBD": ("BPBD", "pohon tumbang"),
    "Informasi": ("Informasi", "informasi (nomor telepon)", "Traffic light", "PJU padam", "PJU", "PDAM", "pipa bocor",
                  "PLN", "infrastruktur", "jalan berlubang", "Sampah"),
}  # fmt: skip
HEADINGS = (
    "No",
    "Tanggal",
    "Jam",
    "Jenis Kejadian",
    "Lokasi",
    "Kelurahan",
    "Kecamatan",
    "Lintang",
    "Bujur",
    "OPD",
    "Hasil",
)
VILLAGES = (("Drajat", "Kesambi"), ("Kel. Kesenden", "Kejaksan"), ("KALIJAGA", "Harjamukti"),
            ("Kebon Baru", "Kec. Kejaksan"),
            ("", "Lemahwungkuk"), ("Pekalipan", ""), ("", ""))  # fmt: skip
DAY_STYLES = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%y")
CLOCK_STYLES = ("%H:%M", "%H.%M", "%H:%M:%S", "pukul %H.%M WIB")


def moments(amount: int, chance: random.Random) -> list[datetime]:
    """So many minutes between both ends, the first and the last minute of all among them."""
    minutes = int((LAST - FIRST).total_seconds() // 60)
    some = [FIRST + timedelta(minutes=chance.randrange(minutes)) for _ in range(amount - 4)]
    return [FIRST, LAST, FIRST.replace(hour=23, minute=59), LAST.replace(hour=0, minute=0), *some]


def rows(seed: int = 112) -> list[tuple[object, ...]]:
    """The register: headings, then 111 rows as a person types them, in no special order."""
    chance = random.Random(seed)
    when = moments(sum(PUBLISHED.values()), chance)
    chance.shuffle(when)
    lines: list[tuple[object, ...]] = []
    for group, amount in PUBLISHED.items():
        for number in range(amount):
            at = when.pop()
            typed = TYPED_AS[group][number % len(TYPED_AS[group])]
            kelurahan, kecamatan = chance.choice(VILLAGES)
            point = chance.choice((("-6,7213", "108,5524"), ("", ""), ("", "")))
            outcome = chance.choice(("Selesai", "ditangani", "Diteruskan", ""))
            agency = chance.choice(("Damkar", "PSC 119, Polres", "PLN", "satpol pp", ""))
            day, clock = at.strftime(chance.choice(DAY_STYLES)), at.strftime(chance.choice(CLOCK_STYLES))
            lines.append(
                (
                    day,
                    clock,
                    typed,
                    f"Jl. Contoh No. {number + 1}",
                    kelurahan,
                    kecamatan,
                    *point,
                    agency,
                    outcome,
                )
            )
    chance.shuffle(lines)
    return [HEADINGS, *((number, *line) for number, line in enumerate(lines, start=1))]


def write_csv(file: Path, *, delimiter: str = ";", encoding: str = "utf-8-sig", seed: int = 112) -> Path:
    """The register as Excel in Indonesia saves it: semicolons, decimal commas, a byte order mark."""
    text = "\r\n".join(
        delimiter.join(f'"{cell}"' if delimiter in str(cell) else str(cell) for cell in row)
        for row in rows(seed)
    )
    file.write_bytes((text + "\r\n").encode(encoding))
    return file


def write_xlsx(file: Path, *, seed: int = 112) -> Path:
    """The register as a workbook: a title above the headings, real dates in some rows, typed ones in others."""
    from openpyxl import Workbook

    book = Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "Sampul"
    cover.append(["Rekap laporan 112"])
    sheet = book.create_sheet("Laporan")
    sheet.append(["REKAP LAPORAN CALL CENTER 112"])
    sheet.append([])
    for number, row in enumerate(rows(seed)):
        cells = list(row)
        if number and number % 3 == 0 and "/" in str(cells[1]):
            cells[1] = datetime.strptime(str(cells[1]), "%d/%m/%Y")  # noqa: DTZ007  (as Excel keeps it)
        sheet.append(cells)
    book.save(file)
    return file
