"""The table of commands tells the truth."""

from __future__ import annotations

import pytest
import typer

from siaga.commands import TABLE, build


def names(app: typer.Typer) -> set[str]:
    return set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("module", "words"), TABLE)
def test_a_module_adds_exactly_the_words_of_its_line(module: str, words: tuple[str, ...]) -> None:
    for word in words:
        assert names(build([word])) == set(words), module


def test_help_knows_every_word() -> None:
    assert names(build()) == names(build(["--help"])) == {word for _, words in TABLE for word in words}
