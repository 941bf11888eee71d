"""A conversation by text: a `Call` of the channel text that a taker may lay aside, and take up again.

Rule 1: a text is offered like any call; once answered it is hers until it ends, whether on her desk or aside.
Rule 2: a session that lies aside never keeps her from a voice; new words in it never wait unseen without an alarm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from siaga.domain.call import Call, CallState, Channel
from siaga.domain.errors import RuleBroken
from siaga.domain.event import TextLaidAside, TextReplied, TextTakenUp

REPLY_CHARACTERS_MAX = 480  # three SMS; longer ones arrive in pieces, or not at all
UNSEEN_SECONDS = 30
# New words in a session that lies aside ring the room after this (A2): a taker who speaks with somebody else has had
# a breath in which to look, and who writes because he cannot speak must not believe that nobody reads.


@dataclass(frozen=True, kw_only=True)
class TextRules:
    """The section ``[texts]`` of room.toml."""

    per_taker: int = 3  # sessions one taker holds at once; NENA's guide for text-to-911: no more than three
    replies: tuple[str, ...] = (
        "112 menerima pesan Anda. Di mana lokasinya?",
        "Apakah aman bila kami menelepon Anda? Balas YA atau TIDAK.",
        "Bantuan sedang menuju lokasi. Tetap di tempat aman.",
    )


STANDARD_TEXTS = TextRules()


@dataclass(frozen=True, kw_only=True)
class TextLine:
    """What was written. ``by``: the taker; ``None``: the citizen. ``text`` is personal data and may be erased."""

    id: str
    call: str
    at: datetime
    text: str
    by: str | None = None


def _must_be_hers(call: Call, taker: str) -> None:
    if call.channel is not Channel.TEXT:
        raise RuleBroken("Ini bukan percakapan teks.")
    if call.state is not CallState.TALKING:
        raise RuleBroken("Panggilan ini tidak sedang berlangsung.")
    if call.taker != taker:
        raise RuleBroken("Panggilan ini ditangani petugas lain.")


def laid_aside(call: Call, *, by: str, at: datetime) -> tuple[Call, TextLaidAside]:
    """She does something else; the session stays hers."""
    _must_be_hers(call, by)
    if call.aside_at is not None:
        raise RuleBroken("Percakapan teks ini sudah disisihkan.")
    return replace(call, aside_at=at, seen_at=at), TextLaidAside(call=call.id, taker=by, at=at)


def taken_up(call: Call, *, by: str, at: datetime) -> tuple[Call, TextTakenUp]:
    """She is back in the session."""
    _must_be_hers(call, by)
    if call.aside_at is None:
        raise RuleBroken("Percakapan teks ini sudah terbuka.")
    return replace(call, aside_at=None, seen_at=at), TextTakenUp(call=call.id, taker=by, at=at)


def replied(call: Call, text: str, *, line: str, by: str, at: datetime) -> tuple[TextLine, TextReplied]:
    """She writes back, from the open session or from one that lies aside."""
    _must_be_hers(call, by)
    if call.number is None:
        raise RuleBroken("Nomor penelepon ini tidak diketahui.")
    words = text.strip()
    if not words or len(words) > REPLY_CHARACTERS_MAX:
        raise RuleBroken("Pesan 1 sampai {max} huruf.", max=REPLY_CHARACTERS_MAX)
    return TextLine(id=line, call=call.id, at=at, by=by, text=words), TextReplied(
        call=call.id, taker=by, at=at
    )


def waits_unseen(call: Call, at: datetime) -> bool:
    """New words have lain in a session aside for too long."""
    if (
        call.aside_at is None
        or call.said_at is None
        or (call.seen_at is not None and call.said_at <= call.seen_at)
    ):
        return False
    return at - call.said_at >= timedelta(seconds=UNSEEN_SECONDS)
