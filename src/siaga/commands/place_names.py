"""`siaga city import-places ...`: bring in a list of place names, look first, take back whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from siaga import clock
from siaga.adapters.exchange import reading
from siaga.adapters.exchange.name_file import read_name_file
from siaga.adapters.exchange.returned_rows import free_name, returned_csv, returned_xlsx
from siaga.adapters.maps.osm.names import OsmName
from siaga.commands.open_house import (
    COMMAND_LINE,
    EXIT_REFUSED,
    House,
    in_the_house,
    spoken,
    the_city,
    the_places,
)
from siaga.commands.terminal import complain, said, say
from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.known_place import PlaceImport, PlaceName, PlaceSource
from siaga.domain.place import PlaceMethod
from siaga.features.places.actions import bring_in, new_batch, take_back
from siaga.features.places.name_table import NameTable
from siaga.records.archive import Transaction
from siaga.settings import Settings

KINDS_SHOWN_MAX = 12


def import_places(
    file: Annotated[Path, typer.Argument(help=said("Berkas XLSX atau CSV.", "XLSX or CSV file."))],
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help=said("Catat. Tanpa ini hanya diperiksa.", "Record. Without it: only look.")
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
    """Read a list of streets, landmarks and other names (nama, jenis, kelurahan, lat, lon, alias, catatan).

    Nothing is recorded without --yes; wrong rows come back as a file. Running screens use the names at once.
    """
    settings = Settings.from_env()
    city = the_city(settings)
    batch = new_batch()
    try:
        data = reading.load(file)
        table = read_name_file(data, city, batch)
    except RuleBroken as refusal:
        complain(spoken(refusal))
        raise typer.Exit(EXIT_REFUSED) from None
    returned = _give_back(table, file, data, errors)
    recorded = 0
    if yes and table.good:

        async def work(house: House) -> int:
            return await bring_in(
                house.archive, table.good, batch=batch, file=file.name, source=PlaceSource.FILE,
                by=COMMAND_LINE, now=clock.now(),
            )  # fmt: skip

        recorded = in_the_house(work)
    if as_json:
        _print_json(table, recorded, batch, returned)
    else:
        _preview(table, returned)
        _outcome(table, recorded, batch, yes)
    if yes and not recorded:
        raise typer.Exit(EXIT_REFUSED)


def undo_places(
    batch: Annotated[
        str, typer.Argument(help=said("Kode impor (siaga city places).", "Import (siaga city places)."))
    ],
) -> None:
    """Take one list of names back: exactly its names."""

    async def work(house: House) -> int:
        return await take_back(house.archive, batch, by=COMMAND_LINE, now=clock.now())

    removed = in_the_house(work)
    say(f"{removed} nama dari impor {batch} dihapus.", f"{removed} names of import {batch} removed.")


def list_places() -> None:
    """List the imports of names, newest first."""

    async def work(house: House) -> None:
        for one in reversed(await house.archive.look(_imports)):
            state = said("dibatalkan", "undone") if one.undone_at else ""
            at = one.at.astimezone(house.city.zone)
            print(f"{one.id}  {at:%d/%m/%Y %H:%M}  {one.rows:>7}  {one.source:4}  {one.file}  {state}")

    in_the_house(work)


def keep_osm_names(names: Sequence[OsmName], file: str, *, verified: bool = True) -> int:
    """Record the names of an OpenStreetMap extract instead of those of an earlier one; returns how many.

    Names outside the city are left out: they are the neighbour's, and would be proposed to our callers.
    """
    settings = Settings.from_env()
    city = the_city(settings)
    batch = new_batch()
    kept = city_names(names, city, settings, batch, verified=verified)
    if not kept:
        return 0

    async def work(house: House) -> int:
        return await bring_in(
            house.archive,
            kept,
            batch=batch,
            file=file,
            source=PlaceSource.OSM,
            by=COMMAND_LINE,
            now=clock.now(),
        )

    return in_the_house(work)


def city_names(
    names: Sequence[OsmName], city: City, settings: Settings, batch: str, *, verified: bool
) -> list[PlaceName]:
    """The names that lie in the city, each with its kelurahan where an outline tells it."""
    places = the_places(settings, city)
    numbers = count()
    kept = []
    for name in names:
        place = places.locate(name.lat, name.lon)
        if place.is_outside:
            continue
        is_told = place.method is not PlaceMethod.CENTROID
        kept.append(
            PlaceName(
                id=f"{batch}-{next(numbers):06d}",
                batch=batch,
                name=name.name,
                kind=name.kind,
                lat=name.lat,
                lon=name.lon,
                accuracy_m=name.accuracy_m,
                kelurahan=place.kelurahan if is_told and name.line is None else None,
                aliases=name.aliases,
                line=name.line,
                verified=verified,
            )
        )
    return kept


def add_names_to(app: typer.Typer) -> None:
    """Hang these commands under `siaga city`."""
    app.command("import-places")(import_places)
    app.command("undo-places")(undo_places)
    app.command("places")(list_places)


async def _imports(tx: Transaction) -> list[PlaceImport]:
    return await tx.find(PlaceImport, order=("at",))


def _give_back(table: NameTable, file: Path, data: bytes, wanted: Path | None) -> Path | None:
    """Write the wrong rows to a file beside the given one, or here when that folder is closed to us."""
    if not table.wrong:
        return None
    is_workbook = reading.is_workbook(data)
    content = (returned_xlsx if is_workbook else returned_csv)(table.headings, table.wrong, spoken)
    name = f"{file.stem}-salah{'.xlsx' if is_workbook else '.csv'}"
    for target in [wanted] if wanted else [free_name(file.with_name(name)), free_name(Path.cwd() / name)]:
        try:
            target.write_bytes(content)
        except OSError as error:
            trouble = error.strerror
        else:
            return target
    complain(said(f"Tidak bisa menulis {name}: {trouble}.", f"Cannot write {name}: {trouble}."))
    raise typer.Exit(EXIT_REFUSED)


def _preview(table: NameTable, returned: Path | None) -> None:
    say(f"{len(table.good)} nama dapat dicatat.", f"{len(table.good)} names can be recorded.")
    kinds = sorted(table.by_kind.items(), key=lambda kind: -kind[1])
    for kind, amount in kinds[:KINDS_SHOWN_MAX]:
        print(f"  {amount:>7}  {kind}")
    if len(kinds) > KINDS_SHOWN_MAX:
        print(
            said(
                f"  ... dan {len(kinds) - KINDS_SHOWN_MAX} jenis lagi",
                f"  ... and {len(kinds) - KINDS_SHOWN_MAX} more",
            )
        )
    if table.without_point:
        say(
            f"{table.without_point} tanpa koordinat: ditemukan namanya, tetapi tidak tampil di peta.",
            f"{table.without_point} without coordinates: the name is found, but not shown on the map.",
        )
    if table.repeated:
        say(f"{table.repeated} baris berulang dilewati.", f"{table.repeated} repeated rows left out.")
    if table.unknown:
        names = ", ".join(table.unknown)
        say(f"Kolom yang tidak dipakai: {names}", f"Columns not used: {names}")
    if returned is not None:
        say(
            f"{len(table.wrong)} baris salah ada di {returned}: perbaiki di sana, lalu impor berkas itu.",
            f"{len(table.wrong)} wrong rows are in {returned}: mend them there, then import that file.",
        )


def _outcome(table: NameTable, recorded: int, batch: str, yes: bool) -> None:
    if recorded:
        say(
            f"{recorded} nama dicatat. Batalkan dengan: siaga city undo-places {batch}",
            f"{recorded} names recorded. Take back with: siaga city undo-places {batch}",
        )
    elif not table.good:
        complain(said("Tidak ada baris yang dapat diimpor.", "There is no row to import."))
    elif not yes:
        say(
            "Belum ada yang dicatat. Tambahkan --yes untuk mencatat.",
            "Nothing has been recorded yet. Add --yes to record.",
        )


def _print_json(table: NameTable, recorded: int, batch: str, returned: Path | None) -> None:
    answer = {
        "good": len(table.good),
        "wrong": len(table.wrong),
        "repeated": table.repeated,
        "without_point": table.without_point,
        "recorded": recorded,
        "batch": batch if recorded else None,
        "by_kind": table.by_kind,
        "unused_columns": list(table.unknown),
        "errors_file": str(returned) if returned else None,
    }
    print(json.dumps(answer, ensure_ascii=False, indent=1))
