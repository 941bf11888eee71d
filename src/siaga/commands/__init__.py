"""The words after `siaga` on the command line, one module per group.

To add a group: write a module here with a function `add_to(app)` and add its line to TABLE. Only the module of the
word that was typed is loaded, so that one group's libraries never slow down another.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import typer

from siaga.commands.terminal import said

TABLE = (
    # module                      the first words it answers to
    ("siaga.commands.up", ("up", "serve")),
    ("siaga.commands.doctor", ("doctor",)),
    ("siaga.commands.database", ("database",)),
    ("siaga.commands.demo", ("demo",)),
    ("siaga.commands.city", ("city",)),
    ("siaga.commands.contact", ("contact",)),
    ("siaga.commands.history", ("import",)),
    ("siaga.commands.report", ("report",)),
    ("siaga.commands.person", ("person", "token")),
    ("siaga.commands.bench", ("bench",)),
    ("siaga.commands.journal", ("journal",)),
    ("siaga.commands.paper", ("paper",)),
    ("siaga.commands.recordings", ("recordings",)),
    ("siaga.commands.plans", ("plans",)),
    ("siaga.commands.triage", ("triage",)),
)


def build(words: Sequence[str] = ()) -> typer.Typer:
    """The command line for these `words`; without a known first word the whole of it (`siaga --help`)."""
    app = typer.Typer(
        name="siaga",
        help=said(
            "Siaga 112: sistem di balik nomor darurat 112 sebuah kota.",
            "Siaga 112: the system behind a city's emergency number 112.",
        ),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # they print local variables, which may hold a caller's words
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_group)
    asked = [module for module, first_words in TABLE if words and words[0] in first_words]
    for module in asked or [module for module, _ in TABLE]:
        import_module(module).add_to(app)
    return app


def _group() -> None:
    """Makes typer keep the command's name even while there is only one."""
