"""`siaga plans ...`: response plans out to a spreadsheet, back in after a look, and a name under them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from siaga import clock
from siaga.adapters.exchange import reading
from siaga.adapters.exchange.plan_file import check_table, read_plan_file
from siaga.adapters.exchange.plan_table import RowProblem, plan_workbook, problems_workbook
from siaga.adapters.exchange.plan_toml import plan_toml
from siaga.adapters.exchange.returned_rows import free_name
from siaga.commands.open_house import COMMAND_LINE, EXIT_REFUSED, House, in_the_house, spoken
from siaga.commands.terminal import complain, said, say
from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.response_plan import Approval, PlanBook, differences
from siaga.features.incidents.plans import actions as plan_actions
from siaga.features.incidents.plans.queries import editions_of, plans_in_force

app = typer.Typer(no_args_is_help=True, help=said("Rencana penanganan.", "Response plans."))


@app.command("export")
def export_plans(
    file: Annotated[
        Path, typer.Argument(help=said("Berkas .xlsx atau .toml baru.", "New .xlsx or .toml file."))
    ],
) -> None:
    """Write the plans in force to a spreadsheet or a TOML file."""
    if file.exists():
        complain(said(f"{file} sudah ada dan tidak ditimpa.", f"{file} exists and is not written over."))
        raise typer.Exit(EXIT_REFUSED)

    async def work(house: House) -> tuple[PlanBook, City]:
        return await _in_force(house), house.city

    book, city = in_the_house(work)
    if file.suffix.lower() == ".toml":
        content = plan_toml(book.plans).encode()
    else:
        content = plan_workbook(book.plans, city)
    _write(file, content)
    say(f"{len(book.plans)} rencana ditulis ke {file}.", f"{len(book.plans)} plans written to {file}.")


@app.command("import")
def import_plans(
    file: Annotated[Path, typer.Argument(help=said("Berkas XLSX atau TOML.", "XLSX or TOML file."))],
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help=said("Berlakukan. Tanpa ini hanya diperiksa.", "Bring in. Without it: only look.")
        ),
    ] = False,
) -> None:
    """Show what a file would change; --yes makes it a new, unapproved version. Wrong rows come back as a file."""
    try:
        data = reading.load(file)
        table = read_plan_file(data)
    except RuleBroken as refusal:
        complain(spoken(refusal))
        raise typer.Exit(EXIT_REFUSED) from None

    async def work(house: House) -> list[str]:
        check_table(table, house.city)
        book = await _in_force(house)
        for plan in table.sound:
            for line in differences(book.for_type(plan.type), plan):
                print(f"  {plan.type}: {line}")
        if not yes:
            return []
        return await house.archive.do(
            plan_actions.import_plans,
            book=house.city.plans,
            plans=table.sound,
            source=file.name,
            by=COMMAND_LINE,
            now=clock.now(),
        )

    changed = in_the_house(work)
    _give_back(file, table.problems)
    if changed:
        say(
            f"{len(changed)} rencana berlaku sekarang, belum disetujui: {', '.join(changed)}.",
            f"{len(changed)} plans are in force now, not approved: {', '.join(changed)}.",
        )
    elif yes:
        say("Tidak ada yang berubah.", "Nothing has changed.")
    else:
        say(
            "Belum ada yang diberlakukan. Tambahkan --yes. Jenis yang tidak disebut tetap seperti sekarang.",
            "Nothing is in force yet. Add --yes. Types not named stay as they are.",
        )
    if table.problems:
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def approve(
    type: Annotated[str, typer.Argument(help=said("Kode jenis kejadian.", "Code of the incident type."))],
    name: Annotated[str, typer.Option(help=said("Nama yang menyetujui.", "Who approves."))],
    role: Annotated[str, typer.Option(help=said("Jabatannya.", "In which position."))],
    on: Annotated[
        str, typer.Option("--date", help=said("Tanggal, contoh 2026-11-22.", "Date, such as 2026-11-22."))
    ],
) -> None:
    """Put the name of a local doctor or officer under the plan in force."""
    try:
        day = date.fromisoformat(on)
    except ValueError:
        complain(said("Tulis tanggal seperti 2026-11-22.", "Write the date like 2026-11-22."))
        raise typer.Exit(EXIT_REFUSED) from None

    async def work(house: House) -> int:
        book = await _in_force(house)
        plan = book.for_type(type)
        if plan is None:
            raise RuleBroken("Jenis ini belum punya rencana penanganan.")
        return await house.archive.do(
            plan_actions.approve_plan,
            city=house.city,
            type=type,
            edition=plan.edition,
            approval=Approval(name=name, role=role, on=day),
            by=COMMAND_LINE,
            now=clock.now(),
        )

    version = in_the_house(work)
    say(
        f"{type} versi {version} disetujui {name}, {role}.",
        f"{type} version {version} approved by {name}, {role}.",
    )


@app.command()
def show(
    type: Annotated[
        str, typer.Argument(help=said("Kode jenis; kosong: semua.", "Type code; empty: all."))
    ] = "",
) -> None:
    """List the plans in force, or the versions of one."""

    async def work(house: House) -> None:
        book = await _in_force(house)
        for plan in book.plans:
            if type not in ("", plan.type):
                continue
            signed = plan.approval
            words = (
                f"{signed.name}, {signed.role}, {signed.on:%d-%m-%Y}"
                if signed
                else said("belum disetujui", "not approved")
            )
            print(f"{plan.edition:40} P{plan.priority or '-'}  {len(plan.questions):>2} ?  {words}")
        if type:
            for edition, who in await editions_of(house.archive, type):
                at: datetime = edition.made_at.astimezone(house.city.zone)
                print(f"  {edition.edition:>3}  {at:%d-%m-%Y %H:%M}  {who}  {edition.source}")

    in_the_house(work)


def add_to(group: typer.Typer) -> None:
    """Hang these commands under `siaga plans`."""
    group.add_typer(app, name="plans")


async def _in_force(house: House) -> PlanBook:
    return house.city.plans.with_newer(await plans_in_force(house.archive))


def _give_back(file: Path, problems: list[RowProblem]) -> None:
    if not problems:
        return
    for problem in problems[:20]:
        complain(f"  {problem.sheet} {problem.row}: {problem.type}: {problem.message}")
    target = free_name(file.with_name(f"{file.stem}-salah.xlsx"))
    _write(target, problems_workbook(problems))
    complain(
        said(
            f"{len(problems)} baris salah; rencananya tidak diambil. Daftarnya ada di {target}.",
            f"{len(problems)} rows are wrong; their plans are left out. The list is {target}.",
        )
    )


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
