"""The walk names every event, and everything it names exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from siaga.domain.alarm import AlarmKind
from siaga.domain.event import EVENTS

ROOT = Path(__file__).parents[2]
WALK = (ROOT / "docs" / "walk.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


def test_the_walk_names_every_event() -> None:
    assert [event.__name__ for event in EVENTS if f"`{event.__name__}`" not in WALK] == []


def test_every_file_and_function_the_documents_name_exists() -> None:
    missing = []
    for page in sorted((ROOT / "docs").rglob("*.md")):
        for file, name in re.findall(
            r"`((?:src|tests|tools|benchmarks)/[\w/.]+\.py):(\w+)`", page.read_text("utf-8")
        ):
            path = ROOT / file
            if not path.is_file() or name not in _definitions(path):
                missing.append(f"{page.name}: {file}:{name}")
    assert missing == []


def _definitions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_the_glossary_explains_every_alarm() -> None:
    assert [kind for kind in AlarmKind if f"| {kind} |" not in GLOSSARY] == []


def test_every_event_has_a_stable_name_with_a_version() -> None:
    names = [event.name for event in EVENTS]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z_]+\.[a-z_]+\.v\d+", name)] == []


def test_no_event_carries_what_belongs_to_a_person() -> None:
    personal = {"number", "display_name", "name_of_person", "text", "said", "phone", "address", "lat", "lon"}
    carried = {event.__name__: personal & set(event.__dataclass_fields__) for event in EVENTS}
    assert {name: fields for name, fields in carried.items() if fields} == {}
