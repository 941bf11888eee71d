"""`siaga doctor`: what is wrong, in plain words, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

import asyncpg
import typer

from siaga import clock
from siaga.city_files import CityUnreadable, load_city
from siaga.commands.exchange_checks import exchange
from siaga.commands.map_checks import maps
from siaga.commands.recording_checks import recordings
from siaga.commands.terminal import language, said
from siaga.commands.trunk_checks import trunk
from siaga.domain.city_check import check_city
from siaga.domain.city_finding import Severity
from siaga.processes import doctor
from siaga.processes.database_check import database
from siaga.processes.finding import Finding, Level, fault, fine, warning, worst
from siaga.processes.trouble import Words
from siaga.records import migrate
from siaga.settings import Settings

MARKS = {Level.OK: ("baik ", "ok   "), Level.WARNING: ("AWAS ", "WARN "), Level.FAULT: ("SALAH", "FAULT")}


def add_to(app: typer.Typer) -> None:
    """Add `siaga doctor`."""
    app.command(
        "doctor",
        help=said(
            "Periksa pemasangan ini. Kode keluar: 0 baik, 1 ada peringatan, 2 ada yang harus diperbaiki.",
            "Examine this installation. Exit code: 0 all well, 1 warnings, 2 something must be put right.",
        ),
    )(run)


def run(
    as_json: Annotated[
        bool, typer.Option("--json", help=said("Keluaran untuk program lain.", "Output for another program."))
    ] = False,
) -> None:
    """Examine, print, and leave with the worst level as exit code."""
    settings = Settings.from_env()
    findings = doctor.examine(settings, clock.now(), more=(city, maps, records, recordings, exchange, trunk))
    if as_json:
        print(json.dumps([as_row(finding) for finding in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            mark = MARKS[finding.level][language() == "en"]
            print(f"{mark}  {finding.check:18} {finding.what.spoken(language())}")
            if finding.remedy:
                print(f"{'':26}→ {finding.remedy.spoken(language())}")
    raise typer.Exit(int(worst(findings)))


def as_row(finding: Finding) -> dict[str, str]:
    """One finding for another program."""
    remedy = finding.remedy.spoken(language()) if finding.remedy else ""
    return {
        "check": finding.check,
        "level": finding.level.name.lower(),
        "what": finding.what.spoken(language()),
        "remedy": remedy,
    }


def city(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """Whether the city's files can be read and make sense together."""
    mend = Words("Perbaiki lalu periksa: ./siaga city check", "Mend it and look: ./siaga city check")
    try:
        loaded = load_city(settings.city)
    except CityUnreadable as unreadable:
        text = " ".join(unreadable.problems)
        yield fault(
            "city",
            Words(f"Data kota di {settings.city}: {text}", f"City data in {settings.city}: {text}"),
            mend,
        )
        return
    grave = [finding for finding in check_city(loaded) if finding.severity is Severity.ERROR]
    if grave:
        text = "; ".join(f"{finding.where}: {finding.message}" for finding in grave[:3])
        yield fault(
            "city",
            Words(
                f"{len(grave)} kesalahan pada data kota: {text}",
                f"{len(grave)} errors in the city's data: {text}",
            ),
            mend,
        )
    else:
        yield fine("city", f"Data kota: {loaded.full_name}.", f"The city's data: {loaded.full_name}.")


def records(settings: Settings, _now: datetime) -> list[Finding]:
    """Whether the database is reachable, new enough and up to date."""
    return database(settings, _migrations)


async def _migrations(connection: asyncpg.Connection) -> Finding:
    try:
        pending = await migrate.pending(connection)
    except migrate.DatabaseNewer as newer:
        return fault(
            "migrations",
            Words(
                f"Basis data dari Siaga yang lebih baru ({newer}).",
                f"The database is of a newer Siaga ({newer}).",
            ),
            Words("Pasang versi Siaga yang lebih baru.", "Install the newer Siaga."),
        )
    if pending:
        return warning(
            "migrations",
            Words(
                f"{len(pending)} perubahan tabel belum dijalankan.", f"{len(pending)} migrations are pending."
            ),
            Words("Jalankan: ./siaga up", "Run: ./siaga up"),
        )
    return fine("migrations", "Tabel mutakhir.", "The tables are up to date.")
