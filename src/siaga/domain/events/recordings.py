"""What becomes of a conversation's sound after it was kept: who listened, who needs it, when it was erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class RecordingHeard(Event):
    """Somebody opened the player of this call. One for each opening, not for each piece that is fetched."""

    name = "recording.heard.v1"
    call: str
    by: str
    reason: str | None = None
    protected: bool = False


@dataclass(frozen=True, kw_only=True)
class RecordingExported(Event):
    """A copy in clear was handed out; ``sha256`` is that of its sound."""

    name = "recording.exported.v1"
    call: str
    by: str
    reason: str
    sha256: str
    protected: bool = False


@dataclass(frozen=True, kw_only=True)
class RecordingHeld(Event):
    """It is not to be erased until a person says so."""

    name = "recording.held.v1"
    call: str
    file: str
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RecordingReleased(Event):
    """The hold is lifted; its retention counts again."""

    name = "recording.released.v1"
    call: str
    file: str
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RecordingErased(Event):
    """Its time was over: sound and key are gone; ``sha256`` still says what it was."""

    name = "recording.erased.v1"
    call: str
    file: str
    kind: str
    sha256: str
    saved_at: datetime
