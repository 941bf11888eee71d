"""Where callers are said to be: that something is known, never what it says."""

from __future__ import annotations

from dataclasses import dataclass

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class LocationReceived(Event):
    """A fix of a caller has come; ``call`` is ``None`` while nobody knows whose it is."""

    name = "location.received.v1"
    location: str
    call: str | None
    source: str


@dataclass(frozen=True, kw_only=True)
class LocationAdopted(Event):
    """A person has taken a fix as the place of the incident."""

    name = "location.adopted.v1"
    location: str
    call: str
    source: str
    by: str


@dataclass(frozen=True, kw_only=True)
class LocationAsked(Event):
    """A person asked a network again where a caller is."""

    name = "location.asked.v1"
    call: str
    by: str


@dataclass(frozen=True, kw_only=True)
class LocationTold(Event):
    """A way of learning where a caller is has said something else than a fix: that it cannot, or not any more."""

    name = "location.told.v1"
    call: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class LocationLinkSent(Event):
    """A caller was sent the link behind which his own telephone can say where it is."""

    name = "location.link_sent.v1"
    link: str
    call: str
    by: str


@dataclass(frozen=True, kw_only=True)
class LocationLinkOpened(Event):
    """Somebody has opened the page behind the link, or closed its sharing."""

    name = "location.link_opened.v1"
    link: str
    call: str


LOCATION_EVENTS: tuple[type[Event], ...] = (
    LocationReceived, LocationAdopted, LocationAsked, LocationTold, LocationLinkSent, LocationLinkOpened,
)  # fmt: skip
