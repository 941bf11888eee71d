"""Signing in: a right password opens a fresh session, anything else waits longer each time."""

from __future__ import annotations

from pathlib import Path

from siaga.domain.roles import Role
from tests.a_web_process import NAVIGATION, open_web


async def test_a_person_signs_in_and_lands_on_her_screen(postgres_dsn: str, tmp_path: Path) -> None:
    async with open_web(postgres_dsn, tmp_path) as web:
        username = await web.person(Role.ADMIN)
        browser = web.browser()
        page = await browser.get("/atur?x=1", headers=NAVIGATION)
        assert (page.status_code, page.headers["location"]) == (303, "/masuk?next=/atur%3Fx%3D1")

        answer = await web.sign_in(browser, username)
        assert (answer.status_code, answer.headers["location"]) == (303, "/atur")
        page = await browser.get("/atur", headers=NAVIGATION)
        assert page.status_code == 200, page.text
        assert f"Nama {username}" in page.text
