"""`siaga import ...`: bring in the city's old registers, look first, take back whole."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from siaga import clock
from siaga.adapters.exchange import reading
from siaga.adapters.exchange.import_form import make_form
from siaga.adapters.exchange.returned_rows import free_name, returned_csv, returned_xlsx
from siaga.adapters.maps.living_places import finder_of
from siaga.commands.history_preview import print_preview
from siaga.commands.open_house import (
    COMMAND_LINE,
    EXIT_REFUSED,
    House,
    in_the_house,
    spoken,
    the_city,
    the_outlines,
)
from siaga.commands.terminal import complain, said, say
from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.place import PlaceFinder
from siaga.features.insight.history import Register, already_there, apply_import, batches, read_register, undo
from siaga.features.insight.register import PastIncident
from siaga.settings import Settings

app = typer.Typer(no_args_is_help=True, help=said("Impor riwayat kejadian.", "Import past incidents."))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a file."""

    batch: str | None
    known: tuple[PastIncident, ...]
    fresh: tuple[PastIncident, ...]


@app.command()
def incidents(
    file: Annotated[Path, typer.Argument(help=said("Berkas XLSX atau CSV.", "XLSX or CSV file."))],
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help=said("Catat. Tanpa ini hanya diperiksa.", "Record. Without it: only look.")
        ),
    ] = False,
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help=said("Catat juga baris yang sudah pernah diimpor.", "Also record rows imported before."),
        ),
    ] = False,
    errors: Annotated[
        Path | None,
        typer.Option(help=said("Berkas untuk baris yang salah.", "File for the rows that are wrong.")),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=said("Keluaran untuk program lain.", "Output for another program."))
    ] = False,
) -> None:
    """Read a register of past incidents. Nothing is recorded without --yes; wrong rows come back as a file."""
    settings = Settings.from_env()
    city = the_city(settings)
    try:
        data = reading.load(file)
        outlines = the_outlines(settings, city)
    except RuleBroken as refusal:
        complain(spoken(refusal))
        raise typer.Exit(EXIT_REFUSED) from None

    async def work(house: House) -> tuple[Register, Path | None, Outcome]:
        register = _read(data, city, await finder_of(house.archive, city, outlines))
        returned = _give_back(register, file, data, errors)
        known = () if again else await already_there(house.archive, register.good)
        left_out = {id(past) for past in known}
        fresh = tuple(past for past in register.good if id(past) not in left_out)
        if not yes or not fresh:
            return register, returned, Outcome(batch=None, known=known, fresh=fresh)
        batch = await apply_import(
            house.archive, city, fresh, file=file.name, by=COMMAND_LINE, now=clock.now(), progress=_progress
        )
        return register, returned, Outcome(batch=batch, known=known, fresh=fresh)

    register, returned, outcome = in_the_house(work)
    if as_json:
        _print_json(register, outcome, returned)
    else:
        print_preview(city, file, register, outcome.known, returned, recorded=outcome.batch is not None)
        _say_outcome(file, outcome, register, yes)
    if yes and outcome.batch is None:
        raise typer.Exit(EXIT_REFUSED)


@app.command("undo")
def undo_batch(
    batch: Annotated[
        str, typer.Argument(help=said("Kode impor (siaga import list).", "Batch (siaga import list)."))
    ],
) -> None:
    """Take one import back: exactly its incidents and what hangs on them."""

    async def work(house: House) -> int:
        return await undo(house.archive, batch, by=COMMAND_LINE, now=clock.now(), progress=_progress)

    removed = in_the_house(work)
    _end_progress()
    say(f"{removed} kejadian dari impor {batch} dihapus.", f"{removed} incidents of import {batch} removed.")


@app.command("list")
def list_batches() -> None:
    """List the imports, newest first."""

    async def work(house: House) -> None:
        zone = house.city.zone
        for batch in await batches(house.archive):
            state = said("dibatalkan", "undone") if batch.undone_at else ""
            print(
                f"{batch.id}  {batch.at.astimezone(zone):%d/%m/%Y %H:%M}  {batch.rows:>7}  {batch.file}  {state}"
            )

    in_the_house(work)


@app.command()
def template(
    file: Annotated[Path, typer.Argument(help=said("Nama berkas XLSX baru.", "Name of the new XLSX file."))],
) -> None:
    """Write an empty form with drop-down lists of the city's own words."""
    if file.suffix.lower() != ".xlsx":
        file = file.with_name(f"{file.name}.xlsx")
    if file.exists():
        complain(said(f"{file} sudah ada dan tidak ditimpa.", f"{file} exists and is not written over."))
        raise typer.Exit(EXIT_REFUSED)
    _write(file, make_form(the_city(Settings.from_env())))
    say(f"Formulir ada di {file}.", f"The form is {file}.")


def add_to(group: typer.Typer) -> None:
    """Hang these commands under `siaga import`."""
    group.add_typer(app, name="import")


def _read(data: bytes, city: City, finder: PlaceFinder) -> Register:
    """The first sheet that has headings. Raises FileRefused, naming what was looked for."""
    for sheet in reading.read_sheets(data):
        register = read_register(sheet.rows, city=city, finder=finder, now=clock.now())
        if register is not None:
            return register
    raise reading.FileRefused(
        "Judul kolom tidak ditemukan. Paling sedikit perlu kolom waktu (diterima, tanggal) dan jenis. "
        "Formulir kosong: siaga import template BERKAS.xlsx"
    )


def _give_back(register: Register, file: Path, data: bytes, wanted: Path | None) -> Path | None:
    """Write the wrong rows to a file beside the given one, or here when that folder is closed to us."""
    if not register.wrong:
        return None
    is_workbook = reading.is_workbook(data)
    make = returned_xlsx if is_workbook else returned_csv
    content = make(register.columns.headings, register.wrong, spoken)
    name = f"{file.stem}-salah{'.xlsx' if is_workbook else '.csv'}"
    target = wanted or free_name(file.with_name(name))
    try:
        target.write_bytes(content)
    except OSError:
        if wanted is not None:
            raise
        target = free_name(Path.cwd() / name)
        _write(target, content)
    return target


def _write(target: Path, content: bytes) -> None:
    try:
        target.write_bytes(content)
    except OSError as error:
        complain(
            said(
                f"Tidak bisa menulis {target}: {error.strerror}.", f"Cannot write {target}: {error.strerror}."
            )
        )
        raise typer.Exit(EXIT_REFUSED) from None


def _progress(done: int, total: int) -> None:
    """A counter for a person; nothing for a pipe."""
    if sys.stderr.isatty():
        print(f"\r  {done} / {total}", end="", file=sys.stderr, flush=True)


def _end_progress() -> None:
    if sys.stderr.isatty():
        print(file=sys.stderr)


def _say_outcome(file: Path, outcome: Outcome, register: Register, yes: bool) -> None:
    if outcome.batch is not None:
        _end_progress()
        say(
            f"{len(outcome.fresh)} kejadian dicatat. Batalkan dengan: siaga import undo {outcome.batch}",
            f"{len(outcome.fresh)} incidents recorded. Take back with: siaga import undo {outcome.batch}",
        )
    elif register.good and not outcome.fresh:
        complain(
            said(
                f"Semua baris {file.name} sudah pernah diimpor. Tidak ada yang dicatat; --again untuk tetap mencatat.",
                f"All rows of {file.name} were imported before. Nothing recorded; --again to record them anyway.",
            )
        )
    elif not register.good:
        complain(said("Tidak ada baris yang dapat diimpor.", "There is no row to import."))
    elif not yes:
        say(
            "Belum ada yang dicatat. Tambahkan --yes untuk mencatat.",
            "Nothing has been recorded yet. Add --yes to record.",
        )


def _print_json(register: Register, outcome: Outcome, returned: Path | None) -> None:
    answer = {
        "good": len(register.good),
        "wrong": len(register.wrong),
        "already_imported": len(outcome.known),
        "recorded": len(outcome.fresh) if outcome.batch else 0,
        "batch": outcome.batch,
        "by_type": dict(sorted(register.by_type.items())),
        "remarks": {str(remark): amount for remark, amount in register.remarks.items()},
        "unused_columns": register.columns.unknown,
        "errors_file": str(returned) if returned else None,
    }
    print(json.dumps(answer, ensure_ascii=False, indent=1))
