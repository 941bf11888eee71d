"""The command line's two addresses: what a line would do, and doing it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, post

from siaga.domain.city import City
from siaga.domain.command import LINE_CHARACTERS_MAX, read
from siaga.domain.command_words import Verb
from siaga.domain.place import PlaceFinder
from siaga.domain.roles import Viewer
from siaga.features.console.commanding import Changed, Preview, Situation, preview_command, run_command
from siaga.records.planned import CommandTable, Said
from siaga.records.postgres import PostgresArchive

KEY_CHARACTERS_MAX = 80
AnyRequest = Request[Any, Any, Any]
Words = Callable[..., str]
Line = Annotated[str, msgspec.Meta(max_length=LINE_CHARACTERS_MAX)]


class Typed(msgspec.Struct):
    """What stands in the line."""

    line: Line = ""


class Entered(msgspec.Struct):
    """The line and the fingerprint of the preview that was read before Enter."""

    line: Line
    seen: Annotated[str, msgspec.Meta(max_length=64)]


@post("/perintah/lihat", status_code=200)
async def preview(
    data: Typed, archive: PostgresArchive, city: City, finder: PlaceFinder, viewer: Viewer, now: datetime,
    words: Words, command_table: CommandTable,
) -> dict[str, Any]:  # fmt: skip
    """What the line would do, in words; changes nothing."""
    situation = Situation(table=command_table, city=city, finder=finder, by=viewer, now=now)
    return shown(await archive.look(preview_command, line=data.line, situation=situation), words)


@post("/perintah/jalankan", status_code=200)
async def run(
    data: Entered, request: AnyRequest, archive: PostgresArchive, city: City, finder: PlaceFinder, viewer: Viewer,
    now: datetime, words: Words, command_table: CommandTable,
) -> Response[dict[str, Any]]:  # fmt: skip
    """Do it. The same key twice is one act; what would differ from the preview is not done (409)."""
    situation = Situation(table=command_table, city=city, finder=finder, by=viewer, now=now)
    given = request.headers.get("idempotency-key", "")[:KEY_CHARACTERS_MAX]
    # What a caller's number brings is personal data: the memory of answers must not keep it.
    key = f"command:{viewer.person}:{given}" if given and read(data.line).verb is not Verb.CALLER else None
    result = await _answered_before(archive, key)
    try:
        if result is None:
            result = await archive.do(
                run_command, key=key, line=data.line, seen=data.seen, situation=situation
            )
    except Changed as changed:
        return Response({**shown(changed.preview, words), "detail": words(changed.message)}, status_code=409)
    return Response({
        "says": " ".join(_said(one, words) for one in result["says"]),
        "lines": [_said(one, words) for one in result["lines"]],
        "url": result["url"],
        "show": result["show"],
    })  # fmt: skip


async def _answered_before(archive: PostgresArchive, key: str | None) -> dict[str, Any] | None:
    """The first answer to this key: planning anew would find its own effect and call it a change."""
    if key is None:
        return None
    found = await archive.value("select result from idempotency where city_id = $1 and key = $2", key)
    answer: dict[str, Any] | None = msgspec.json.decode(found) if found is not None else None
    return answer


def shown(preview: Preview, words: Words) -> dict[str, Any]:
    """A preview as the screen reads it."""
    return {
        "state": preview.state,
        "says": " ".join(sentence(one, words) for one in preview.says),
        "seen": preview.seen,
        "choices": [
            {"line": line, "word": choice.word, "label": words(choice.label) if choice.label else ""}
            for line, choice in preview.choices
        ],
    }


def sentence(said: Said, words: Words) -> str:
    """In the viewer's language."""
    translated = {name: words(msgid) for name, msgid in said.translated.items()}
    return words(said.text, **said.gaps, **translated)


def _said(plain: dict[str, Any], words: Words) -> str:
    return sentence(Said(plain["text"], plain["gaps"], plain["translated"]), words)


PAGES: list[Any] = [preview, run]
