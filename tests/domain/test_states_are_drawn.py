"""The pictures in docs/states are drawn from the tables; an old picture fails here."""

from __future__ import annotations

from pathlib import Path

import pytest
from tools import draw_states

from siaga.domain.shift import MOVES


def test_no_picture_is_older_than_its_table() -> None:
    drawn = {path.name: path.read_text(encoding="utf-8") for path in draw_states.FOLDER.glob("*.md")}
    assert drawn == draw_states.pages(), "run: python tools/draw_states.py"


def test_a_picture_has_every_arrow_of_its_table() -> None:
    arrows = draw_states.pages()["seat.md"].count(" --> ")
    assert arrows == 1 + sum(map(len, MOVES.values()))


def test_an_old_picture_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(draw_states, "FOLDER", tmp_path)
    assert draw_states.main([]) == 0
    assert draw_states.main(["--check"]) == 0
    (tmp_path / "call.md").write_text("drawn by hand")
    capsys.readouterr()
    assert draw_states.main(["--check"]) == 1
    assert capsys.readouterr().out == "old: docs/states/call.md\n"
