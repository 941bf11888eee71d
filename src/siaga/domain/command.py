"""What was typed in the command line, read without knowing anything of units and incidents.

Rule 1: reading never fails: a line is a command, or the beginning of one, or begins with an unknown word.
Rule 2: a blank, ``.``, ``,`` and ``;`` all separate, upper and lower case are the same, ``#`` before a number is free.
Rule 3: a written command reads back as itself: ``read(render(command)).command == command``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from siaga.domain.command_words import SEND_AND, SPELLINGS, VERBS, Part, Verb
from siaga.domain.unit import UnitStatus

LINE_CHARACTERS_MAX = 500  # several times the longest sensible command; a longer text belongs into the sheet
NEAREST_SHOWN = 3
SEPARATORS = " .,;\t\r\n\u00a0"
TOKEN = re.compile(r"[^\s.,;]+")
INCIDENT_NUMBER = re.compile(r"#?\d{1,9}")
KIND_SEPARATOR = ";"


@dataclass(frozen=True, kw_only=True)
class Command:
    """A whole command: every field as typed, codes in capitals. Which fields count is in ``VERBS[verb]``.

    ``status`` with ``Verb.SEND`` is what the units do at once (``DE``: they roll).
    """

    verb: Verb
    units: tuple[str, ...] = ()
    unit: str = ""
    incident: str = ""
    other: str = ""
    status: str = ""
    priority: str = ""
    agencies: tuple[str, ...] = ()
    outcome: str = ""
    kind: str = ""
    where: str = ""
    number: str = ""
    subject: str = ""
    minutes: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a line means so far.

    ``command`` when it is whole; else ``missing`` says what comes next, or ``unknown`` which first word nobody knows.
    ``extra`` is what is left over behind a whole command. ``typing`` is the word under the caret at the end of the
    line (empty after a separator), ``typing_part`` what it will be (none: the verb), ``typing_at`` where it begins.
    """

    line: str
    verb: Verb | None = None
    command: Command | None = None
    missing: Part | None = None
    unknown: str = ""
    extra: str = ""
    typing: str = ""
    typing_part: Part | None = None
    typing_at: int = 0


class _Rest:
    """What of the line is not read yet."""

    def __init__(self, line: str, at: int = 0) -> None:
        self.line, self.at = line, at
        self.part: Part | None = None  # what the last word taken was meant to be
        self.last_at = at

    def peek(self) -> str:
        found = TOKEN.search(self.line, self.at)
        return found.group() if found else ""

    def take(self, part: Part | None) -> str:
        """The next word; empty at the end."""
        found = TOKEN.search(self.line, self.at)
        if found is None:
            return ""
        self.at, self.last_at, self.part = found.end(), found.start(), part
        return found.group()

    def all(self, part: Part) -> str:
        """Everything that is left, as it was typed."""
        start = self.at + len(self.line[self.at :]) - len(self.line[self.at :].lstrip(SEPARATORS))
        text = self.line[start:]
        if text.strip():
            self.at, self.last_at, self.part = len(self.line), start, part
        return " ".join(text.split())


def read(line: str) -> Reading:
    """Read one line. Never raises."""
    line = line[:LINE_CHARACTERS_MAX]
    rest = _Rest(line, len(line) - len(line.lstrip(SEPARATORS + "/")))
    word = rest.take(None)
    if word.startswith("?"):
        word = Verb.HELP.value
    verb = SPELLINGS.get(word.upper())
    if verb is None:
        typing = _typing(line, rest)
        return Reading(
            line=line, unknown=word, typing=typing, typing_at=rest.last_at if typing else len(line)
        )
    values: dict[str, str | tuple[str, ...]] = {}
    missing = None
    for part in VERBS[verb].parts:
        if not (value := _take(rest, part, verb)):
            missing = part if part in VERBS[verb].needs else None
            break
        values[part.value] = value
    if word.upper() in SEND_AND:
        values["status"] = SEND_AND[word.upper()].value
    extra = (
        " ".join(rest.line[rest.at :].strip(SEPARATORS).split())
        if missing is None and verb != Verb.HELP
        else ""
    )
    command = Command(verb=verb, **values) if missing is None else None  # type: ignore[arg-type]
    typing = _typing(line, rest) if not extra else ""
    return Reading(
        line=line, verb=verb, command=command, missing=missing, extra=extra, typing=typing,
        typing_part=rest.part if typing else missing, typing_at=rest.last_at if typing else len(line),
    )  # fmt: skip


def _typing(line: str, rest: _Rest) -> str:
    """The word that ends where the line ends: the one a completion would finish."""
    return line[rest.last_at :] if line and line[-1] not in SEPARATORS and rest.at == len(line) else ""


def _take(rest: _Rest, part: Part, verb: Verb) -> str | tuple[str, ...]:
    """What the next words mean as this part; empty when nothing fits."""
    match part:
        case Part.UNITS:
            return _units(rest)
        case Part.AGENCIES:
            return _words(rest, part)
        case Part.INCIDENT | Part.OTHER:
            return rest.take(part).lstrip("#").upper()
        case Part.SUBJECT:
            return rest.take(part).lstrip("#").upper()
        case Part.NUMBER:
            return "".join(
                letter
                for letter in rest.all(part)
                if letter.isascii() and (letter.isdigit() or letter == "+")
            )
        case Part.KIND | Part.WHERE:
            return _segment(rest, part)
        case Part.TEXT:
            return rest.all(part)
        case _:
            return rest.take(part).upper()


def _units(rest: _Rest) -> tuple[str, ...]:
    """Words until one looks like an incident's number."""
    units: dict[str, None] = {}
    while (word := rest.peek()) and not INCIDENT_NUMBER.fullmatch(word):
        units[rest.take(Part.UNITS).upper()] = None
    return tuple(units)


def _words(rest: _Rest, part: Part) -> tuple[str, ...]:
    words: dict[str, None] = {}
    while word := rest.take(part):
        words[word.upper()] = None
    return tuple(words)


def _segment(rest: _Rest, part: Part) -> str:
    """Up to the next semicolon: names of places are full of blanks, commas and full stops."""
    start = rest.at
    while start < len(rest.line) and rest.line[start] in SEPARATORS:
        start += 1
    end = rest.line.find(KIND_SEPARATOR, start)
    end = len(rest.line) if end < 0 else end
    text = " ".join(rest.line[start:end].split())
    if text:
        rest.at, rest.last_at, rest.part = end, start, part
    return text


def render(command: Command) -> str:
    """The shortest way to write a command."""
    word = command.verb.value
    if command.verb is Verb.SEND and command.status:
        word = next(short for short, status in SEND_AND.items() if status is UnitStatus(command.status))
    if command.verb is Verb.OPEN:
        return f"{word} " + "; ".join(part for part in (command.kind, command.where, command.text) if part)
    said = [word]
    for part in VERBS[command.verb].parts:
        value = getattr(command, part.value)
        if value:
            said.append(",".join(value) if isinstance(value, tuple) else value)
    return " ".join(said)


def nearest(word: str, known: Iterable[str], most: int = NEAREST_SHOWN) -> tuple[str, ...]:
    """The words most like ``word``, the likest first; what begins with it comes before what only resembles it."""
    wanted = word.upper()
    scored = [
        (not one.upper().startswith(wanted), -SequenceMatcher(None, wanted, one.upper()).ratio(), one)
        for one in known
    ]
    return tuple(one for _, _, one in sorted(scored)[:most])


def completed(reading: Reading, word: str) -> str:
    """The line with the word under the caret replaced by a whole one, and a blank behind it."""
    return f"{reading.line[: reading.typing_at]}{word} "


def without_number(command: Command) -> Command:
    """The command as it may be kept in a list of past ones: a caller's number is not kept."""
    return replace(command, number="") if command.number else command
