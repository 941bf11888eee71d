"""`siaga city ...`: look after the city's data."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from siaga import clock
from siaga.adapters.maps.boundaries import BoundaryImport, match_areas
from siaga.adapters.maps.boundary_file import keep_boundaries, kept_boundaries
from siaga.adapters.maps.geojson import MapFileRefused, read_areas
from siaga.city_files import CityUnreadable, load_city
from siaga.commands.city_cells import import_cells
from siaga.commands.import_osm import import_osm
from siaga.commands.kept_plans import kept_plans
from siaga.commands.place_names import add_names_to
from siaga.commands.terminal import complain, said, say
from siaga.domain.city import City
from siaga.domain.city_check import check_city
from siaga.domain.city_finding import Finding, Severity
from siaga.domain.response_plan import ResponsePlan
from siaga.settings import Settings

EXIT_FINDINGS = 1  # something must be put right; the text says what
LINES_MAX = 20  # of one list; a file for the wrong region would fill the screen

app = typer.Typer(
    no_args_is_help=True,
    help=said("Memeriksa dan melengkapi data kota.", "Check and complete the city's data."),
)


@app.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help=said("Folder kota; bawaan: SIAGA_CITY.", "Folder of the city; default: SIAGA_CITY."),
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help=said(
                "Gagal juga bila masih ada peringatan atau CONTOH.",
                "Fail on warnings and CONTOH entries as well.",
            ),
        ),
    ] = False,
) -> None:
    """Say what is missing or contradictory in the city's data. Exit code 1 when it must not be served like this."""
    settings = Settings.from_env()
    city = _load(folder or settings.city)
    kept = kept_plans(settings, city) if folder is None else None
    findings = check_city(city.with_plans(city.plans.with_newer(kept or ())))
    for severity, title in _TITLES.items():
        _list(title, [_sentence(finding) for finding in findings if finding.severity is severity])
    _say_outlines(settings.home, city)
    _say_plans(folder, kept)
    say(
        f"{city.full_name} ({city.code}): {len(city.types)} jenis kejadian, {len(city.agencies)} instansi, "
        f"{len(city.rules)} aturan, {len(city.kelurahan)} kelurahan, {len(city.landmarks)} jalan dan patokan.",
        f"{city.full_name} ({city.code}): {len(city.types)} incident types, {len(city.agencies)} agencies, "
        f"{len(city.rules)} rules, {len(city.kelurahan)} kelurahan, {len(city.landmarks)} streets and landmarks.",
    )
    if any(finding.severity is Severity.ERROR for finding in findings) or (strict and findings):
        say("Belum bisa dipakai: perbaiki yang di atas.", "Not usable yet: mend what is listed above.")
        raise typer.Exit(EXIT_FINDINGS)
    say("Bisa dipakai.", "Usable.")


@app.command("import-boundaries")
def import_boundaries(
    file: Annotated[
        Path,
        typer.Argument(
            help=said(
                "GeoJSON batas kelurahan dengan kode Kemendagri.",
                "GeoJSON of kelurahan with Kemendagri codes.",
            )
        ),
    ],
    swap_axes: Annotated[
        bool,
        typer.Option(
            "--swap-axes", help=said("Berkas menulis lintang dulu.", "The file has latitude first.")
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=said("Lihat saja, jangan simpan.", "Only look, keep nothing."))
    ] = False,
) -> None:
    """Bring in the outlines of the city's kelurahan, so that a point is placed exactly and not by the nearest centre.

    Areas are matched by Kemendagri code. Running processes use the new outlines after their next start.
    """
    settings = Settings.from_env()
    city = _load(settings.city)
    try:
        brought = match_areas(city, read_areas(file, swap_axes=swap_axes))
    except MapFileRefused as refusal:
        complain(str(refusal))
        raise typer.Exit(EXIT_FINDINGS) from None
    _report(city, brought)
    if dry_run:
        say("Tidak ada yang disimpan (--dry-run).", "Nothing was kept (--dry-run).")
        return
    try:
        path = keep_boundaries(
            settings.home, city, brought.boundaries, source=file.name, imported_at=clock.now().isoformat()
        )
    except OSError as error:
        complain(
            said(
                f"Tidak bisa menulis ke {settings.home}: {error.strerror}.",
                f"Cannot write to {settings.home}: {error.strerror}.",
            )
        )
        raise typer.Exit(EXIT_FINDINGS) from None
    say(
        f"Disimpan di {path}. Mulai ulang siaga untuk memakainya.",
        f"Kept in {path}. Restart siaga to use it.",
    )


app.command("import-osm")(import_osm)
add_names_to(app)
app.command("import-cells")(import_cells)


def add_to(group: typer.Typer) -> None:
    """Hang these commands under `siaga city`."""
    group.add_typer(app, name="city")


_TITLES = {
    Severity.ERROR: said("HARUS DIPERBAIKI", "MUST BE MENDED"),
    Severity.WARNING: said("PERLU DILIHAT", "WORTH A LOOK"),
    Severity.CONTOH: said("MASIH CONTOH", "STILL A SAMPLE"),
}


def _say_plans(folder: Path | None, kept: tuple[ResponsePlan, ...] | None) -> None:
    """Which plans were looked at: a version that was imported counts instead of the file's."""
    if kept:
        say(
            f"{len(kept)} rencana penanganan diperiksa seperti yang berlaku di basis data, lainnya dari plans.toml.",
            f"{len(kept)} response plans were checked as the database has them, the others from plans.toml.",
        )
    elif kept is None and folder is None:
        say(
            "Basis data tidak menjawab: hanya rencana di plans.toml yang diperiksa.",
            "No database answers: only the plans in plans.toml were checked.",
        )


def _load(folder: Path) -> City:
    try:
        return load_city(folder)
    except CityUnreadable as unreadable:
        _list(said("TIDAK BISA DIBACA", "CANNOT BE READ"), unreadable.problems)
        raise typer.Exit(EXIT_FINDINGS) from None


def _say_outlines(home: Path, city: City) -> None:
    try:
        outlined = sum(entry.code in city.kelurahan_by_code for entry in kept_boundaries(home, city))
    except MapFileRefused as refusal:
        complain(str(refusal))
        return
    if outlined < len(city.kelurahan):
        say(
            f"Garis batas: {outlined} dari {len(city.kelurahan)} kelurahan. Lokasi di kelurahan lain hanya "
            "“perkiraan”; lengkapi dengan: siaga city import-boundaries BERKAS",
            f"Outlines: {outlined} of {len(city.kelurahan)} kelurahan. Places in the others are only "
            "“perkiraan” (estimates); complete them with: siaga city import-boundaries FILE",
        )


def _report(city: City, brought: BoundaryImport) -> None:
    say(
        f"{len(brought.matched)} dari {len(city.kelurahan)} kelurahan cocok.",
        f"{len(brought.matched)} of {len(city.kelurahan)} kelurahan matched.",
    )
    _list(
        said("TIDAK ADA DI BERKAS", "MISSING FROM THE FILE"),
        [f"{area.code} {area.name}" for area in brought.missing],
    )
    _list(said("BUKAN KELURAHAN KOTA INI", "NOT OF THIS CITY"), brought.extra)
    _list(said("BENTUKNYA DIPERBAIKI", "OUTLINE REPAIRED"), brought.repaired)
    _list(said("DILEWATI", "LEFT OUT"), brought.problems)
    _list(said("PERLU DILIHAT", "WORTH A LOOK"), brought.warnings)


def _sentence(finding: Finding) -> str:
    return f"{finding.where}: {finding.message}"


def _list(title: str, lines: Iterable[str]) -> None:
    every = list(lines)
    if not every:
        return
    print(f"{title} ({len(every)})")
    for line in every[:LINES_MAX]:
        print(f"  - {line}")
    if len(every) > LINES_MAX:
        print(said(f"  ... dan {len(every) - LINES_MAX} lagi", f"  ... and {len(every) - LINES_MAX} more"))
    print()
