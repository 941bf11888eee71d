"""A whole web process for tests: real database, real pages, cheap passwords, small assets, no open port.

async with open_web(dsn, tmp_path) as web:
    desk = await web.signed_in(Role.TAKER)
    page = await desk.get("/meja")
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from jinja2 import Environment

from siaga import clock
from siaga.adapters.web.rendering import Assets, Bundle, make_environment
from siaga.adapters.web.words import shipped_words
from siaga.app import PAGES, WebProcess, web_process
from siaga.domain.city import City
from siaga.domain.errors import OutsideFailed
from siaga.domain.roles import Role
from siaga.features.people.actions import add_person
from siaga.features.people.first_run import load_units
from siaga.features.people.passwords import Passwords
from siaga.records.migrate import migrate
from siaga.settings import Settings
from tests.a_city import a_city

ORIGIN = "http://siaga.test"
NAVIGATION = {
    "accept": "text/html,application/xhtml+xml",
    "sec-fetch-mode": "navigate",
    "sec-fetch-site": "none",
}
PASSWORD = "rahasia-negara-112"
ROOT = Path(__file__).resolve().parent.parent
_cities = itertools.count()


class NoTelephone:
    """A seat audio that honestly says there is no telephone here."""

    async def connect(self, taker: str, sdp: str, node: str | None = None) -> str:
        raise OutsideFailed("no telephone in this test")

    async def disconnect(self, taker: str) -> None:
        return None

    async def test_sound(self, taker: str) -> None:
        raise OutsideFailed("no telephone in this test")

    async def quality(self, line: str) -> dict[str, Any]:
        raise OutsideFailed("no telephone in this test")

    async def seat_quality(self, taker: str) -> dict[str, Any]:
        raise OutsideFailed("no telephone in this test")

    async def health(self) -> dict[str, Any]:
        raise OutsideFailed("no telephone in this test")


@cache
def the_templates() -> Environment:
    """Compiled once for all tests of a process: compiling them costs more than most tests."""
    return make_environment(words=shipped_words(), assets=small_assets())


def small_assets() -> Assets:
    """What the bundler would have made, without running it: the real shortcuts, invented file names."""
    names = ("console", "agency", "wall", "plain")
    return Assets(
        bundles={name: Bundle(script=f"{name}.js") for name in names},
        style="siaga.css",
        icons="icons.svg",
        worker="stream-worker.js",
        shortcuts=tuple(json.loads((ROOT / "web" / "shortcuts.json").read_text())),
    )


@dataclass
class Web:
    """The open process and its doors."""

    process: WebProcess
    city: City
    passwords: Passwords
    settings: Settings
    clients: list[httpx.AsyncClient] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)

    @property
    def archive(self) -> Any:
        return self.process.archive

    def browser(self, address: str = "10.0.0.5", **headers: str) -> httpx.AsyncClient:
        """A browser that nobody has signed in at."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.process.app, client=(address, 40000)),
            base_url=ORIGIN,
            headers={"origin": ORIGIN, **headers},
        )
        self.clients.append(client)
        return client

    async def person(self, *roles: Role, username: str = "", password: str = PASSWORD, **more: Any) -> str:
        """An account; returns its username. ``web.people[username]`` is its id."""
        username = username or f"{roles[0]}{len(self.people)}"
        self.people[username] = await self.archive.do(
            add_person,
            username=username,
            name=f"Nama {username}",
            password_hash=await self.passwords.hash(password),
            roles=roles,
            must_change_password=False,
            by="test",
            now=clock.now(),
            **more,
        )
        return username

    async def sign_in(
        self, browser: httpx.AsyncClient, username: str, password: str = PASSWORD, **more: str
    ) -> httpx.Response:
        """Fill in the sign-in form."""
        return await browser.post(
            "/masuk", data={"name": username, "password": password, **more}, headers=NAVIGATION
        )

    async def signed_in(self, *roles: Role, **more: Any) -> httpx.AsyncClient:
        """A browser at which a new person with these roles is signed in; it sends her CSRF token by itself."""
        username = await self.person(*roles, **more)
        browser = self.browser()
        answer = await self.sign_in(browser, username)
        assert answer.status_code == 303, answer.text
        rows = await self.archive.rows(
            "select csrf from session where city_id = $1 and person = $2", self.people[username]
        )
        browser.headers["x-csrftoken"] = rows[0]["csrf"]
        browser.headers["x-test-person"] = self.people[username]
        return browser


@asynccontextmanager
async def open_web(
    dsn: str,
    home: Path,
    *,
    city: City | None = None,
    pages: tuple[str, ...] = PAGES,
    environment: Environment | None = None,
    **settings: Any,
) -> AsyncIterator[Web]:
    """A web process on a city of its own in the database ``dsn``."""
    await migrate(dsn)
    city = replace(city or a_city(), code=f"kota-web-{next(_cities)}")
    chosen = Settings(home=home, database_url=dsn, city=home, **settings)
    passwords = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    async with web_process(
        chosen, city, environment=environment or the_templates(), passwords=passwords,
        seat_audio=NoTelephone(), pages=pages,
    ) as process:  # fmt: skip
        await process.archive.do(load_units, city=city, now=clock.now())
        web = Web(process, city, passwords, chosen)
        try:
            yield web
        finally:
            for client in web.clients:
                await client.aclose()
