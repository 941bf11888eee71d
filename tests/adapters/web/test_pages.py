"""Every screen in the table of pages opens for the role it is for."""

from __future__ import annotations

import pytest

from siaga.domain.roles import Role
from tests.a_web_process import NAVIGATION, Web


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (Role.TAKER, "/meja"),
        (Role.DISPATCHER, "/papan"),
        (Role.AGENCY, "/opd"),
        (Role.HEAD, "/laporan"),
        (Role.WALL, "/dinding"),
        (Role.ADMIN, "/atur"),
        (Role.ADMIN, "/akun/sandi"),
    ],
)
@pytest.mark.parametrize("language", ["id", "en"])
async def test_the_screen_opens(web: Web, role: Role, path: str, language: str) -> None:
    more = {"agency": web.city.agencies[0].code} if role is Role.AGENCY else {}
    browser = await web.signed_in(role, **more)
    browser.cookies.set("siaga_lang", language)
    page = await browser.get(path, headers=NAVIGATION)
    assert page.status_code == 200, page.text[:2000]
    assert page.headers["content-type"].startswith("text/html")
    assert f'<html lang="{language}"' in page.text
    assert " style=" not in page.text, "the policy would refuse it"
    assert " onclick=" not in page.text
    assert "<script>" not in page.text


@pytest.mark.parametrize("role", list(Role))
async def test_everybody_s_first_screen_exists(web: Web, role: Role) -> None:
    more = {"agency": web.city.agencies[0].code} if role in (Role.AGENCY, Role.FIELD) else {}
    browser = await web.signed_in(role, **more)
    home = (await browser.get("/", headers=NAVIGATION)).headers["location"]
    assert (await browser.get(home, headers=NAVIGATION)).status_code == 200, home
