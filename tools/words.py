"""Keeps the catalogues in step with the sentences in code, templates and scripts.

    python tools/words.py extract    writes src/siaga/locale/siaga.pot and updates every .po
    python tools/words.py fill en F  puts the translations of the JSON file F ({sentence: translation}) into the .po
    python tools/words.py check      says what is missing, stale or untranslated; exit code 1 if anything is

Indonesian sentences are the keys. They are found in `_()`, `_n()`, `N_()`, `t()` and `words()`, in the shortcut
registry, in Python tables whose name ends in LABELS, and in the refusals (`RuleBroken`, `NotAllowed`, `NotFound`,
`TooBusy`, `FileRefused`, `Unclear`, `step`), `PlaceNote` and `Said`, their subclasses included: the words may stand
there directly, in a conditional expression, or behind a name given in the same file.
"""

from __future__ import annotations

import ast
import io
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "src" / "siaga" / "locale"
TEMPLATE = LOCALE / "siaga.pot"
KEYWORDS = {"_": None, "N_": None, "t": None, "words": None, "_n": (1, 1)}
REFUSALS = ("RuleBroken", "NotAllowed", "NotFound", "TooBusy", "FileRefused", "Unclear")
ARGUMENT = {
    **dict.fromkeys(KEYWORDS, 0), **dict.fromkeys(REFUSALS, 0), "translate": 1, "step": 3, "Said": 0, "Reason": 0,
    "PlaceNote": 0,
}  # fmt: skip
# In Python: which argument of these calls holds the words.
TABLES = ("LABELS", "TITLES", "SENTENCES")
GAP = re.compile(r"\{(\w+)\}")
LINE_WIDTH = 110
# A .po of ours is sorted by its keys and names files without line numbers: two people who add sentences in
# different places do not collide, and moving a line changes nothing.


@dataclass(frozen=True)
class Found:
    """One sentence and the file it stands in. ``counted``: it speaks of a number of things (`_n`)."""

    msgid: str
    source: str
    counted: bool = False


def sources() -> Iterator[tuple[str, Path]]:
    """Templates and scripts, with Babel's name of the way to read them."""
    for file in sorted((ROOT / "src" / "siaga").rglob("templates/**/*.html")):
        yield "jinja2", file
    for file in sorted((ROOT / "web").glob("*.ts")) + sorted((ROOT / "web" / "src").glob("*.ts")):
        yield "javascript", file


def python_files() -> list[Path]:
    return sorted((ROOT / "src" / "siaga").rglob("*.py"))


def in_python(file: Path) -> Iterator[Found]:
    """The sentences of one module. Babel's own reader would glue the two arms of a conditional together."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    given: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                given.setdefault(target.id, []).append(node.value)
    name = file.relative_to(ROOT).as_posix()
    for table in (table for table in given if table.endswith(TABLES)):
        for value in given[table]:
            yield from (Found(text, name) for text in _strings(value, given))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name in refusals():
            yield from (Found(text, name) for text in _own_words(node, given))
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        place = 0 if called in refusals() else ARGUMENT.get(called)
        if place is not None and len(node.args) > place:
            for text in _strings(node.args[place], given):
                yield Found(text, name, counted=called == "_n")


@cache
def refusals() -> frozenset[str]:
    """Names of the refusals and of everything that is derived from one, anywhere in the house."""
    parents: dict[str, set[str]] = {}
    for file in python_files():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                parents.setdefault(node.name, set()).update(getattr(base, "id", "") for base in node.bases)
    known = set(REFUSALS)
    while more := {name for name, bases in parents.items() if bases & known} - known:
        known |= more
    return frozenset(known)


def _own_words(refusal: ast.ClassDef, given: dict[str, list[ast.expr]]) -> Iterator[str]:
    """The sentence a refusal hands to `super().__init__`."""
    for node in ast.walk(refusal):
        called = node.func if isinstance(node, ast.Call) else None
        if (
            isinstance(node, ast.Call)
            and isinstance(called, ast.Attribute)
            and called.attr == "__init__"
            and node.args
        ):
            yield from _strings(node.args[0], given)


def _strings(node: ast.expr, given: dict[str, list[ast.expr]]) -> Iterator[str]:
    """Every text an expression may become, as far as the file itself shows it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if node.value:
            yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _strings(node.body, given)
        yield from _strings(node.orelse, given)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _strings(value, given)
    elif isinstance(node, ast.Name):
        for value in given.get(node.id, []):
            yield from _strings(value, {})
    elif isinstance(node, ast.Subscript):
        yield from _strings(node.value, given)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
        yield from _strings(node.func.value, given)
        for argument in node.args[1:]:
            yield from _strings(argument, given)


def find_all() -> list[Found]:
    """All sentences of the product, from all sources."""
    found = [*_shortcuts(), *(one for file in python_files() for one in in_python(file))]
    for method, file in sources():
        name = file.relative_to(ROOT).as_posix()
        options = {"parse_template_string": "true"} if method == "javascript" else {"encoding": "utf-8"}
        with file.open("rb") as stream:
            for _, message, _, _ in extract(method, stream, keywords=KEYWORDS, options=options):
                counted = isinstance(message, tuple)
                msgid = message[0] if isinstance(message, tuple) else message
                if msgid:
                    found.append(Found(msgid, name, counted))
    return found


def _shortcuts() -> Iterator[Found]:
    file = ROOT / "web" / "shortcuts.json"
    for shortcut in json.loads(file.read_text(encoding="utf-8")):
        yield Found(shortcut["label"], "web/shortcuts.json")
        yield Found(shortcut["group"], "web/shortcuts.json")


def catalogue_of(found: list[Found]) -> Catalog:
    """The template every language starts from."""
    catalogue = Catalog(project="siaga", charset="utf-8", fuzzy=False)
    counted = {one.msgid for one in found if one.counted}
    for one in sorted(found, key=lambda one: (one.msgid, one.source)):
        msgid = (one.msgid, one.msgid) if one.msgid in counted else one.msgid
        catalogue.add(msgid, locations=[(one.source, 0)])
    return catalogue


def as_text(catalogue: Catalog) -> str:
    """The catalogue as a file: sorted, without dates or line numbers, so that equal content is equal text."""
    buffer = io.BytesIO()
    for message in catalogue:
        message.locations = sorted({(name, 0) for name, _ in message.locations})
    write_po(
        buffer,
        catalogue,
        width=LINE_WIDTH,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return HEADERS.get(str(catalogue.locale or ""), HEADERS[""]) + buffer.getvalue().decode("utf-8")


_COMMON = '"Content-Type: text/plain; charset=utf-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
HEADERS = {
    "": f'msgid ""\nmsgstr ""\n{_COMMON}\n',
    # Babel 2.18 writes two plural forms for Indonesian; there is one. Other languages keep Babel's rule.
    "id": f'msgid ""\nmsgstr ""\n"Language: id\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n{_COMMON}\n',
    "en": f'msgid ""\nmsgstr ""\n"Language: en\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n{_COMMON}\n',
}


def updated(file: Path, fresh: Catalog) -> Catalog:
    """The translations of `file` for the sentences of `fresh`; what nobody says any more is dropped."""
    language = file.parts[-3]
    with file.open("rb") as stream:
        old = read_po(stream, locale=language)
    new = Catalog(locale=language, charset="utf-8", fuzzy=False)
    for message in fresh:
        if not message.id:
            continue
        known = old.get(message.id if isinstance(message.id, str) else message.id[0])
        text = known.string if known is not None else None
        if isinstance(message.id, tuple) and isinstance(text, str):
            text = (text, text) if text else None
        if isinstance(message.id, str) and isinstance(text, tuple):
            text = text[0]
        new.add(message.id, text, locations=message.locations)
    return new


def languages() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/siaga.po"))


def write_all() -> None:
    """Write the template and every catalogue."""
    fresh = catalogue_of(find_all())
    TEMPLATE.write_text(as_text(fresh), encoding="utf-8")
    for file in languages():
        file.write_text(as_text(updated(file, fresh)), encoding="utf-8")


def fill(language: str, given: dict[str, str | list[str]]) -> None:
    """Put translations into a catalogue; sentences the product does not say are ignored."""
    file = LOCALE / language / "LC_MESSAGES" / "siaga.po"
    catalogue = updated(file, catalogue_of(find_all()))
    for message in catalogue:
        msgid = message.id if isinstance(message.id, str) else message.id[0] if message.id else ""
        if msgid in given:
            text = given[msgid]
            forms = [text, text] if isinstance(text, str) else text
            message.string = forms[0] if isinstance(message.id, str) else tuple(forms)
    file.write_text(as_text(catalogue), encoding="utf-8")


def complaints() -> list[str]:
    """What is wrong with the catalogues, in sentences; empty when all is well."""
    found = find_all()
    fresh = catalogue_of(found)
    wrong = [
        f"{one.source}: use {{name}}, not %(name)s, in {one.msgid!r}" for one in found if "%(" in one.msgid
    ]
    wrong += list(_unreadable_refusals())
    if not TEMPLATE.exists() or TEMPLATE.read_text(encoding="utf-8") != as_text(fresh):
        wrong.append("siaga.pot is old: run python tools/words.py extract")
    for file in languages():
        wrong += _complaints_about(file, fresh)
    return wrong


def _complaints_about(file: Path, fresh: Catalog) -> Iterator[str]:
    language = file.parts[-3]
    current = updated(file, fresh)
    if file.read_text(encoding="utf-8") != as_text(current):
        yield f"{language}: siaga.po is old or not sorted: run python tools/words.py extract"
    for message in current:
        if not message.id:
            continue
        msgid = message.id if isinstance(message.id, str) else message.id[0]
        forms = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        if message.fuzzy or not forms or not all(forms):
            yield f"{language}: no translation of {msgid!r} ({', '.join(name for name, _ in message.locations)})"
        elif any(set(GAP.findall(form)) - set(GAP.findall(msgid)) for form in forms):
            yield f"{language}: the translation of {msgid!r} has a gap the sentence does not have"


def _unreadable_refusals() -> Iterator[str]:
    """A refusal built with an f-string cannot be translated; its words must be a constant with {gaps}."""
    for file in python_files():
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            if node.func.id in REFUSALS and isinstance(node.args[0], ast.JoinedStr):
                yield f"{file.relative_to(ROOT).as_posix()}:{node.lineno}: words of a refusal must not be an f-string"


def main() -> int:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command == "extract":
        write_all()
        missing = [line for line in complaints() if "no translation" in line]
        print("\n".join(missing) or "all sentences are translated")
        return 0
    if command == "fill" and len(sys.argv) == 4:
        fill(sys.argv[2], json.loads(Path(sys.argv[3]).read_text(encoding="utf-8")))
        return 0
    if command == "check":
        wrong = complaints()
        print("\n".join(wrong) or "all sentences are translated")
        return 1 if wrong else 0
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
