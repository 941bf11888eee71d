"""Templates and numbers: what the server draws."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, Environment, UndefinedError

from siaga.adapters.web.rendering import Assets, AssetsMissing, Bundle, Frame, make_environment, mask_phone
from siaga.adapters.web.words import Words

from . import samples

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("console", "agency", "wall", "plain")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """The real templates with made-up file names, so that nothing needs to be bundled."""
    manifest = {
        "bundles": {
            kind: {"js": f"{kind}-1.js", "sources": ["web/src/live.ts", "web/shortcuts.json"]}
            for kind in KINDS
        },
        "style": "main-1.css",
        "icons": "icons-1.svg",
        "worker": "stream-worker-1.js",
    }
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    (tmp_path / "shortcuts.json").write_text((ROOT / "web" / "shortcuts.json").read_text("utf-8"), "utf-8")
    return samples.environment(tmp_path)


def draw(environment: Environment, text: str, frame: Frame | None = None, **given: Any) -> str:
    return environment.from_string(text).render(frame=frame or samples.frame(), **given)


def test_times_are_those_of_the_city(environment: Environment) -> None:
    given: dict[str, Any] = {"at": samples.NOW, "before": samples.NOW - timedelta(days=2)}
    assert (
        draw(environment, "{{ at|clock }} {{ at|hour }} {{ frame.zone_name }}", **given)
        == "14:07:31 14:07 WIB"
    )
    assert draw(environment, "{{ before|hour }} {{ at|day }}", **given) == "19 Nov 14:07 21 Nov 2026"
    east = Frame(place_name="x", timezone="Asia/Jayapura", now=samples.NOW)
    assert draw(environment, "{{ at|hour }} {{ frame.zone_name }}", east, **given) == "16:07 WIT"
    odd = Frame(place_name="x", timezone="Asia/Kathmandu", now=samples.NOW)
    assert odd.zone_name == "UTC+5.75"


def test_durations_read_as_in_the_browser(environment: Environment) -> None:
    cases = {6.9: "00:06", 3599: "59:59", 4800: "1 j 20 mnt", -3: "00:00"}
    for seconds, words in cases.items():
        assert draw(environment, "{{ s|duration }}", s=seconds) == words


def test_numbers_and_telephone_numbers(environment: Environment) -> None:
    assert draw(environment, "{{ 1204.5|number }}") == "1.204,5"
    assert draw(environment, "{{ 1204.5|number }}", samples.frame(language="en")) == "1,204.5"
    assert [mask_phone(one) for one in ("085712344417", "112", None, "")] == ["0857…4417", "112", "", ""]


def test_what_is_filled_into_a_sentence_is_escaped(environment: Environment) -> None:
    assert draw(environment, '{{ _("Gabung ke #{number}", number=x) }}', x="<b>") == "Gabung ke #&lt;b&gt;"


def test_a_missing_variable_or_frame_is_an_error_not_an_empty_place(environment: Environment) -> None:
    with pytest.raises(UndefinedError):
        draw(environment, "{{ nothing }}")
    with pytest.raises(TypeError, match="with context"):
        environment.from_string('{{ _("Masuk") }}').render()


def test_missing_bundles_say_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(AssetsMissing, match=r"\./siaga up"):
        Assets.load(tmp_path)


def test_a_feature_template_is_found_by_its_feature(tmp_path: Path) -> None:
    room = tmp_path / "calls" / "templates"
    room.mkdir(parents=True)
    (room / "line.html").write_text("{{ keys_of('answer') | join }}")
    assets = Assets(
        bundles={"plain": Bundle(script="x")},
        style="",
        icons="",
        worker="",
        shortcuts=({"id": "answer", "keys": ["F2"]},),
    )
    made = make_environment(words=Words({}), assets=assets, features=tmp_path)
    assert made.get_template("calls/line.html").render() == "F2"
    with pytest.raises(KeyError):
        assets.keys_of("dance")


SCREENS = {
    "desk": ("incidents/desk.html", samples.desk()),
    "idle": ("incidents/desk.html", samples.idle()),
    "board": ("specimens/board.html", samples.board()),
    "task": ("specimens/task.html", samples.board()),
    "wall": ("specimens/wall.html", samples.wall()),
    "sign in": (
        "sign_in.html",
        {"name": "<a>", "next": "/", "problem": "Salah.", "ask_code": True, "demo_accounts": []},
    ),
    "error": (
        "error.html",
        {"status": 404, "title": "Tidak ada", "detail": "Tidak ada.", "todo": "", "back": ""},
    ),
}


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("screen", SCREENS)
def test_every_screen_is_a_whole_page_that_the_content_policy_allows(
    environment: Environment, screen: str, language: str
) -> None:
    name, context = SCREENS[screen]
    page = environment.get_template(name).render(frame=samples.frame(language=language), **context)
    assert f'<html lang="{language}"' in page
    assert page.count("<h1") == 1
    assert 'id="main"' in page
    assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:|https?://", page)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    named = set(re.findall(r'aria-(?:labelledby|controls|describedby)="([^"]+)"', page))
    missing = {one for names in named for one in names.split() if one not in ids}
    assert missing == set()
    for button in re.findall(r"<button[^>]*>", page):
        assert "type=" in button, button


def test_the_page_says_where_in_the_journal_it_was_drawn(environment: Environment) -> None:
    page = environment.get_template("incidents/desk.html").render(
        frame=samples.frame(position=77), **samples.desk()
    )
    assert (
        'content="/siaran" data-worker="/static/stream-worker-1.js" data-position="77" data-owner="p-septi"'
        in page
    )


def test_the_frame_is_found_in_the_request(environment: Environment) -> None:
    class State:
        frame = samples.frame()

    class Request:
        state = State()

    environment.loader = DictLoader({"x": "{{ frame.place_name }}"})
    assert environment.get_template("x").render(request=Request()) == "112 Kota"


def test_an_age_carries_its_limit_to_the_browser(environment: Environment) -> None:
    text = '{% import "macros.html" as ui with context %}{{ ui.age(since, 60) }}{{ ui.age(since, 60, countdown=true) }}'
    drawn = draw(environment, text, since=samples.NOW - timedelta(seconds=38))
    assert 'data-limit="60">00:38</time>' in drawn
    assert "data-countdown>00:22</time>" in drawn


def test_priorities_and_units_speak_without_colour(environment: Environment) -> None:
    text = (
        '{% import "macros.html" as ui with context %}'
        "{% for p in (1, 2, 3, 4) %}{{ ui.priority(p, long=true) }}{% endfor %}{{ ui.unit('RS', 'PSC1') }}"
    )
    plain = re.sub(r"<[^>]+>", "", draw(environment, text))
    assert plain == "◆P1 KRITIS▲P2 TINGGI●P3 SEDANG○P4 RENDAHPSC1 RS"


def test_now_is_aware(environment: Environment) -> None:
    assert samples.frame().now.tzinfo is UTC
    page = environment.get_template("error.html").render(frame=samples.frame(), **SCREENS["error"][1])
    assert [datetime.fromisoformat(at) for at in re.findall(r'name="now" content="([^"]+)"', page)] == [
        samples.NOW
    ]
