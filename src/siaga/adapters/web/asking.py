"""Who asks: found out once at the front door, then asked by name wherever a handler needs it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from litestar import Request

from siaga.adapters.web.furnish import OfRequest
from siaga.adapters.web.health import Health
from siaga.adapters.web.metrics import Metrics
from siaga.adapters.web.problems import Problems
from siaga.adapters.web.sessions import OpenSession, Sessions
from siaga.adapters.web.tokens import NotSignedIn, Tokens
from siaga.adapters.web.words import Words
from siaga.domain.city import City
from siaga.domain.roles import Viewer

Now = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class House:
    """What the web server is given to work with."""

    city: City
    words: Words
    environment: Any
    sessions: Sessions
    tokens: Tokens
    health: Health
    metrics: Metrics
    now: Now
    position: Callable[[], int]
    version: str
    language: str = "id"
    demo: bool = False


@dataclass(slots=True)
class Asking:
    """Who asks, in which language and dress. Found in `request.scope["state"]["asking"]`."""

    now: datetime
    language: str
    theme: str
    scheme: str
    address: str
    session: OpenSession | None
    headers: Mapping[bytes, bytes]
    house: House
    problems: Problems
    given: Mapping[str, Any]
    answered: bool = False

    @property
    def viewer(self) -> Viewer | None:
        return self.session.viewer if self.session else None


def asking(request: Request[Any, Any, Any]) -> Asking:
    """Who sent this request."""
    found: Asking = request.scope["state"]["asking"]
    return found


def of_request(given: Collection[str]) -> dict[str, OfRequest]:
    """What a handler may ask for by name: of the person who asks, and of this installation (``given``)."""
    return {**_OF_THE_ASKING, **{name: _of_the_house(name) for name in given}}


def _of_the_house(name: str) -> OfRequest:
    return lambda request: asking(request).given[name]


def _viewer(request: Request[Any, Any, Any]) -> Any:
    """The person, reading in the language of this page: the switch counts more than the account."""
    who = asking(request)
    if who.viewer is None:
        raise NotSignedIn
    return replace(who.viewer, language=who.language)


def _now(request: Request[Any, Any, Any]) -> Any:
    return asking(request).now


def _words(request: Request[Any, Any, Any]) -> Any:
    who = asking(request)
    return partial(who.house.words.translate, who.language)


def _session_id(request: Request[Any, Any, Any]) -> Any:
    session = asking(request).session
    return session.id if session else ""


def _frame(request: Request[Any, Any, Any]) -> Any:
    return request.scope["state"]["frame"]


_OF_THE_ASKING: Mapping[str, OfRequest] = {
    "viewer": _viewer,
    "now": _now,
    "words": _words,
    "frame": _frame,
    "session_id": _session_id,
}
