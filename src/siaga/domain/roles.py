"""Who may do and see what. A viewer is passed along as an argument, never looked up in the air."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from siaga.domain.errors import NotAllowed


class Role(StrEnum):
    TAKER = "taker"
    DISPATCHER = "dispatcher"
    AGENCY = "agency"
    FIELD = "field"
    SUPERVISOR = "supervisor"
    HEAD = "head"
    ADMIN = "admin"
    WALL = "wall"


class May(StrEnum):
    """An act or a sight that needs a right."""

    TAKE_CALLS = "take_calls"
    OPEN_INCIDENTS = "open_incidents"
    SEE_ALL_INCIDENTS = "see_all_incidents"
    CLOSE_INCIDENTS = "close_incidents"
    DISPATCH = "dispatch"
    ANSWER_FOR_AGENCY = "answer_for_agency"
    SEE_WALL = "see_wall"
    SEE_REPORTS = "see_reports"
    SUPERVISE = "supervise"
    ADMINISTER = "administer"
    HEAR_RECORDINGS = "hear_recordings"
    EXPORT_RECORDINGS = "export_recordings"
    HOLD_RECORDINGS = "hold_recordings"
    REVEAL_PROTECTED = "reveal_protected"


_ROOM = {
    May.TAKE_CALLS, May.OPEN_INCIDENTS, May.SEE_ALL_INCIDENTS, May.CLOSE_INCIDENTS, May.SEE_WALL, May.SEE_REPORTS,
}  # fmt: skip
_RECORDINGS = {May.HEAR_RECORDINGS, May.EXPORT_RECORDINGS, May.HOLD_RECORDINGS}
RIGHTS: dict[Role, frozenset[May]] = {
    Role.TAKER: frozenset(_ROOM),
    Role.DISPATCHER: frozenset(_ROOM | {May.DISPATCH, May.REVEAL_PROTECTED}),
    Role.SUPERVISOR: frozenset(_ROOM | _RECORDINGS | {May.DISPATCH, May.SUPERVISE, May.REVEAL_PROTECTED}),
    Role.AGENCY: frozenset({May.ANSWER_FOR_AGENCY}),
    Role.FIELD: frozenset({May.ANSWER_FOR_AGENCY}),
    Role.HEAD: frozenset({May.SEE_WALL, May.SEE_REPORTS, May.SEE_ALL_INCIDENTS}),
    Role.ADMIN: frozenset({May.ADMINISTER, May.SEE_WALL, May.SEE_REPORTS}),
    Role.WALL: frozenset({May.SEE_WALL}),
}


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """The person (or screen, or token) that asks. ``in_circle``: appointed by the city for all protected cases.

    ``cases``: ids of the protected incidents that name this person now (domain/protection.py).
    """

    person: str
    name: str
    roles: tuple[Role, ...]
    agency: str | None = None
    in_circle: bool = False
    language: str = "id"
    cases: frozenset[str] = frozenset()
    keys: tuple[tuple[str, str], ...] = ()  # her own keys: shortcut and the name of its key
    letters_off: bool = False  # single letters do nothing: speech input and tremor press them by accident

    def may(self, act: May) -> bool:
        return any(act in RIGHTS[role] for role in self.roles)

    def must(self, act: May) -> None:
        """Refuse, in words for a person, what the viewer may not do."""
        if not self.may(act):
            raise NotAllowed("Akun Anda tidak berwenang melakukan ini.")


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user of the system; personal data, erasable."""

    id: str
    username: str
    name: str
    password_hash: str
    roles: tuple[Role, ...]
    agency: str | None = None
    language: str = "id"
    in_circle: bool = False
    active: bool = True
    totp_secret: str | None = None
    must_change_password: bool = False
    created_at: datetime
    sample: bool = False
    keys: tuple[tuple[str, str], ...] = ()
    letters_off: bool = False

    def viewer(self, cases: frozenset[str] = frozenset()) -> Viewer:
        return Viewer(
            person=self.id,
            name=self.name,
            roles=self.roles,
            agency=self.agency,
            in_circle=self.in_circle,
            language=self.language,
            cases=cases,
            keys=self.keys,
            letters_off=self.letters_off,
        )
