"""The web server's inside: one front door, then either a hot path of our own or Litestar with the features' pages.

The front door knows who asks, refuses what comes from foreign pages, and puts the frame of the screen into
`request.state.frame`. Litestar's own session and CSRF parts are not used (docs/decisions/0007).
"""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from litestar import Litestar, Request, Response
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template.config import TemplateConfig
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from siaga import clock
from siaga.adapters.web.answers import (
    BodyTooLarge,
    ClientLeft,
    Receive,
    Scope,
    Send,
    answer,
    read_body,
    replayed,
)
from siaga.adapters.web.asking import Asking, House, asking, of_request
from siaga.adapters.web.furnish import Path, direct_paths, furnished
from siaga.adapters.web.problems import Problem, Problems, is_navigation
from siaga.adapters.web.rendering import STATIC_FOLDER, THEMES, Frame
from siaga.adapters.web.security import (
    SAFE_METHODS,
    check_origin,
    check_token,
    form_bytes_max,
    headers_for,
)
from siaga.adapters.web.sessions import cookie_name
from siaga.adapters.web.static_files import static_files
from siaga.adapters.web.tokens import NotSignedIn
from siaga.domain.errors import NotAllowed

PUBLIC_PATHS = ("/masuk", "/keluar", "/bahasa", "/tema", "/api/openapi.json")
PUBLIC_FOLDERS = ("/static/", "/t/", "/l/", "/publik/")
# Everything else needs a person who has signed in (or, under /api/, a token). A page that forgets to ask for its
# viewer is still closed.
API_FOLDER = "/api/"  # answers JSON only
CHANGE_PASSWORD_PATH = "/akun/sandi"  # noqa: S105  a path
SIGN_IN_PATH = "/masuk"
BODY_BYTES_MAX = 12 * 1024 * 1024  # a spreadsheet of history; everything else is far smaller
NONCE_BYTES = 16
NO_STORE = (b"cache-control", b"no-store")  # unless a page says otherwise: screens hold personal data
TRUSTED_PROXIES = "127.0.0.1"  # a TLS proxy on this machine may say who the client is; nobody else may


def make_app(
    house: House,
    pages: Sequence[Any],
    given: Mapping[str, Any],
    *,
    panic: Path | None = None,
    live: Path | None = None,
) -> Path:
    """The whole ASGI application. ``given``: what handlers may ask for by name, besides viewer, now and words."""
    inner = _litestar(tuple(pages), frozenset(given), house.environment, house.version)
    front = Front(house, given, inner, live, direct_paths(pages, of_request(given)))
    behind_proxy = ProxyHeadersMiddleware(front, trusted_hosts=TRUSTED_PROXIES)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        """The panic path comes first: nothing else may cost it anything."""
        if panic is not None and scope["type"] == "http" and scope["path"] == "/api/panik":
            await panic(scope, receive, send)
        elif any(name == b"x-forwarded-for" for name, _ in scope.get("headers", ())):
            await behind_proxy(scope, receive, send)
        else:
            await front(scope, receive, send)

    return app


class Front:
    """Who asks, may he be here, what frame does his screen have; and every answer's security headers."""

    def __init__(
        self,
        house: House,
        given: Mapping[str, Any],
        inner: Any,
        live: Path | None,
        direct: Mapping[tuple[str, str], Path],
    ) -> None:
        self._house = house
        self._given = given
        self._problems = Problems(house.words, house.environment)
        self._inner = inner
        self._live = live
        self._direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        house = self._house
        headers: dict[bytes, bytes] = dict(scope["headers"])
        now = house.now()
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        who = Asking(
            now, house.language, "auto", scope["scheme"], _address(scope), None, headers, house, self._problems,
            self._given,
        )  # fmt: skip
        send = self._watched(scope["method"], headers_for(nonce), who, send)
        scope.setdefault("state", {})["asking"] = who
        try:
            if await self._plain(scope, headers, send, now):
                return
            cookies = _cookies(headers)
            if not _is_token(scope, headers):
                who.session = await house.sessions.of_cookie(cookies.get(cookie_name(who.scheme)), now)
            self._dress(who, cookies)
            if scope["path"] == "/siaran" and self._live is not None:
                await self._live(scope, receive, send)
                return
            receive = await self._checked(scope, receive, who)
            if not scope["path"].startswith(API_FOLDER):
                scope["state"]["frame"] = self.frame(who, nonce)
            if turned := self._turned_away(scope, who):
                await answer(send, 303, b"", b"text/plain", [(b"location", turned)])
                return
            inner = self._direct.get((scope["method"], scope["path"]), self._inner)
            await inner(scope, receive, send)
        except ClientLeft:
            return
        except BodyTooLarge:
            await self._refuse(scope, send, self._problems.plain(413, who.language))
        except Exception as problem:  # noqa: BLE001  the last door before the server: it must answer, and it logs
            await self._refuse(
                scope, send, self._problems.of(problem, who.language, scope.get("path_template", ""))
            )

    def frame(self, who: Asking, nonce: str) -> Frame:
        """What every screen of this person shows."""
        house = self._house
        return Frame(
            place_name=house.city.name,
            timezone=house.city.zone_name,
            now=who.now,
            language=who.language,
            theme=who.theme,
            nonce=nonce,
            csrf_token=who.session.csrf if who.session else "",
            viewer=who.viewer,
            position=house.position(),
            version=house.version,
            demo=house.demo,
        )

    async def _plain(self, scope: Scope, headers: Mapping[bytes, bytes], send: Send, now: datetime) -> bool:
        """Paths without a person: health and figures."""
        match scope["path"]:
            case "/healthz":
                await self._house.health.healthz(send)
            case "/readyz":
                await self._house.health.readyz(send, now)
            case "/metrics":
                await self._house.health.metrics(scope, headers, send, now)
            case _:
                return False
        return True

    def _dress(self, who: Asking, cookies: Mapping[str, str]) -> None:
        language = cookies.get("siaga_lang") or (who.viewer.language if who.viewer else "")
        if language in self._house.words.languages:
            who.language = language
        if cookies.get("siaga_theme") in THEMES:
            who.theme = cookies["siaga_theme"]

    async def _checked(self, scope: Scope, receive: Receive, who: Asking) -> Receive:
        """Refuse foreign requests; returns a receive that still gives the body."""
        if scope["method"] in SAFE_METHODS or _is_token(scope, who.headers):
            return receive
        check_origin(who.headers)
        if who.session is None or scope["path"] == SIGN_IN_PATH:
            return receive  # nobody's right can be misused; that the form is ours is proven by its origin
        body = None
        if (bytes_max := form_bytes_max(who.headers)) is not None:
            body = await read_body(receive, bytes_max)
            receive = replayed(body, receive)
        check_token(who.headers, body, who.session.csrf)
        return receive

    def _turned_away(self, scope: Scope, who: Asking) -> bytes | None:
        """Where to go first; ``None`` when the person may go on. Raises NotSignedIn for scripts."""
        path: str = scope["path"]
        if path in PUBLIC_PATHS or path.startswith(PUBLIC_FOLDERS) or _is_token(scope, who.headers):
            return None
        if who.session is None:
            if not is_navigation(who.headers) or scope["method"] not in SAFE_METHODS:
                raise NotSignedIn
            wanted = path + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
            return f"{SIGN_IN_PATH}?next={quote(wanted)}".encode()
        if who.session.must_change_password and path != CHANGE_PASSWORD_PATH:
            if not is_navigation(who.headers):
                raise NotAllowed("Ganti dulu kata sandi yang dibuatkan untuk Anda.")
            return CHANGE_PASSWORD_PATH.encode()
        return None

    async def _refuse(self, scope: Scope, send: Send, problem: Problem) -> None:
        frame: Frame | None = scope["state"].get("frame")
        who: Asking = scope["state"]["asking"]
        if who.answered:
            return  # half an answer is out already; the server closes the connection, and the client sees that
        frame = frame or self.frame(who, "")
        status, body, content_type, headers = self._problems.answer(problem, who.headers, frame)
        await answer(send, status, body, content_type, headers)

    def _watched(self, method: str, security: list[tuple[bytes, bytes]], who: Asking, send: Send) -> Send:
        """A send that adds the security headers and counts the answer."""
        metrics, began = self._house.metrics, clock.monotonic()

        async def watched(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                who.answered = True
                given = message.get("headers", ())
                cached = any(name == b"cache-control" for name, _ in given)
                message["headers"] = [*given, *security] if cached else [*given, *security, NO_STORE]
                metrics.requests.add(method, str(message["status"]))
                metrics.request_seconds.observe(clock.monotonic() - began)
                if message["status"] == 500:
                    metrics.unexpected.inc()
            await send(message)

        return watched


@lru_cache(maxsize=16)
def _litestar(pages: tuple[Any, ...], given: frozenset[str], environment: Any, version: str) -> Litestar:
    """All pages behind one router. It holds nothing of one installation: that comes with each request.

    Remembered, because a router of ninety pages takes a tenth of a second to make and a test run opens hundreds of
    web processes.
    """
    fillings = of_request(given)
    with warnings.catch_warnings():
        # Version 3 will want `FromPath[str]` and its like around every parameter; we are pinned below it.
        warnings.simplefilter("ignore", DeprecationWarning)
        return Litestar(
            [*(furnished(page, fillings) for page in pages), static_files(STATIC_FOLDER)],
            exception_handlers={Exception: _on_exception},
            template_config=TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment)),
            include_in_schema=False,
            openapi_config=OpenAPIConfig(
                title="Siaga 112", version=version, path="/api", render_plugins=[JsonRenderPlugin()]
            ),
            request_max_body_size=BODY_BYTES_MAX,
            logging_config=None,
        )


def _on_exception(request: Request[Any, Any, Any], exception: Exception) -> Response[bytes]:
    who = asking(request)
    problem = who.problems.of(exception, who.language, request.scope.get("path_template", ""))
    status, body, content_type, headers = who.problems.answer(
        problem, who.headers, request.scope["state"].get("frame")
    )
    return Response(
        content=body,
        status_code=status,
        media_type=content_type.decode(),
        headers={name.decode(): value.decode() for name, value in headers},
    )


def _is_token(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """A machine with a key: it sends no cookie that could be misused, and its handler checks the key."""
    path: str = scope["path"]
    return path.startswith(API_FOLDER) and headers.get(b"authorization", b"").startswith(
        (b"Bearer ", b"Device ")
    )


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _cookies(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    sent = headers.get(b"cookie")
    if not sent:
        return {}
    pairs = (pair.partition("=") for pair in sent.decode("latin-1").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}
