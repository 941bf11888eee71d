"""`siaga triage ...`: what the type model has learned, and teaching it now."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Annotated, Any

import typer

from siaga import clock
from siaga.commands.open_house import House, in_the_house
from siaga.commands.terminal import said, say
from siaga.domain.type_learning import LABELS_MIN, NIGHTLY, PRECISION_WANTED
from siaga.features.incidents.types import duty as type_duty

NICENESS = 15  # whoever answers a telephone goes first
SHOWN_MAX = 10

app = typer.Typer(
    no_args_is_help=True,
    help=said("Model jenis kejadian: latih, lihat.", "The incident type model: train, show."),
)


@app.command()
def train(
    nightly: Annotated[
        bool, typer.Option("--nightly", hidden=True, help="Started by the worker: yield to everybody else.")
    ] = False,
) -> None:
    """Learn from what takers typed and finally chose. Protected cases are left out; no text is printed or kept."""
    if nightly:
        os.nice(NICENESS)

    async def work(house: House) -> dict[str, Any]:
        from siaga.features.incidents.types import learning as type_learning
        from siaga.features.incidents.types.training import train as learned_from

        labels = await type_learning.labels_of(house.archive, house.city, clock.now())
        own = type_learning.own_words(house.city)
        trained = await asyncio.to_thread(learned_from, labels, own)
        edition = await house.archive.do(type_learning.keep_model, trained=trained, now=clock.now())
        result = trained.figures.why_silent or "speaks"
        await house.archive.do(type_duty.ended, city=house.city, result=result, now=clock.now())
        return {"edition": edition, "figures": trained.figures}

    done = in_the_house(work)
    _say_figures(done["edition"], vars(done["figures"]))


@app.command()
def show(
    as_json: Annotated[
        bool, typer.Option("--json", help=said("Keluaran untuk program lain.", "Output for another program."))
    ] = False,
) -> None:
    """Say how each model was measured, the newest first, and when the next training is due."""

    async def work(house: House) -> tuple[list[Any], Any]:
        models = await house.archive.rows(
            "select edition, trained_at, threshold, figures from type_model where city_id = $1 "
            "order by edition desc limit $2",
            SHOWN_MAX,
        )
        due = await house.archive.value("select due_at from learning where city_id = $1 and id = $2", NIGHTLY)
        return [dict(row) for row in models], due and due.astimezone(house.city.zone)

    models, due = in_the_house(work)
    if as_json:
        given = [{**row, "figures": json.loads(row["figures"])} for row in models]
        print(json.dumps({"models": given, "due_at": due}, ensure_ascii=False, indent=1, default=str))
        return
    for row in models:
        _say_figures(row["edition"], json.loads(row["figures"]))
    if not models:
        say("Belum pernah dilatih.", "Never trained yet.")
    if due:
        say(f"Latihan berikutnya {due:%d-%m-%Y %H:%M}.", f"Next training {due:%d-%m-%Y %H:%M}.")


def add_to(group: typer.Typer) -> None:
    """Hang these commands under `siaga triage`."""
    group.add_typer(app, name="triage")


def _say_figures(edition: int, figures: dict[str, Any]) -> None:
    labels, why = figures["labels"], figures["why_silent"]
    if why in ("labels", "types"):
        say(
            f"Model {edition}: {labels} label. Di bawah {LABELS_MIN} label model diam; sinonim tetap bekerja.",
            f"Model {edition}: {labels} labels. Below {LABELS_MIN} labels the model is silent; synonyms go on.",
        )
        return
    say(
        f"Model {edition}: {labels} label, {figures['types']} jenis; benar {figures['top_1']:.1%}, "
        f"di antara tiga {figures['top_3']:.1%} (tebakan terbanyak {figures['majority']:.1%}).",
        f"Model {edition}: {labels} labels, {figures['types']} types; right {figures['top_1']:.1%}, "
        f"among three {figures['top_3']:.1%} (commonest type {figures['majority']:.1%}).",
    )
    for wanted, found in figures["thresholds"].items():
        say(
            f"  ketepatan {float(wanted):.0%}: menjawab {found['answered']:.0%} (terukur {found['precision']:.1%})",
            f"  precision {float(wanted):.0%}: answers {found['answered']:.0%} (measured {found['precision']:.1%})",
        )
    if why:
        say(
            f"  Model ini diam: ketepatan {PRECISION_WANTED:.0%} tidak tercapai.",
            f"  This model is silent: a precision of {PRECISION_WANTED:.0%} was not reached.",
        )
