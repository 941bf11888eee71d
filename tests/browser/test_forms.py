"""A form that was refused says what is wrong, leads there, and keeps what was typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.walk.people import SignIn

pytestmark = pytest.mark.browser

NOT_A_TABLE = FilePayload(name="daftar.xlsx", mimeType="application/octet-stream", buffer=b"bukan tabel")
FORMS: tuple[tuple[str | None, str, str, dict[str, str], str], ...] = (
    (None, "/masuk", "form[action='/masuk']", {"name": "rani", "password": "salah"}, "name"),
    ("taker2", "/akun/sandi", "form[action='/akun/sandi']",
     {"present": "salah", "new": "sepuluh ekor kuda laut", "again": "sepuluh ekor kuda laut"}, "present"),
    ("admin", "/atur", "form[action='/atur/orang']", {"username": "Dua Kata", "name": "Ada"}, "username"),
    ("admin", "/atur", "form[action='/atur/orang']", {"username": "baru", "name": "Ada", "role": "agency"}, "agency"),
    ("taker1", "/atur/tempat", "form[action='/atur/tempat'][method=post]",
     {"text": "Tabung gas", "where": "Gudang", "point": "-6.72, 108.55", "days": "700"},
     "long_reason"),
    ("taker1", "/meja/kertas/ketik", "form[action='/meja/kertas/ketik']", {"arrived": "99:99"}, "p-arrived"),
    ("taker1", "/meja/kertas/ketik", "form[action='/meja/kertas/ketik']",
     {"arrived": "14:05", "type": "kebakaran.bangunan", "scene:damkar": "14:20"}, "p-told:damkar"),
    ("taker1", "/terlindung/lapor", "form[action='/terlindung/lapor']", {"where": "Gang Melati"}, "story"),
    ("dispatcher", "/terlindung/buka", "form[action='/terlindung/buka']",
     {"number": "987", "reason": "perlu"}, "number"),
    ("pengawas", "/atur/rencana", "form[action^='/atur/rencana/berkas']", {"file": ""}, "file"),
    ("taker1", "/atur/tempat", "form[action^='/atur/tempat/berkas']", {"file": ""}, "file"),
    ("pengawas", "/pengawas/nama-tempat", "form[action^='/pengawas/nama-tempat/berkas']", {"file": ""}, "file"),
    ("taker1", "/serah-terima", "form[action='/serah-terima']", {"notes": "lampu mati"}, "to"),
)  # fmt: skip


def test_a_form_says_what_is_wrong_and_leads_there(sign_in: SignIn) -> None:
    """UT-31: the list of what is wrong has the focus, its links go to the field, and the title says so first."""
    people: dict[str | None, Page] = {}
    for account, path, form, given, field in FORMS:
        if account not in people:
            people[account] = sign_in(account)
        page = people[account]
        page.goto(path)
        title = page.title()
        page.locator(form).first.evaluate("(one) => { one.noValidate = true; }")
        for name, value in given.items():
            box = page.locator(f"{form} [name='{name}']").first
            match box.evaluate("(one) => one.type"):
                case "file":
                    box.set_input_files(NOT_A_TABLE)
                case "select-one":
                    box.select_option(value)
                case _:
                    box.fill(value)
        page.locator(f"{form} button[type=submit], {form} button:not([type])").first.click()
        summary = page.locator("[data-summary]")
        expect(summary, f"{path} {given}").to_be_focused()
        assert page.title() == f"Masalah: {title}", path
        link = summary.get_by_role("link")
        assert link.get_attribute("href") == f"#{field}", path
        named = page.locator(f"[id='{field}']")
        expect(named).to_have_attribute("aria-invalid", "true")
        link.press("Enter")
        expect(named, path).to_be_focused()
        for name, value in given.items():
            if name not in ("password", "present", "new", "again", "file"):
                assert page.locator(f"[name='{name}']").first.input_value() == value, f"{path} forgets {name}"
