"""The words after `siaga` on the command line, one module per group.

To add a group: write a module here with a function `add_to(app)` and add its line to TABLE.
"""

from __future__ import annotations

from importlib import import_module

import typer

from siaga.commands.terminal import said

TABLE = (
    # module                    the words it adds
    "siaga.commands.up",  # siaga up, siaga serve web|phone|worker
    "siaga.commands.doctor",  # siaga doctor
    "siaga.commands.city",  # siaga city check, siaga city import-boundaries
)


def build() -> typer.Typer:
    """The whole command line."""
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
    for module in TABLE:
        import_module(module).add_to(app)
    return app


def _group() -> None:
    """Makes typer keep the command's name even while there is only one."""
