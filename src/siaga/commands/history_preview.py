"""What a register holds, on the terminal, before anything is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from siaga.adapters.web.words import translate
from siaga.commands.open_house import spoken
from siaga.commands.terminal import language, said
from siaga.domain.city import City
from siaga.features.insight.columns import HEADINGS
from siaga.features.insight.history import Register
from siaga.features.insight.register import PastIncident

FIRST_ROWS = 5  # enough to see that days and months were not swapped
MISTAKES_SHOWN = 10  # the file has them all
REMARKS_SHOWN = 10
PLACE_CHARACTERS = 40  # so that a row fits a terminal of 100 columns


def print_preview(
    city: City,
    file: Path,
    register: Register,
    known: Sequence[PastIncident],
    returned: Path | None,
    *,
    recorded: bool,
) -> None:
    """Everything a person needs to say yes or no."""
    _line(said("Berkas", "File"), file.name)
    columns = ", ".join(
        f"{HEADINGS[field][0]} = {register.columns.headings[at]}" for field, at in register.columns.at.items()
    )
    _line(said("Kolom dipakai", "Columns used"), columns)
    if register.columns.unknown:
        _line(said("Kolom tidak dipakai", "Columns not used"), ", ".join(register.columns.unknown))
    _print_types(city, register)
    if not recorded:
        _print_first_rows(city, register)
    _line(said("Baris baik", "Good rows"), str(len(register.good)))
    if known:
        _line(said("Sudah pernah diimpor, dilewati", "Imported before, left out"), str(len(known)))
    if register.without_place:
        _line(said("Tanpa tempat", "Without a place"), str(register.without_place))
    _print_remarks(register)
    _print_mistakes(register, returned)


def _line(label: str, text: str) -> None:
    print(f"{label}: {text}")


def _print_types(city: City, register: Register) -> None:
    print(said("Jumlah per jenis:", "Count by type:"))
    amounts = register.by_type
    for one in city.types:
        if amounts[one.code]:
            name = one.name_en if language() == "en" else one.name
            print(f"  {amounts[one.code]:>6}  {name}")


def _print_first_rows(city: City, register: Register) -> None:
    if not register.good:
        return
    print(said("Baris pertama:", "First rows:"))
    for past in register.good[:FIRST_ROWS]:
        local = past.opened_at.astimezone(city.zone)
        area = city.area_name(past.place.kelurahan, past.place.kecamatan)
        where = ", ".join(part for part in (past.place.text[:PLACE_CHARACTERS], area) if part)
        print(f"  {local:%d/%m/%Y %H:%M}  {past.type.name}  {where}")


def _print_remarks(register: Register) -> None:
    if not register.remarks:
        return
    print(said("Diterima, tetapi ada yang hanya dicatat sebagai kata:", "Taken, but kept only as words:"))
    for remark, amount in register.remarks.most_common(REMARKS_SHOWN):
        print(f"  {amount:>6} x {translate(language(), remark.message, text=remark.text)}")
    if len(register.remarks) > REMARKS_SHOWN:
        rest = len(register.remarks) - REMARKS_SHOWN
        print(said(f"         ... dan {rest} macam lagi", f"         ... and {rest} more kinds"))


def _print_mistakes(register: Register, returned: Path | None) -> None:
    if not register.wrong:
        return
    _line(said("Baris salah", "Wrong rows"), str(len(register.wrong)))
    for row in register.wrong[:MISTAKES_SHOWN]:
        reasons = " ".join(spoken(mistake.refusal) for mistake in row.mistakes)
        print(f"  {said('baris', 'row')} {row.row}: {reasons}")
    if len(register.wrong) > MISTAKES_SHOWN:
        rest = len(register.wrong) - MISTAKES_SHOWN
        print(said(f"  ... dan {rest} lagi", f"  ... and {rest} more"))
    if returned is not None:
        _line(
            said("Perbaiki di berkas ini lalu impor berkas ini", "Mend them in this file and import it"),
            str(returned),
        )
