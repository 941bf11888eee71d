"""Signing in: a right password opens a fresh session, anything else waits longer each time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pyotp
import pytest

from siaga import clock
from siaga.adapters.web.attempts import FREE_TRIES, Attempts, TooManyTries
from siaga.adapters.web.sessions import Sessions, hashed
from siaga.adapters.web.sign_in import home_of, safe_next
from siaga.domain.desk import Session
from siaga.domain.event import SignedIn, SignedOut, SignInRefused
from siaga.domain.roles import Role, Viewer
from siaga.features.people import actions
from siaga.records.archive import Transaction
from siaga.records.writer import DatabaseAway
from tests.a_web_process import NAVIGATION, ORIGIN, PASSWORD, Web

NOW = clock.now()


async def names(web: Web) -> list[type]:
    return [type(entry.event) for entry in await web.archive.read(0)]


async def test_a_person_signs_in_and_lands_where_she_wanted(web: Web) -> None:
    username = await web.person(Role.ADMIN)
    browser = web.browser()
    page = await browser.get("/atur?x=1", headers=NAVIGATION)
    assert (page.status_code, page.headers["location"]) == (303, "/masuk?next=/atur%3Fx%3D1")

    answer = await web.sign_in(browser, username, next="/atur?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/atur?x=1")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("siaga_session=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    page = await browser.get("/atur", headers=NAVIGATION)
    assert page.status_code == 200
    assert f"Nama {username}" in page.text
    assert SignedIn in await names(web)


async def test_over_https_the_cookie_is_bound_to_this_host(web: Web) -> None:
    username = await web.person(Role.ADMIN)
    browser = web.browser()
    browser.base_url = "https://siaga.test"  # type: ignore[assignment]
    answer = await browser.post(
        "/masuk", data={"name": username, "password": PASSWORD}, headers={"origin": "https://siaga.test"}
    )
    assert answer.headers["set-cookie"].startswith("__Host-siaga_session=")
    assert "; Secure" in answer.headers["set-cookie"]
    assert "Path=/" in answer.headers["set-cookie"]
    assert "Domain" not in answer.headers["set-cookie"]


async def test_the_table_knows_only_the_hash_of_the_cookie(web: Web) -> None:
    browser = await web.signed_in(Role.TAKER)
    rows = await web.archive.rows("select id from session where city_id = $1")
    assert [row["id"] for row in rows] == [hashed(browser.cookies["siaga_session"])]


async def test_signing_in_again_ends_the_session_the_browser_came_with(web: Web) -> None:
    username = await web.person(Role.ADMIN)
    browser = web.browser()
    await web.sign_in(browser, username)
    first = browser.cookies["siaga_session"]
    await web.sign_in(browser, username)

    assert browser.cookies["siaga_session"] != first
    stale = web.browser()
    stale.cookies.set("siaga_session", first)
    assert (await stale.get("/atur")).status_code == 401


@pytest.mark.parametrize("name", ["admin0", "nobody-at-all"])
async def test_a_wrong_password_and_an_unknown_name_look_the_same(web: Web, name: str) -> None:
    await web.person(Role.ADMIN, username="admin0")
    answer = await web.sign_in(web.browser(), name, "salah-sekali-123")
    assert answer.status_code == 401
    assert "Nama akun atau kata sandi salah." in answer.text
    assert "set-cookie" not in answer.headers
    assert (await names(web)).count(SignInRefused) == (1 if name == "admin0" else 0)


async def test_an_unknown_name_takes_as_long_as_a_wrong_password(web: Web) -> None:
    """Both run one verification: counted, because clocks on a shared machine prove nothing."""
    await web.person(Role.ADMIN, username="admin0")
    await web.sign_in(web.browser(), "nobody", "x" * 12)  # makes the hash of nobody once
    verified: list[str] = []
    original = web.passwords._verify

    def counting(password_hash: str, password: str) -> bool:
        verified.append(password_hash)
        return original(password_hash, password)

    web.passwords._verify = counting  # type: ignore[method-assign]
    for name in ("admin0", "nobody"):
        await web.sign_in(web.browser(), name, "salah-sekali-123")
    assert len(verified) == 2


async def test_guessing_is_slowed_for_that_account_and_address_only(web: Web) -> None:
    username = await web.person(Role.ADMIN)
    for _ in range(FREE_TRIES):
        assert (await web.sign_in(web.browser(), username, "salah-sekali-123")).status_code == 401
    slowed = await web.sign_in(web.browser(), username, "salah-sekali-123")
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) >= 1
    right = await web.sign_in(web.browser(), username)
    assert right.status_code == 429, "the pause also holds for the right password, else it would tell"
    elsewhere = await web.sign_in(web.browser(address="10.0.0.99"), username)
    assert elsewhere.status_code == 303, "a stranger's guesses do not keep her out"


def test_the_pause_doubles_to_a_minute_and_never_becomes_a_lock() -> None:
    attempts = Attempts()
    pauses = []
    now = NOW
    for _ in range(14):
        attempts.wrong("rani", "10.0.0.5", now)
        try:
            attempts.check("rani", "10.0.0.5", now)
            pauses.append(0)
        except TooManyTries as wait:
            pauses.append(wait.retry_after_seconds)
            now += timedelta(seconds=wait.retry_after_seconds)
            attempts.check("rani", "10.0.0.5", now)
    assert pauses == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
    attempts.right("rani", "10.0.0.5")
    attempts.check("rani", "10.0.0.5", now)


async def test_signing_out_ends_the_session_everywhere(web: Web) -> None:
    browser = await web.signed_in(Role.ADMIN)
    cookie = browser.cookies["siaga_session"]
    answer = await browser.post("/keluar")
    assert (answer.status_code, answer.headers["location"]) == (303, "/masuk")
    again = web.browser()
    again.cookies.set("siaga_session", cookie)
    assert (await again.get("/atur")).status_code == 401
    assert SignedOut in await names(web)


async def test_a_demo_account_opens_nothing_once_the_demonstration_is_over(web: Web) -> None:
    username = await web.person(Role.TAKER, sample=True)
    answer = await web.sign_in(web.browser(), username)
    assert answer.status_code == 401
    web.process.sessions._demo = True
    browser = web.browser()
    assert (await web.sign_in(browser, username)).status_code == 303
    assert (await browser.get("/akun/sandi")).status_code == 200
    web.process.sessions._demo = False
    web.process.sessions.forget_person(web.people[username])
    assert (await browser.get("/akun/sandi")).status_code == 401


async def test_a_closed_account_is_out_at_once(web: Web) -> None:
    admin = await web.signed_in(Role.ADMIN)
    taker = await web.signed_in(Role.TAKER)
    assert (await taker.get("/akun/sandi")).status_code == 200
    person = taker.headers["x-test-person"]
    assert (await admin.post(f"/atur/orang/{person}/tutup")).status_code == 303
    assert (await taker.get("/akun/sandi")).status_code == 401


async def test_a_session_ends_when_unused_and_at_its_absolute_end(web: Web) -> None:
    browser = await web.signed_in(Role.TAKER)
    sessions = web.process.sessions
    cookie = browser.cookies["siaga_session"]
    begun = clock.now()
    assert await sessions.of_cookie(cookie, begun) is not None
    assert await sessions.of_cookie(cookie, begun + actions.ROOM_IDLE + timedelta(minutes=1)) is None

    now = begun
    while now < begun + actions.ROOM_ABSOLUTE - timedelta(hours=1):
        now += timedelta(hours=1)
        assert await sessions.of_cookie(cookie, now) is not None, now - begun
        await sessions.settle()
    assert await sessions.of_cookie(cookie, begun + actions.ROOM_ABSOLUTE + timedelta(seconds=5)) is None


async def test_a_wall_screen_stays_for_weeks(web: Web) -> None:
    browser = await web.signed_in(Role.WALL)
    cookie = browser.cookies["siaga_session"]
    assert await web.process.sessions.of_cookie(cookie, clock.now() + timedelta(days=13)) is not None


async def test_a_busy_console_does_not_write_a_row_for_every_request(web: Web) -> None:
    browser = await web.signed_in(Role.ADMIN)
    before = web.archive.writer.recorded
    for _ in range(20):
        await browser.get("/akun/sandi")
    await web.process.sessions.settle()
    assert web.archive.writer.recorded == before


async def test_the_second_factor_is_asked_for_and_a_code_works_once(web: Web) -> None:
    username = await web.person(Role.ADMIN)
    secret = pyotp.random_base32()
    await web.archive.do(
        actions.set_second_factor, person=web.people[username], totp_secret=secret, by="test", now=clock.now()
    )
    browser = web.browser()
    asked = await web.sign_in(browser, username)
    assert asked.status_code == 401
    assert 'name="code"' in asked.text
    assert (await web.sign_in(browser, username, code="000000")).status_code == 401
    code = pyotp.TOTP(secret).at(clock.now())
    assert (await web.sign_in(browser, username, code=code)).status_code == 303
    assert (await web.sign_in(web.browser(), username, code=code)).status_code == 401, (
        "a code read over the shoulder"
    )


async def test_a_first_password_must_be_changed_before_anything_else(web: Web) -> None:
    admin = await web.signed_in(Role.ADMIN)
    page = await admin.post("/atur/orang", data={"username": "rani", "name": "Rani", "role": "admin"})
    assert page.status_code == 200, page.text
    password = page.text.split('<p class="mono">')[1].split("<")[0]

    rani = web.browser()
    await web.sign_in(rani, "rani", password)
    assert (await rani.get("/atur", headers=NAVIGATION)).headers["location"] == "/akun/sandi"
    by_script = await rani.get("/atur")
    assert (by_script.status_code, "Ganti dulu kata sandi" in by_script.text) == (403, True)
    csrf = (
        await web.archive.rows("select csrf from session where city_id = $1 order by created_at desc limit 1")
    )[0][0]
    form = {"present": password, "new": "kuda-laut-biru", "again": "kuda-laut-biru", "_csrf_token": csrf}
    assert (await rani.post("/akun/sandi", data=form)).status_code == 303
    assert (await rani.get("/atur", headers=NAVIGATION)).status_code == 200


@pytest.mark.parametrize(
    ("present", "new", "again", "said"),
    [
        ("salah-sekali-123", "kuda-laut-biru", "kuda-laut-biru", "Kata sandi sekarang salah."),
        (PASSWORD, "kuda-laut-biru", "kuda-laut-hijau", "tidak sama dengan ulangannya"),
        (PASSWORD, "pendek", "pendek", "terlalu pendek"),
        (PASSWORD, "aaaaaaaaaaaaa", "aaaaaaaaaaaaa", "terlalu mudah"),
        (PASSWORD, "halo-rani-halo", "halo-rani-halo", "tidak boleh memuat nama akun"),
    ],
)
async def test_a_bad_new_password_is_refused_in_words(
    web: Web, present: str, new: str, again: str, said: str
) -> None:
    rani = await web.signed_in(Role.TAKER, username="rani")
    page = await rani.post("/akun/sandi", data={"present": present, "new": new, "again": again})
    assert page.status_code == 422
    assert said in page.text


async def test_changing_the_password_keeps_this_browser_and_ends_the_others(web: Web) -> None:
    rani = await web.signed_in(Role.TAKER, username="rani")
    other = web.browser()
    await web.sign_in(other, "rani")
    form = {"present": PASSWORD, "new": "kuda-laut-biru", "again": "kuda-laut-biru"}
    assert (await rani.post("/akun/sandi", data=form)).status_code == 303
    assert (await rani.get("/akun/sandi")).status_code == 200
    assert (await other.get("/akun/sandi")).status_code == 401


async def test_expired_sessions_are_cleared_away_at_the_next_sign_in(web: Web) -> None:
    username = await web.person(Role.TAKER)
    old = clock.now() - timedelta(days=2)

    async def leave_one_behind(tx: Transaction) -> None:
        tx.put(Session(id="old", person=web.people[username], csrf="x", created_at=old, expires_at=old))

    await web.archive.do(leave_one_behind)
    await web.sign_in(web.browser(), username)
    rows = await web.archive.rows("select id from session where city_id = $1")
    assert len(rows) == 1
    assert rows[0]["id"] != "old"


@pytest.mark.parametrize(
    ("path", "goes_to"),
    [
        ("/papan?x=1", "/papan?x=1"),
        ("//evil.example/", "/meja"),
        ("/\\evil.example/", "/meja"),
        ("https://evil.example/", "/meja"),
        ("javascript:alert(1)", "/meja"),
        ("/masuk", "/meja"),
        ("/x\r\nset-cookie: a=b", "/meja"),
        ("", "/meja"),
    ],
)
def test_nobody_is_sent_to_another_site_after_signing_in(path: str, goes_to: str) -> None:
    assert safe_next(path, "/meja") == goes_to


@pytest.mark.parametrize(
    ("role", "home"),
    [
        (Role.TAKER, "/meja"),
        (Role.DISPATCHER, "/papan"),
        (Role.SUPERVISOR, "/pengawas"),
        (Role.AGENCY, "/opd"),
        (Role.FIELD, "/opd"),
        (Role.HEAD, "/laporan"),
        (Role.ADMIN, "/atur"),
        (Role.WALL, "/dinding"),
    ],
)
def test_everybody_starts_at_the_screen_of_the_role(role: Role, home: str) -> None:
    assert home_of(Viewer(person="p", name="n", roles=(role,))) == home


async def test_language_and_theme_are_kept_in_cookies(web: Web) -> None:
    browser = web.browser()
    answer = await browser.post("/bahasa", data={"value": "en", "next": "/masuk"})
    assert answer.status_code == 303
    page = await browser.get("/masuk")
    assert '<html lang="en"' in page.text
    await browser.post("/tema", data={"value": "dark"})
    assert 'data-theme="dark"' in (await browser.get("/masuk")).text
    assert (await browser.post("/tema", data={"value": "pink"})).status_code == 409
    assert ORIGIN in str(browser.base_url)


async def test_while_the_record_is_silent_a_known_session_is_trusted_for_a_minute(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that says "the database does not answer" must not wait for the database."""
    sessions_module = "siaga.adapters.web.sessions"
    browser = await web.signed_in(Role.TAKER)
    cookie = browser.cookies["siaga_session"]
    sessions = Sessions(web.archive)
    before = clock.now()
    assert await sessions.of_cookie(cookie, before) is not None
    asked = 0

    async def silence(*_: object) -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.2)
        raise DatabaseAway

    monkeypatch.setattr(f"{sessions_module}.session_with_person", silence)
    monkeypatch.setattr(f"{sessions_module}.KNOWN_WAITS_SECONDS_MAX", 0.05)
    monkeypatch.setattr(f"{sessions_module}.UNKNOWN_WAITS_SECONDS_MAX", 0.1)
    soon, late = before + timedelta(seconds=30), before + timedelta(seconds=61)
    answers = await asyncio.gather(*(sessions.of_cookie(cookie, soon) for _ in range(5)))
    assert None not in answers
    assert asked == 1, "a record that sits on one question is not asked five"
    with pytest.raises(DatabaseAway):
        await sessions.of_cookie(cookie, late)
    known = answers[0]
    assert known is not None
    sessions.forget_person(known.viewer.person)  # her right was taken away: the journal said so
    with pytest.raises(DatabaseAway):
        await sessions.of_cookie(cookie, soon)
    await sessions.settle()


async def test_a_renewal_the_record_did_not_take_leaves_the_session_as_it_was(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await web.signed_in(Role.TAKER)
    cookie = browser.cookies["siaga_session"]
    sessions = Sessions(web.archive)
    at = clock.now() + timedelta(minutes=15)  # time to move its end
    before = await sessions.of_cookie(cookie, at)

    async def away(*_: object, **__: object) -> None:
        raise DatabaseAway

    monkeypatch.setattr(web.archive, "do", away)
    monkeypatch.setattr("siaga.adapters.web.sessions.session_with_person", away)
    await sessions.settle()
    assert await sessions.of_cookie(cookie, at) == before, "known as before, without another question"
    await sessions.settle()
