"""Signing in and out, language and theme."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
import pyotp
from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from siaga.adapters.web.asking import Asking, asking
from siaga.adapters.web.attempts import Attempts
from siaga.adapters.web.metrics import Metrics
from siaga.adapters.web.rendering import THEMES
from siaga.adapters.web.sessions import Sessions, set_cookie, unset_cookie
from siaga.adapters.web.words import Words
from siaga.domain.errors import RuleBroken, TooBusy
from siaga.domain.roles import May, Person, Role, Viewer
from siaga.features.people.actions import sign_in_refused
from siaga.features.people.passwords import CHARACTERS_MAX, Passwords
from siaga.features.people.queries import person_named
from siaga.records.postgres import PostgresArchive

CODE_STEPS_TOLERATED = 1  # half a minute either way: telephones and servers disagree by that much
CODES_REMEMBERED_MAX = 10_000
CHOICE_SECONDS = 31_536_000  # language and theme are kept for a year
WRONG = "Nama akun atau kata sandi salah."
WRONG_CODE = "Kode salah atau sudah dipakai."

HOMES = (
    # who may      starts at
    (May.TAKE_CALLS, "/meja"),
    (May.ANSWER_FOR_AGENCY, "/opd"),
    (May.ADMINISTER, "/atur"),
    (May.SEE_REPORTS, "/laporan"),
    (May.SEE_WALL, "/dinding"),
)
ROLE_HOMES = {Role.DISPATCHER: "/papan", Role.SUPERVISOR: "/pengawas"}
# Both may take calls as well, but they sit elsewhere.


class SignInForm(msgspec.Struct):
    """What the form sends."""

    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    password: Annotated[str, msgspec.Meta(max_length=CHARACTERS_MAX)] = ""
    code: Annotated[str, msgspec.Meta(max_length=20)] = ""
    next: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class Choice(msgspec.Struct):
    """A language or a theme, and the page to return to."""

    value: Annotated[str, msgspec.Meta(max_length=20)]
    next: Annotated[str, msgspec.Meta(max_length=2000)] = ""


@dataclass(frozen=True, kw_only=True)
class DemoAccount:
    """An account of a demo installation, shown on the sign-in page so that a newcomer can look around."""

    name: str
    password: str
    role: str


class Door:
    """Checks who wants to come in. One per process: it remembers wrong tries and used codes."""

    def __init__(
        self, archive: PostgresArchive, sessions: Sessions, passwords: Passwords, metrics: Metrics
    ) -> None:
        self._archive = archive
        self._sessions = sessions
        self._passwords = passwords
        self._metrics = metrics
        self._attempts = Attempts()
        self._used_codes: OrderedDict[tuple[str, int], None] = OrderedDict()

    async def sign_in(self, form: SignInForm, who: Asking) -> tuple[str, Person]:
        """The new cookie and the person. Raises Refused, CodeNeeded, TooManyTries, TooBusy."""
        username = form.name.strip().lower()
        self._attempts.check(username, who.address, who.now)
        person = await person_named(self._archive, username)
        if person is not None and not self._sessions.admits(person):
            person = None
        if not await self._passwords.matches(person.password_hash if person else None, form.password):
            await self._refuse(username, person, "password", who)
            raise Refused(WRONG)
        assert person is not None
        if person.totp_secret is not None:
            await self._check_code(person, form.code, username, who)
        self._attempts.right(username, who.address)
        fresh = None
        if self._passwords.is_outdated(person.password_hash):
            fresh = await self._passwords.hash(form.password)
        cookie, _ = await self._sessions.open(
            person, replaces=who.session.id if who.session else None, now=who.now, password_hash=fresh
        )
        self._metrics.sign_ins.labels("accepted").inc()
        return cookie, person

    async def _check_code(self, person: Person, code: str, username: str, who: Asking) -> None:
        code = code.replace(" ", "")
        if not code:
            raise CodeNeeded
        step = _step_of(str(person.totp_secret), code, who.now)
        if step is None or (person.id, step) in self._used_codes:
            await self._refuse(username, person, "code", who)
            raise Refused(WRONG_CODE, ask_code=True)
        self._used_codes[person.id, step] = None
        while len(self._used_codes) > CODES_REMEMBERED_MAX:
            self._used_codes.popitem(last=False)

    async def _refuse(self, username: str, person: Person | None, reason: str, who: Asking) -> None:
        self._attempts.wrong(username, who.address, who.now)
        self._metrics.sign_ins.labels(reason if person else "unknown").inc()
        if person is not None:
            await self._archive.do(sign_in_refused, person=person.id, reason=reason, now=who.now)


class Refused(RuleBroken):
    """Not these credentials."""

    status = 401

    def __init__(self, message: str, *, ask_code: bool = False) -> None:
        super().__init__(message)
        self.ask_code = ask_code


class CodeNeeded(RuleBroken):
    """The password is right; the account also wants a code."""

    status = 401

    def __init__(self) -> None:
        super().__init__("Masukkan juga kode dari aplikasi autentikator.")


def _step_of(secret: str, code: str, now: datetime) -> int | None:
    """Which half minute this code belongs to, or ``None`` when it is wrong or too old."""
    totp = pyotp.TOTP(secret)
    present = totp.timecode(now)
    for step in range(present - CODE_STEPS_TOLERATED, present + CODE_STEPS_TOLERATED + 1):
        if pyotp.utils.strings_equal(code, totp.generate_otp(step)):
            return step
    return None


def home_of(viewer: Viewer) -> str:
    """The screen this person starts at."""
    for role, path in ROLE_HOMES.items():
        if role in viewer.roles:
            return path
    return next((path for act, path in HOMES if viewer.may(act)), "/akun/sandi")


def safe_next(path: str, otherwise: str) -> str:
    """A path of our own to go to; never another site's address."""
    inside = (
        path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path and "\r" not in path
    )
    return path if inside and not path.startswith(("/masuk", "/keluar")) else otherwise


@get("/")
async def home(viewer: Viewer) -> Redirect:
    """Everybody has one screen to start at."""
    return Redirect(home_of(viewer), status_code=303)


@get("/masuk")
async def sign_in_page(
    request: Request[Any, Any, Any], demo_accounts: list[DemoAccount], next: str = ""
) -> Template | Redirect:
    """The sign-in page; whoever is signed in already goes on."""
    viewer = asking(request).viewer
    if viewer is not None:
        return Redirect(safe_next(next, home_of(viewer)), status_code=303)
    return _page("", next, "", False, demo_accounts)


@post("/masuk", status_code=200)
async def sign_in(
    request: Request[Any, Any, Any],
    data: Annotated[SignInForm, Body(media_type=RequestEncodingType.URL_ENCODED)],
    door: Door,
    words: Any,
    demo_accounts: list[DemoAccount],
) -> Template | Redirect:
    """A password, and a code when the account has one."""
    who = asking(request)
    try:
        cookie, person = await door.sign_in(data, who)
    except (Refused, CodeNeeded, TooBusy) as problem:
        ask_code = isinstance(problem, CodeNeeded) or (isinstance(problem, Refused) and problem.ask_code)
        said = words(problem.message, **problem.words)
        page = _page(data.name, data.next, said, ask_code, demo_accounts)
        page.status_code = problem.status
        if isinstance(problem, TooBusy):
            page.headers["retry-after"] = str(problem.retry_after_seconds)
        return page
    onward = Redirect(safe_next(data.next, home_of(person.viewer())), status_code=303)
    onward.headers["set-cookie"] = set_cookie(who.scheme, cookie)
    return onward


@post("/keluar", status_code=200)
async def sign_out(request: Request[Any, Any, Any], sessions: Sessions) -> Redirect:
    """Sign this browser out."""
    who = asking(request)
    if who.session is not None:
        await sessions.close(who.session, who.now)
    onward = Redirect("/masuk", status_code=303)
    onward.headers["set-cookie"] = unset_cookie(who.scheme)
    onward.headers["clear-site-data"] = '"cache"'
    return onward


@post("/bahasa", status_code=200)
async def choose_language(
    request: Request[Any, Any, Any],
    data: Annotated[Choice, Body(media_type=RequestEncodingType.URL_ENCODED)],
    shipped: Words,
) -> Redirect:
    """Another language, without a script."""
    return _chosen("siaga_lang", data, shipped.languages, asking(request).scheme)


@post("/tema", status_code=200)
async def choose_theme(
    request: Request[Any, Any, Any],
    data: Annotated[Choice, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Redirect:
    """Dark, light or as the device, without a script."""
    return _chosen("siaga_theme", data, THEMES, asking(request).scheme)


def _chosen(cookie: str, choice: Choice, allowed: tuple[str, ...], scheme: str) -> Redirect:
    if choice.value not in allowed:
        raise RuleBroken("Pilihan ini tidak ada.")
    onward = Redirect(safe_next(choice.next, "/"), status_code=303)
    secure = "; Secure" if scheme == "https" else ""
    onward.headers["set-cookie"] = (
        f"{cookie}={choice.value}; Path=/; Max-Age={CHOICE_SECONDS}; SameSite=Lax{secure}"
    )
    return onward


def _page(name: str, next: str, problem: str, ask_code: bool, demo_accounts: list[DemoAccount]) -> Template:
    return Template(
        "sign_in.html",
        context={
            "name": name, "next": next, "problem": problem, "ask_code": ask_code, "demo_accounts": demo_accounts,
        },
        headers={"cache-control": "no-store"},
    )  # fmt: skip


PAGES: list[Any] = [home, sign_in_page, sign_in, sign_out, choose_language, choose_theme]
