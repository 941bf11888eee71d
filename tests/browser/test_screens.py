"""Every screen, by rule: readable by everybody, in both themes, empty and full, in the language that was chosen."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.walk.house import House
from tests.walk.people import PHONE, Cookies, SignIn

from .full_room import clear, fill, person
from .looking import told, violations, words_of
from .screens import SCREENS, Finding, Reader, close_all
from .wording import forbidden_words, raw_words, words_only_english

pytestmark = pytest.mark.browser

INDONESIAN = {
    "dan", "yang", "tidak", "belum", "ada", "dengan", "untuk", "panggilan", "kejadian", "menunggu", "siap", "meja",
    "terlewat", "senyap", "lokasi", "catatan", "kirim", "terima", "tutup", "selesai", "langsung", "hari", "masuk",
    "antrean", "riwayat", "patokan", "pelapor", "bantuan", "bukan", "instansi", "kata", "sandi", "golongan", "jenis",
    "dari", "sejak", "jam", "orang", "buka", "ubah", "oleh", "diterima", "ditutup", "diteruskan", "tugas", "umur",
}  # fmt: skip
NAMES = {"dan", "meja"}  # "Perempuan dan Anak", "Kelompok meja kedua"
UNSURE = Path(__file__).with_name("unsure_contrasts.toml")


@pytest.fixture(scope="module")
def empty(browser: Browser, house: House, signed_in: Cookies) -> dict[str, Finding]:
    """Every screen when nothing is open."""
    page = person(browser, house, signed_in, "dispatcher", "/papan")
    close_all(page, house)
    page.context.close()
    return Reader(browser, house, signed_in, "empty").read_all()


@pytest.fixture(scope="module")
def full(browser: Browser, house: House, signed_in: Cookies, empty: object) -> Iterator[dict[str, Finding]]:
    """Every screen when there is something to do."""
    fill(browser, house, signed_in)
    yield Reader(browser, house, signed_in, "full").read_all()
    clear(house)


def test_the_reader_sees_what_is_wrong(sign_in: SignIn) -> None:
    page = sign_in("taker1")
    page.goto("/akun/sandi")
    page.evaluate(
        """() => document.querySelector("main").insertAdjacentHTML("beforeend",
        '<img src="data:,"><button id="wrong"></button><h1>again</h1>')"""
    )
    assert {"image-alt", "button-name"} <= {one["rule"] for one in violations(page)}


def test_empty_screens_are_readable_by_everybody(empty: dict[str, Finding]) -> None:
    wrong = {name: found.axe for name, found in empty.items() if found.axe}
    assert not wrong, told(wrong)


def test_full_screens_are_readable_by_everybody(full: dict[str, Finding]) -> None:
    wrong = {name: found.axe for name, found in full.items() if found.axe}
    assert not wrong, told(wrong)


def test_screens_fit_their_glass_and_fingers_find_what_they_press(
    empty: dict[str, Finding], full: dict[str, Finding]
) -> None:
    wrong = {f"{name} {state}": found.shape for state, seen in (("empty", empty), ("full", full))
             for name, found in seen.items() if found.shape}  # fmt: skip
    assert not wrong, told(wrong)


def test_every_contrast_that_was_not_measured_is_known_with_its_reason(full: dict[str, Finding]) -> None:
    known = tomllib.loads(UNSURE.read_text(encoding="utf-8"))["known"]
    assert all(one["why"] for one in known)
    allowed = re.compile("|".join(f"(?:{one['reason']} (?:{one['what']})[.\\w-]*)" for one in known))
    unsure = {one for found in full.values() for one in found.unsure}
    assert sorted(one for one in unsure if not allowed.fullmatch(one.rpartition(": ")[2])) == []


def test_screens_are_indonesian_first(full: dict[str, Finding], house: House) -> None:
    """No English word, no raw word of ours, nothing the field does not say (UT-60)."""
    english = words_only_english()
    accounts = "|".join(
        one["username"] for one in house.rows("select username from person order by username desc")
    )
    texts = {name: re.sub(rf"\b(?:{accounts})\b", "", found.text) for name, found in full.items()}
    wrong = {
        name: sorted((words_of(text) & english) | raw_words(text) | forbidden_words(text))
        for name, text in texts.items()
    }
    wrong = {name: words for name, words in wrong.items() if words}
    assert not wrong, told(wrong)


def test_the_switch_makes_every_screen_english(full: dict[str, Finding]) -> None:
    with_names = {screen.name for screen in SCREENS if screen.shows_names}
    wrong = {
        name: sorted((found.english & INDONESIAN) - (NAMES if name in with_names else set()))
        for name, found in full.items()
    }
    city = {screen.name: screen.city_words for screen in SCREENS}
    wrong = {name: sorted(set(words) - city[name]) for name, words in wrong.items() if "*" not in city[name]}
    wrong = {name: words for name, words in wrong.items() if words}
    assert not wrong, told(wrong)


def test_the_language_switch_is_a_button_and_is_remembered(sign_in: SignIn) -> None:
    page = sign_in("taker1")
    page.goto("/meja")
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/meja")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    proposed = page.request.get("/meja/apa", params={"q": "kebakaran"}).json()
    assert "fire" in proposed[0]["name"].lower()
    page.get_by_role("button", name="ID", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "id")


@pytest.mark.parametrize(
    ("account", "home"), [("taker2", "/meja"), ("damkar", "/opd"), ("pengawas", "/pengawas")]
)
def test_a_sample_account_signs_in_with_one_press(sign_in: SignIn, account: str, home: str) -> None:
    page = sign_in(None)
    page.goto("/masuk")
    page.get_by_role("button", name=f"Masuk sebagai {account}", exact=True).click()
    page.wait_for_url(f"**{home}")


def test_accepting_needs_no_scrolling_on_a_small_phone(full: dict[str, Finding], sign_in: SignIn) -> None:
    page = sign_in("damkar", viewport=PHONE, has_touch=True)
    page.goto("/opd")
    box = page.locator(".button-big").first.bounding_box()
    assert box is not None
    assert box["height"] >= 56
    dock = page.locator(".dock").bounding_box()
    assert dock is not None
    assert box["y"] + box["height"] <= dock["y"]
