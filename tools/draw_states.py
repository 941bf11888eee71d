"""Draw docs/states from the tables the program obeys: `python tools/draw_states.py`; with --check, only compare.

Nothing is drawn by hand, so a picture cannot promise what the program refuses.
"""

from __future__ import annotations

import sys
from pathlib import Path

from siaga.domain import assignment, call, shift
from siaga.domain.event import Event
from siaga.domain.machine import S, Transitions, as_mermaid

FOLDER = Path(__file__).parents[1] / "docs" / "states"
HEAD = "<!-- Drawn by tools/draw_states.py from {source}. Do not edit. -->\n\n# {title}\n\n{words}\n\n"


def pages() -> dict[str, str]:
    """Each file's name and text."""
    return {
        "call.md": _page(
            source="src/siaga/domain/call.py",
            title="A call",
            words="A caller by voice, panic button or text. How it ended and what kind of call it was are not "
            "states: see `EndReason` and `Disposition` in the glossary.",
            first=call.CallState.WAITING,
            last=call.CallState.ENDED,
            drawing=as_mermaid(call.TRANSITIONS),
            meanings=_meanings(call.TRANSITIONS),
        ),
        "seat.md": _page(
            source="src/siaga/domain/shift.py",
            title="A taker's seat",
            words="One seat, one conversation. The arrows are named by the verb in `MOVES`; each one records "
            "`SeatChanged`.",
            first=shift.SeatState.OFF,
            last=None,
            drawing=_seat_drawing(),
            meanings=list(SEAT_VERBS.items()),
        ),
        "assignment.md": _page(
            source="src/siaga/domain/assignment.py",
            title="An assignment",
            words="One agency asked about one incident. Silence is never an answer: it escalates, and at the top "
            "of the ladder it keeps ringing.",
            first=assignment.AssignmentState.SENT,
            last=None,
            drawing=as_mermaid(assignment.TRANSITIONS),
            meanings=_meanings(assignment.TRANSITIONS),
        ),
    }


SEAT_VERBS = {
    "come": "She says she is ready, or her wrap-up ends by itself.",
    "ring": "A call is offered to her.",
    "take": "She answers.",
    "quiet": "The caller left, or was lost, while it rang.",
    "pause": "She takes a break, or let an offer pass.",
    "leave": "Her shift is over.",
    "finish": "The conversation is over; the writing may not be.",
    "drop": "Her headset has been gone too long; the caller goes to somebody else.",
}
assert set(SEAT_VERBS) == {verb for verbs in shift.MOVES.values() for verb in verbs}


def _seat_drawing() -> str:
    arrows = [
        f"    {before} --> {after}: {verb}"
        for before, verbs in shift.MOVES.items()
        for verb, after in verbs.items()
    ]
    return "\n".join(["stateDiagram-v2", *arrows])


def _meanings(transitions: Transitions[S]) -> list[tuple[str, str]]:
    """Every event on an arrow, once, with what it means."""
    events: dict[type[Event], None] = dict.fromkeys(
        event for exits in transitions.values() for event in exits
    )
    said = {event.__name__: (event.__doc__ or "").split("\n\n")[0].strip() for event in events}
    return [(name, words.replace("``", "`")) for name, words in said.items()]


def _page(
    *,
    source: str,
    title: str,
    words: str,
    first: object,
    last: object | None,
    drawing: str,
    meanings: list[tuple[str, str]],
) -> str:
    heading, *arrows = drawing.split("\n")
    ends = [f"    {last} --> [*]"] if last is not None else []
    whole = "\n".join([heading, f"    [*] --> {first}", *arrows, *ends])
    rows = "\n".join(f"| `{name}` | {' '.join(meaning.split())} |" for name, meaning in meanings)
    return (
        HEAD.format(source=source, title=title, words=words)
        + f"```mermaid\n{whole}\n```\n\n| arrow | meaning |\n| --- | --- |\n{rows}\n"
    )


def main(words: list[str]) -> int:
    """Write the pages, or say which are old."""
    old = []
    for name, text in pages().items():
        path = FOLDER / name
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        old.append(name)
        if "--check" not in words:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in old:
        print(f"{'old' if '--check' in words else 'drawn'}: docs/states/{name}")
    return 1 if old and "--check" in words else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
