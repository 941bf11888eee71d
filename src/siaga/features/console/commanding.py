"""One line of the command line: what it would do, and doing exactly that."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from siaga.domain.city import City
from siaga.domain.command import Command, Reading, completed, read
from siaga.domain.command_words import GRAMMAR, PART_LABELS, Verb
from siaga.domain.errors import RuleBroken
from siaga.domain.place import PlaceFinder
from siaga.domain.roles import May, Viewer
from siaga.features.console.completing import completions, verbs
from siaga.records.archive import Transaction
from siaga.records.planned import Asked, Choice, CommandTable, Plan, Said, Unclear


@dataclass(frozen=True, kw_only=True)
class Situation:
    """Who types, where, and which verbs there are."""

    table: CommandTable
    city: City
    finder: PlaceFinder
    by: Viewer
    now: datetime

    def asked(self, command: Command) -> Asked:
        return Asked(command=command, city=self.city, finder=self.finder, by=self.by, now=self.now)


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What is shown under the line. ``state``: empty, begun, ready, refused, unknown. ``seen`` goes back with Enter.

    ``choices``: (whole new line, word, label); only those of ``begun`` are what Tab completes.
    """

    state: str
    says: tuple[Said, ...] = ()
    seen: str = ""
    choices: tuple[tuple[str, Choice], ...] = ()


class Changed(RuleBroken):
    """It would no longer do what was shown. Nothing was done; ``preview`` says what it would do now."""

    def __init__(self, preview: Preview) -> None:
        super().__init__("Keadaannya berubah. Belum dilakukan: baca lagi, lalu Enter.")
        self.preview = preview


async def preview_command(tx: Transaction, *, line: str, situation: Situation) -> Preview:
    """What the line would do. Reads only; refusals are part of the answer, never raised."""
    situation.by.must(May.SEE_ALL_INCIDENTS)
    reading = read(line)
    if reading.verb is None and not reading.unknown:
        return Preview(state="empty", choices=_whole(reading, verbs("")))
    if reading.verb is None:
        choices = verbs(reading.unknown.upper())
        state = "begun" if reading.typing else "unknown"
        said = Said("Kata perintah {word} tidak dikenal.", {"word": reading.unknown})
        return Preview(state=state, says=() if reading.typing and _begins(reading) else (said,),
                       choices=_whole(reading, choices, at_verb=True))  # fmt: skip
    if reading.verb is Verb.HELP:
        return Preview(
            state="begun",
            choices=tuple(
                (f"{words.verb.value} ", Choice(words.verb.value, words.what)) for words in GRAMMAR
            ),
        )
    asked = situation.asked(reading.command or Command(verb=reading.verb))
    offers = _whole(reading, await completions(tx, asked, reading))
    if reading.command is None:
        assert reading.missing is not None
        wants = Said("{verb}: lalu {part}.", translated={
            "verb": next(words.what for words in GRAMMAR if words.verb is reading.verb),
            "part": PART_LABELS[reading.missing]})  # fmt: skip
        return Preview(state="begun", says=(wants,), choices=offers)
    return await _of_whole(tx, reading, asked, situation.table, offers)


async def _of_whole(
    tx: Transaction,
    reading: Reading,
    asked: Asked,
    table: CommandTable,
    offers: tuple[tuple[str, Choice], ...],
) -> Preview:
    try:
        plan = await _plan(tx, reading, asked, table)
    except Unclear as unclear:
        says = (Said(unclear.message, unclear.words),)
        named = unclear.words.get("word")
        choices = tuple((_with(reading, str(named or ""), one.word), one) for one in unclear.choices)
        return Preview(state="unknown", says=says, choices=choices)
    except RuleBroken as refusal:
        return Preview(state="refused", says=(Said(refusal.message, refusal.words),), choices=offers)
    still = (
        offers
        if reading.typing and not any(line.strip() == reading.line.strip() for line, _ in offers)
        else ()
    )
    return Preview(state="ready", says=plan.says, seen=plan.fingerprint, choices=still)


async def _plan(tx: Transaction, reading: Reading, asked: Asked, table: CommandTable) -> Plan:
    if reading.extra:
        raise RuleBroken("Tidak dimengerti: {extra}", extra=reading.extra)
    planner = table.planners.get(asked.command.verb)
    if planner is None:
        raise RuleBroken("Perintah ini tidak ada di sini.")
    return await planner(tx, asked)


async def run_command(tx: Transaction, *, line: str, seen: str, situation: Situation) -> dict[str, Any]:
    """Do what the preview ``seen`` showed, and nothing else.

    Raises Changed when the line would now do something else, and what the planner or the act refuses with.
    """
    situation.by.must(May.SEE_ALL_INCIDENTS)
    reading = read(line)
    if reading.command is None:
        raise RuleBroken("Perintah belum lengkap.")
    asked = situation.asked(reading.command)
    plan = await _plan(tx, reading, asked, situation.table)
    if plan.fingerprint != seen:
        raise Changed(Preview(state="ready", says=plan.says, seen=plan.fingerprint))
    done = await plan.act(tx)
    return {
        "says": [_plain(one) for one in plan.says],
        "url": done.url if done else "",
        "show": dict(done.show) if done else {},
        "lines": [_plain(one) for one in done.lines] if done else [],
    }


def _plain(said: Said) -> dict[str, Any]:
    return {"text": said.text, "gaps": dict(said.gaps), "translated": dict(said.translated)}


def _begins(reading: Reading) -> bool:
    typed = reading.unknown.upper()
    return any(one.startswith(typed) for words in GRAMMAR for one in (words.verb.value, *words.also))


def _whole(
    reading: Reading, choices: tuple[Choice, ...], *, at_verb: bool = False
) -> tuple[tuple[str, Choice], ...]:
    if at_verb and not reading.typing:  # an unknown first word with more behind it: put the verb in its place
        return tuple((_with(reading, reading.unknown, one.word), one) for one in choices)
    return tuple((completed(reading, one.word), one) for one in choices)


def _with(reading: Reading, word: str, instead: str) -> str:
    """The line with the last ``word`` (in any case) replaced."""
    at = reading.line.upper().rfind(word.upper()) if word else -1
    if at < 0:
        return reading.line
    return f"{reading.line[:at]}{instead}{reading.line[at + len(word) :]}"
