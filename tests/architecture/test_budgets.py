"""The house stays readable: short functions, short files, named rooms."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.source import CITIES, PACKAGE, ROOT, modules, tree

FUNCTION_LINES_MAX = 70
MODULE_LINES_MAX = 400
FOLDER_MODULES_MAX = 32  # names one takes in at a glance; a noun with a prefix of its own wants a folder
NAMES_FORBIDDEN = {"utils", "util", "common", "helpers", "helper", "base", "misc", "shared", "lib"}
COMMITTERS = "siaga/records"
CLOCK_FILES = {
    "siaga/clock.py",
    "siaga/records/identity.py",  # a version 7 identity begins with the time, by its standard
}
CLOCK_READERS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("time", "time"), ("time", "time_ns"), ("time", "localtime"), ("time", "gmtime"),
}  # fmt: skip
BROAD = {"Exception", "BaseException"}
REASON_CHARACTERS_MIN = 20
STANDARD_LIBRARY_ONLY = "siaga/domain"


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def relative(path: Path) -> str:
    return path.relative_to(ROOT / "src").as_posix()


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = [
        f"{relative(path)}:{function.lineno} {function.name} has {lines} lines"
        for path in modules()
        for function in functions(path)
        if (lines := (function.end_lineno or function.lineno) - function.lineno + 1) > FUNCTION_LINES_MAX
    ]

    assert too_long == [], "give a part of it a name of its own"


def test_no_file_is_longer_than_a_chapter() -> None:
    too_long = [
        f"{relative(path)} has {lines} lines"
        for path in modules()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MODULE_LINES_MAX
    ]

    assert too_long == [], "split it by noun"


def test_no_room_is_a_corridor_of_files() -> None:
    counts = Counter(
        relative(path.parent)
        for path in modules()
        if relative(path).startswith(("siaga/features/", "siaga/adapters/"))
    )

    crowded = {folder: count for folder, count in counts.items() if count > FOLDER_MODULES_MAX}
    assert crowded == {}, "give its nouns a folder each (docs/decisions/0020)"


def test_no_file_is_a_junk_drawer() -> None:
    drawers = [
        relative(path)
        for path in modules()
        if path.stem in NAMES_FORBIDDEN or path.parent.name in NAMES_FORBIDDEN
    ]

    assert drawers == [], "a name or no file"


def test_the_code_knows_no_city_and_no_agency() -> None:
    forbidden = city_words()
    found = [
        f"{relative(path)}:{number} says {word!r}"
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").lower().splitlines(), 1)
        for word in sorted(forbidden & words_of(line))
    ]

    assert found == [], "what is true only here belongs into cities/"


def words_of(line: str) -> set[str]:
    return set("".join(letter if letter.isalnum() or letter == "_" else " " for letter in line).split())


def city_words() -> set[str]:
    """Names of the sample city, of its districts, and the codes of its agencies."""
    import csv
    import tomllib

    words: set[str] = set()
    for folder in CITIES:
        head = tomllib.loads((folder / "city.toml").read_text(encoding="utf-8"))
        words |= {folder.name.lower(), head["name"].lower()}
        agencies = tomllib.loads((folder / "agencies.toml").read_text(encoding="utf-8"))
        words |= {code.lower() for code in _codes(agencies)}
        with open(folder / "kelurahan.csv", encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(line for line in file if not line.startswith("#")):
                words |= {
                    row[name].lower()
                    for name in row
                    if name in {"kecamatan", "kelurahan", "name"} and row[name]
                }
    return {word for word in words if len(word) > 3} - PLAIN_WORDS


PLAIN_WORDS = {"petugas_piket"}
# The duty officer is a role every city has; the code may speak of it.


def _codes(agencies: dict[str, object]) -> Iterator[str]:
    for key, value in agencies.items():
        if isinstance(value, dict):
            yield from value if key in {"agency", "agencies"} else [key]
        elif isinstance(value, list):
            for entry in value:
                if isinstance(entry, dict):
                    yield from (str(entry[name]) for name in ("code", "id") if name in entry)


def test_the_words_of_the_city_are_found_so_that_the_rule_above_means_something() -> None:
    assert len(city_words()) > 10


def clock_readings(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            name = (
                owner.id
                if isinstance(owner, ast.Name)
                else owner.attr
                if isinstance(owner, ast.Attribute)
                else ""
            )
            if (name, node.func.attr) in CLOCK_READERS:
                yield f"{relative(path)}:{node.lineno} reads {name}.{node.func.attr}()"


def test_only_the_clock_reads_the_clock() -> None:
    found = [
        reading for path in modules() if relative(path) not in CLOCK_FILES for reading in clock_readings(path)
    ]

    assert found == [], "take `now` as an argument, so that a simulated day can be any day"


def test_only_the_records_write_to_the_database() -> None:
    """Nobody else opens a transaction or commits: rows and journal would come apart."""
    found = []
    for path in modules():
        if relative(path).startswith(COMMITTERS):
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value.lstrip().lower()
                if (
                    text.startswith(("insert into ", "update ", "delete from ", "commit", "begin;"))
                    and " " in text.strip()
                ):
                    found.append(f"{relative(path)}:{node.lineno} {text[:40]!r}")

    assert found == [], "record it through the archive"


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module


def test_the_domain_needs_only_the_standard_library() -> None:
    import sys

    found = [
        f"{relative(path)} imports {name}"
        for path in modules()
        if relative(path).startswith(STANDARD_LIBRARY_ONLY)
        for name in imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("siaga.domain")
    ]

    assert found == []


def test_the_domain_does_no_input_or_output() -> None:
    forbidden = {
        "asyncio",
        "logging",
        "os",
        "pathlib",
        "socket",
        "subprocess",
        "threading",
        "time",
        "random",
        "io",
    }
    found = [
        f"{relative(path)} imports {name}"
        for path in modules()
        if relative(path).startswith(STANDARD_LIBRARY_ONLY)
        for name in imported(path)
        if name.split(".")[0] in forbidden
    ]

    assert found == []


def test_whoever_catches_everything_says_why() -> None:
    """Only where one failing job must not stop the others, and then with the reason on the same line."""
    found = []
    for path in modules():
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ExceptHandler):
                broad = node.type is None or (isinstance(node.type, ast.Name) and node.type.id in BROAD)
                raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
                reason = lines[node.lineno - 1].partition("#")[2].replace("noqa: BLE001", "").strip()
                if broad and not raises and len(reason) < REASON_CHARACTERS_MIN:
                    found.append(f"{relative(path)}:{node.lineno}")

    assert found == [], "name the errors you expect, or say why all of them"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        relative(path)
        for path in modules()
        if not ast.get_docstring(tree(path)) and path.read_text(encoding="utf-8").strip()
    ]

    assert silent == []
    assert PACKAGE.is_dir()
