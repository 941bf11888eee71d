"""`siaga report ...`: the city's figures on the terminal."""

from __future__ import annotations

import csv
import json
import sys
from datetime import date
from typing import Annotated

import typer
from babel.dates import format_date

from siaga import clock
from siaga.commands.open_house import EXIT_REFUSED, House, administrator, in_the_house, spoken
from siaga.commands.terminal import complain, language, said
from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.features.insight.moments import calendar_day
from siaga.features.insight.periods import Choice, Period, chosen_period
from siaga.features.insight.queries import Counts, count_incidents

NAME_CHARACTERS = 36  # the longest report group, and room for another city's
COUNT_CHARACTERS = 8

app = typer.Typer(no_args_is_help=True, help=said("Laporan dan angka.", "Reports and figures."))


@app.callback()
def _group() -> None:
    """Keeps `counts` a word of its own while it is the only report."""


@app.command()
def counts(
    first: Annotated[
        str,
        typer.Option("--from", help=said("Hari pertama, ikut dihitung.", "First day, counted as well.")),
    ] = "",
    last: Annotated[
        str, typer.Option("--to", help=said("Hari terakhir, ikut dihitung.", "Last day, counted as well."))
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help=said("Keluaran untuk program lain.", "Output for another program."))
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help=said("Keluaran CSV.", "CSV output."))] = False,
    demo: Annotated[
        bool,
        typer.Option("--demo", help=said("Hitung juga kejadian CONTOH.", "Count demo incidents as well.")),
    ] = False,
    without_protected: Annotated[
        bool,
        typer.Option(
            "--without-protected",
            help=said(
                "Tanpa kasus terlindungi, seperti yang dilihat orang di luar lingkarannya.",
                "Without protected cases, as seen by people outside their circle.",
            ),
        ),
    ] = False,
) -> None:
    """Count incidents by the city's report groups, in the city's order. Days are the city's own, both included.

    Protected cases are counted unless --without-protected: the command line speaks for the administrator, and the
    official table publishes their number.
    """

    async def work(house: House) -> tuple[City, Counts]:
        period = _period(house.city, first, last)
        found = await count_incidents(
            house.archive, house.city, period, viewer=house.viewer, demo=demo or house.settings.demo
        )
        return house.city, found

    try:
        _check_days(first, last)
    except RuleBroken as refusal:
        complain(spoken(refusal))
        raise typer.Exit(EXIT_REFUSED) from None
    city, found = in_the_house(work, viewer=administrator(in_circle=not without_protected))
    if as_json:
        _print_json(city, found)
    elif as_csv:
        _print_csv(found)
    else:
        _print_table(city, found)
    _say_left_out(found)


def add_to(group: typer.Typer) -> None:
    """Hang these commands under `siaga report`."""
    group.add_typer(app, name="report")


def _check_days(*days: str) -> None:
    """Refuse a mistyped day before a database is started for it."""
    for day in days:
        if day:
            calendar_day(day)


def _period(city: City, first: str, last: str) -> Period:
    """The days asked for; this month up to today when nothing is said."""
    usual = chosen_period(Choice.THIS_MONTH, now=clock.now(), zone=city.zone)
    return Period(
        first=calendar_day(first) if first else usual.first,
        last=calendar_day(last) if last else usual.last,
        zone=city.zone,
    )


def _print_table(city: City, found: Counts) -> None:
    period = found.period
    print(f"{city.full_name}, {_day(period.first)} – {_day(period.last)}")
    for row in found.groups:
        amount = said("tersembunyi", "hidden") if row.count is None else str(row.count)
        print(f"{row.called(language()):<{NAME_CHARACTERS}}{amount:>{COUNT_CHARACTERS}}")
    print(f"{'Total':<{NAME_CHARACTERS}}{found.total:>{COUNT_CHARACTERS}}")


def _day(day: date) -> str:
    return format_date(day, "d MMM y", locale=language())


def _print_json(city: City, found: Counts) -> None:
    answer = {
        "city": city.code,
        "from": found.period.first.isoformat(),
        "to": found.period.last.isoformat(),
        "timezone": city.zone_name,
        "protected_included": not found.hides_protected,
        "groups": [
            {
                "code": row.code,
                "name": row.name,
                "name_en": row.name_en,
                "count": row.count,
                "low": row.interval and round(row.interval.low, 1),
                "high": row.interval and round(row.interval.high, 1),
            }
            for row in found.groups
        ],
        "total": found.total,
        "merged": found.merged,
        "demo_left_out": found.left_out_demo,
    }
    print(json.dumps(answer, ensure_ascii=False, indent=1))


def _print_csv(found: Counts) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["code", "name", "count", "low", "high"])
    for row in found.groups:
        bounds = [f"{row.interval.low:.1f}", f"{row.interval.high:.1f}"] if row.interval else ["", ""]
        writer.writerow([row.code, row.called(language()), "" if row.count is None else row.count, *bounds])
    writer.writerow(["total", "Total", found.total, "", ""])


def _say_left_out(found: Counts) -> None:
    if found.merged:
        complain(
            said(
                f"{found.merged} laporan yang digabung ke kejadian lain tidak dihitung lagi.",
                f"{found.merged} reports joined to another incident are not counted again.",
            )
        )
    if found.left_out_demo:
        complain(
            said(
                f"{found.left_out_demo} kejadian CONTOH tidak dihitung; --demo menghitungnya.",
                f"{found.left_out_demo} demo incidents are not counted; --demo counts them.",
            )
        )
    if found.hides_protected:
        complain(said("Kasus terlindungi tidak dihitung.", "Protected cases are not counted."))
