"""`siaga paper`: write the forms and the pack of what is open now, for the printer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from siaga import clock
from siaga.adapters.web.paper import Written, write_paper
from siaga.commands.open_house import House, in_the_house
from siaga.commands.terminal import language, said, say


def add_to(parent: typer.Typer) -> None:
    """Add `siaga paper`."""
    parent.command(
        "paper",
        help=said(
            "Tulis lembar kosong serta kejadian terbuka dan unit sebagai berkas untuk dicetak.",
            "Write empty call sheets, and open incidents and units, as files to print.",
        ),
    )(paper)


def paper(
    folder: Annotated[
        Path | None,
        typer.Option(
            "--to", help=said("Folder. Bawaan: paper di SIAGA_HOME.", "Folder. Default: paper in SIAGA_HOME.")
        ),
    ] = None,
) -> None:
    """Both files stand alone: they open in any browser without a server, and print on A4."""

    async def work(house: House) -> Written:
        return await write_paper(
            house.archive, house.city, folder or house.settings.paper, language=language(), now=clock.now()
        )

    written = in_the_house(work)
    say(str(written.form), str(written.form))
    say(str(written.pack), str(written.pack))
