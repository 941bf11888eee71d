"""What the front door refuses, and what every answer tells the browser."""

from __future__ import annotations

import re

import pytest

from siaga.adapters.web.security import FORM_BYTES_MAX
from siaga.domain.roles import Role
from tests.a_web_process import NAVIGATION, ORIGIN, Web

CHANGE = ("POST", "/atur/orang/nobody/tutup")


@pytest.mark.parametrize("path", ["/masuk", "/healthz", "/atur", "/no-such-page", "/api/openapi.json"])
async def test_every_answer_carries_the_security_headers(web: Web, path: str) -> None:
    answer = await web.browser().get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'self' 'nonce-[\w-]{22}';", policy)
    assert re.search(r"style-src 'self' 'nonce-[\w-]{22}';", policy)
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "microphone=(self)" in answer.headers["permissions-policy"]
    assert "geolocation=(self)" in answer.headers["permissions-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers


async def test_the_nonce_is_new_each_time_and_the_page_uses_it(web: Web) -> None:
    nonces = set()
    for _ in range(3):
        page = await web.browser().get("/masuk", headers=NAVIGATION)
        nonce = re.search(r"'nonce-([\w-]+)'", page.headers["content-security-policy"])
        assert nonce is not None
        nonces.add(nonce[1])
        assert f'nonce="{nonce[1]}"' in page.text
        for script in re.findall(r"<script[^>]*>", page.text):
            assert f'nonce="{nonce[1]}"' in script
    assert len(nonces) == 3


async def test_a_change_without_the_session_s_token_is_refused(web: Web) -> None:
    admin = await web.signed_in(Role.ADMIN)
    token = admin.headers.pop("x-csrftoken")

    assert (await admin.request(*CHANGE)).status_code == 403
    assert (await admin.request(*CHANGE, headers={"x-csrftoken": "wrong"})).status_code == 403
    assert (await admin.request(*CHANGE, data={"_csrf_token": "wrong"})).status_code == 403
    assert (await admin.request(*CHANGE, headers={"x-csrftoken": token})).status_code == 404, (
        "the token lets it in"
    )
    assert (await admin.request(*CHANGE, data={"_csrf_token": token})).status_code == 404, (
        "and so does the form's"
    )


async def test_another_person_s_token_is_not_ours(web: Web) -> None:
    admin, other = await web.signed_in(Role.ADMIN), await web.signed_in(Role.ADMIN)
    stolen = other.headers["x-csrftoken"]
    assert (await admin.request(*CHANGE, headers={"x-csrftoken": stolen})).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ORIGIN + ".evil.example"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 404),
        ({"origin": ORIGIN}, 404),
    ],
)
async def test_a_change_that_another_site_sent_is_refused_even_with_the_token(
    web: Web, headers: dict[str, str], status: int
) -> None:
    admin = await web.signed_in(Role.ADMIN)
    assert (await admin.request(*CHANGE, headers=headers)).status_code == status


async def test_another_site_cannot_sign_a_browser_in(web: Web) -> None:
    username = await web.person(Role.ADMIN)
    browser = web.browser()
    browser.headers["origin"] = "https://evil.example"
    answer = await web.sign_in(browser, username)
    assert answer.status_code == 303, "a navigation says sec-fetch-site: none"
    browser.cookies.clear()
    answer = await browser.post("/masuk", data={"name": username, "password": "x"})
    assert answer.status_code == 403


async def test_a_form_that_is_too_large_is_refused_before_it_is_read_whole(web: Web) -> None:
    admin = await web.signed_in(Role.ADMIN)
    del admin.headers["x-csrftoken"]
    answer = await admin.request(*CHANGE, data={"x": "x" * (FORM_BYTES_MAX + 1)})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "path",
    ["/", "/meja", "/papan", "/opd", "/atur", "/akun/sandi", "/siaran", "/no-such-page", "/api/kejadian"],
)
async def test_nothing_opens_for_somebody_who_is_not_signed_in(web: Web, path: str) -> None:
    script = await web.browser().get(path)
    assert script.status_code == 401
    assert script.headers["content-type"] == "application/problem+json"
    if path not in ("/siaran",):
        person = await web.browser().get(path, headers=NAVIGATION)
        assert person.status_code == 303
        assert person.headers["location"].startswith("/masuk?next=/")


async def test_a_cookie_of_chance_is_nobody(web: Web) -> None:
    browser = web.browser()
    browser.cookies.set("siaga_session", "x" * 43)
    assert (await browser.get("/atur")).status_code == 401


async def test_a_forwarded_address_is_believed_from_this_machine_only(web: Web) -> None:
    outside = {"x-forwarded-for": "127.0.0.1"}
    assert (await web.browser(address="10.0.0.5").get("/metrics", headers=outside)).status_code == 401
    behind = {"x-forwarded-for": "10.0.0.5"}
    assert (await web.browser(address="127.0.0.1").get("/metrics", headers=behind)).status_code == 401
    assert (await web.browser(address="127.0.0.1").get("/metrics")).status_code == 200
