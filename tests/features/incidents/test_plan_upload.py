"""The table of plans goes out through the page and an edited one comes back: looked at, kept, not yet approved."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from siaga import clock
from siaga.adapters.exchange.plan_file import read_plan_file
from siaga.adapters.exchange.plan_toml import plan_toml
from siaga.adapters.exchange.writing import make_workbook
from siaga.domain.response_plan import PlanBook, PlanQuestion, ResponsePlan
from siaga.domain.roles import Role
from siaga.features.incidents.plans.actions import import_plans
from tests.a_city import CITY, a_city
from tests.a_web_process import Web, open_web
from tests.features.scenes import FORM, page, seen

FIRE = "kebakaran.rumah"
PLAN = ResponsePlan(type=FIRE, priority=3, questions=(PlanQuestion(code="asap", text="Ada asap?"),))
HERE = "/atur/rencana/berkas"


@pytest.fixture
async def web(postgres_dsn: str, tmp_path: Path) -> AsyncIterator[Web]:
    city = replace(a_city(types=CITY.types), plans=PlanBook(plans=(PLAN,)))
    async with open_web(postgres_dsn, tmp_path, city=city) as opened:
        yield opened


async def give(browser: httpx.AsyncClient, data: bytes, name: str = "rencana.toml") -> httpx.Response:
    """As a browser without scripts does: the token is the form's first field."""
    token = browser.headers["x-csrftoken"]
    del browser.headers["x-csrftoken"]
    try:
        return await browser.post(
            HERE, data={"_csrf_token": token}, files={"file": (name, data)}, headers=FORM
        )
    finally:
        browser.headers["x-csrftoken"] = token


def carried(text: str) -> dict[str, str]:
    """What the preview's form will send."""
    found = dict(re.findall(r'<input type="hidden" name="(name|seen)" value="([^"]*)"', text))
    found["content"] = re.findall(r'<textarea name="content" hidden>([^<]*)</textarea>', text)[0]
    return {name: html.unescape(value) for name, value in found.items()}


async def keep(browser: httpx.AsyncClient, form: dict[str, str]) -> httpx.Response:
    return await browser.post(f"{HERE}/simpan", data=form, files={"none": ("", b"")}, headers=FORM)


async def test_an_edited_table_is_compared_kept_and_waits_for_approval(web: Web) -> None:
    admin = await web.signed_in(Role.ADMIN)
    for kind in ("xlsx", "toml"):
        out = await admin.get(f"/atur/rencana/unduh.{kind}")
        assert out.status_code == 200
        assert [one.same_as(PLAN) for one in read_plan_file(out.content).sound] == [True]
        same = await give(admin, out.content, f"rencana.{kind}")
        assert "0 rencana berubah, 1 sama, 0 baris salah" in seen(same.text)

    other = replace(PLAN, priority=2, instructions=("Tunggu di luar.",))
    wrong = replace(PLAN, type="tidak.ada")
    looked = await give(admin, plan_toml((other, wrong)).encode(), "../<b>rencana.toml")
    assert looked.status_code == 200
    text = seen(looked.text)
    assert "1 rencana berubah, 0 sama, 1 baris salah" in text
    assert "jenis ini tidak ada di types.toml." in text
    assert "panduan + “Tunggu di luar.”" in text
    assert "<b>rencana" not in looked.text
    assert "Tunggu di luar" not in seen(await page(admin, f"/atur/rencana?jenis={FIRE}")), "only looked at"

    form = carried(looked.text)
    kept = await keep(admin, form)
    assert (kept.status_code, kept.headers.get("location")) == (303, f"/atur/rencana?jenis={FIRE}")
    shown = seen(await page(admin, f"/atur/rencana?jenis={FIRE}"))
    assert "Tunggu di luar." in shown
    assert "belum disetujui" in shown
    assert "rencana.toml" in shown
    again = await keep(admin, form)
    assert again.status_code == 409, "what it was compared with is no longer in force"
    assert "Unggah lagi berkasnya" in seen(again.text)


async def test_who_may_not_and_what_is_meant_to_harm_is_refused_in_words(web: Web) -> None:
    admin, taker = await web.signed_in(Role.ADMIN), await web.signed_in(Role.TAKER)
    assert (await give(taker, plan_toml((PLAN,)).encode())).status_code == 403
    assert (await taker.get("/atur/rencana/unduh.xlsx")).status_code == 403
    for data, said in (
        (b"", "Berkas ini kosong."),
        (b"x = " + b"[" * 5000, "TOML"),
        (b"a" + b".a" * 300 + b" = 1", "terlalu panjang"),
        (b"x" * (2 * 1024 * 1024 + 1), "terlalu besar"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel lama"),
        (b"PK\x03\x04nothing", "rusak"),
        (make_workbook([("Lain", [("a",)])]), "Lembar Rencana tidak ada"),
    ):
        refused = await give(admin, data)
        assert refused.status_code == 422, data[:20]
        assert said in seen(refused.text), data[:20]
        assert 'href="#file"' in refused.text

    admin.headers["x-csrftoken"] = "guessed"
    assert (await give(admin, plan_toml((PLAN,)).encode())).status_code == 403


async def test_a_plan_somebody_else_changed_meanwhile_is_not_written_over(web: Web) -> None:
    admin = await web.signed_in(Role.ADMIN)
    form = carried((await give(admin, plan_toml((replace(PLAN, priority=1),)).encode())).text)
    theirs = (replace(PLAN, priority=4),)
    await web.archive.do(
        import_plans, book=web.city.plans, plans=theirs, source="lain.xlsx", by="lain", now=clock.now()
    )
    assert (await keep(admin, form)).status_code == 409
    assert (await keep(admin, {**form, "seen": "["})).status_code == 409
    assert (await keep(admin, {**form, "content": "[[plan]]\ntype = 'tidak.ada'"})).status_code == 409
