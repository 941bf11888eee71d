"""Turns templates into pages: the Jinja environment, what every screen knows, and how times and numbers look.

Every template sees `frame` (a `Frame`). A handler need not pass it: it is taken from `request.state.frame`, where
the web server puts it for each request. Macros are imported `with context`, because their words depend on it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    pass_context,
)
from jinja2.runtime import Context
from markupsafe import Markup, escape

from siaga.adapters.web.words import Words, as_inline_json
from siaga.domain.own_keys import keys_with
from siaga.domain.roles import Viewer

PACKAGE = Path(__file__).resolve().parents[2]
STATIC_FOLDER = PACKAGE / "static"
STATIC_URL = "/static/"
ZONE_NAMES = {7: "WIB", 8: "WITA", 9: "WIT"}
SECONDS_PER_HOUR = 3600
PHONE_DIGITS_SHOWN = 4  # at each end: enough to recognise a repeat caller, not enough to call her
THEMES = ("auto", "dark", "light")


class AssetsMissing(RuntimeError):
    """The browser files were never built. The text says how to build them."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What every screen needs, whoever draws it. ``now`` is aware UTC; ``position`` is the journal's at that moment."""

    place_name: str
    timezone: str
    now: datetime
    language: str = "id"
    theme: str = "auto"
    nonce: str = ""
    csrf_token: str = ""
    viewer: Viewer | None = None
    stream_url: str = "/siaran"
    position: int = 0
    version: str = ""
    demo: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def zone_name(self) -> str:
        """WIB, WITA or WIT; elsewhere the offset such as UTC+03:00."""
        offset = self.now.astimezone(self.zone).utcoffset() or timedelta()
        hours = offset.total_seconds() / SECONDS_PER_HOUR
        return ZONE_NAMES.get(int(hours), f"UTC{hours:+03.0f}:00") if hours.is_integer() else f"UTC{hours:+}"


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """The files of one kind of screen. ``sources`` are the TypeScript files inside, as the catalogues name them."""

    script: str
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Assets:
    """What web/build.mjs made: bundles by name, the style sheet, the icons, the stream worker, the shortcuts."""

    bundles: Mapping[str, Bundle]
    style: str
    icons: str
    worker: str
    shortcuts: tuple[Mapping[str, Any], ...]
    fonts: tuple[str, ...] = ()  # asked for with the page, so that no text moves when its letters come
    map_engine: Mapping[str, str] = field(
        default_factory=dict
    )  # the map's drawing, fetched by pages that show one

    @classmethod
    def load(cls, folder: Path = STATIC_FOLDER) -> Assets:
        """Read manifest.json and shortcuts.json. Raises AssetsMissing when they are not there."""
        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            shortcuts = json.loads((folder / "shortcuts.json").read_text(encoding="utf-8"))
        except FileNotFoundError as missing:
            raise AssetsMissing(
                f"{missing.filename} is missing: run ./siaga up, or pip install -e ."
            ) from missing
        bundles = {
            name: Bundle(script=made["js"], sources=frozenset(made["sources"]))
            for name, made in manifest["bundles"].items()
        }
        return cls(
            bundles=bundles,
            style=manifest["style"],
            icons=manifest["icons"],
            worker=manifest["worker"],
            shortcuts=tuple(shortcuts),
            fonts=tuple(manifest.get("fonts", ())),
            map_engine=manifest.get("map", {}),
        )

    def keys_of(self, shortcut: str) -> tuple[str, ...]:
        """The keys of one shortcut, the one to print first. Raises KeyError for an unknown shortcut."""
        for entry in self.shortcuts:
            if entry["id"] == shortcut:
                return tuple(entry["keys"])
        raise KeyError(f"no shortcut {shortcut!r} in web/shortcuts.json")


class ScreenTemplate(Template):
    """A template that finds `frame` in the request when the handler did not pass it."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        context = dict(*args, **kwargs)
        if "frame" not in context and "request" in context:
            context["frame"] = context["request"].state.frame
        return super().render(context)


def make_environment(
    *, words: Words, assets: Assets, shared: Path | None = None, features: Path | None = None
) -> Environment:
    """The one Jinja environment. A feature's template is named `<feature>/<file>`, a shared one just `<file>`."""
    shared = shared or PACKAGE / "templates"
    features = features or PACKAGE / "features"
    rooms = {folder.parent.name: FileSystemLoader(folder) for folder in sorted(features.glob("*/templates"))}
    environment = Environment(
        loader=ChoiceLoader([FileSystemLoader(shared), PrefixLoader(rooms)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.template_class = ScreenTemplate
    environment.filters.update(
        clock=clock, hour=hour, day=day, duration=duration, age=age, number=number, mask_phone=mask_phone
    )
    environment.globals.update(_word_functions(words))
    environment.globals.update(_asset_functions(assets, words))
    return environment


def _frame(context: Context) -> Frame:
    frame = context.get("frame")
    if not isinstance(frame, Frame):
        raise TypeError(
            f"{context.name}: no frame here; import macros `with context` and set request.state.frame"
        )
    return frame


def _word_functions(words: Words) -> dict[str, Any]:
    @pass_context
    def _(context: Context, msgid: str, **params: object) -> Markup:
        """The sentence in the viewer's language; parameters are escaped, the sentence itself is ours."""
        text = escape(words.translate(_frame(context).language, msgid))
        return text.format(**params) if params else text  # Markup.format escapes what is filled in

    @pass_context
    def _n(context: Context, msgid: str, n: int, **params: object) -> str:
        return words.count(_frame(context).language, msgid, n, **params)

    return {"_": _, "_n": _n, "languages": words.languages, "themes": THEMES}


def _asset_functions(assets: Assets, words: Words) -> dict[str, Any]:
    def asset(name: str) -> str:
        return STATIC_URL + name

    @pass_context
    def browser_words(context: Context, bundle: str) -> Markup:
        """The TypeScript sentences of a bundle in the viewer's language, as inline JSON."""
        made = assets.bundles[bundle]
        return Markup(as_inline_json(words.for_browser(_frame(context).language, made.sources)))  # noqa: S704

    @pass_context
    def keys_of(context: Context, shortcut: str) -> tuple[str, ...]:
        """The keys of a shortcut for this viewer: her own key, where she has chosen one, is printed first."""
        usual = assets.keys_of(shortcut)
        frame = context.get("frame")  # a part drawn without one shows the usual keys
        viewer = frame.viewer if isinstance(frame, Frame) else None
        return keys_with({"id": shortcut, "keys": usual}, viewer.keys) if viewer is not None else usual

    def inline_json(value: object) -> Markup:
        return Markup(as_inline_json(value))  # noqa: S704  (as_inline_json cannot end the element it stands in)

    return {
        "asset": asset,
        "bundle": lambda name: assets.bundles[name],
        "style_url": STATIC_URL + assets.style,
        "font_urls": tuple(STATIC_URL + name for name in assets.fonts),
        "icons_url": STATIC_URL + assets.icons,
        "worker_url": STATIC_URL + assets.worker,
        "browser_words": browser_words,
        "inline_json": inline_json,
        "keys_of": keys_of,
        "shortcuts": assets.shortcuts,
        "map_engine": {name: STATIC_URL + file for name, file in assets.map_engine.items()},
    }


@pass_context
def clock(context: Context, at: datetime) -> str:
    """`14:07:31` in the city's zone."""
    return f"{at.astimezone(_frame(context).zone):%H:%M:%S}"


@pass_context
def hour(context: Context, at: datetime) -> str:
    """`14:07` in the city's zone; with the day in front when it is not today's."""
    frame = _frame(context)
    local, today = at.astimezone(frame.zone), frame.now.astimezone(frame.zone).date()
    short = f"{local:%H:%M}"
    return (
        short
        if local.date() == today
        else f"{format_date(local.date(), 'd MMM', locale=frame.language)} {short}"
    )


@pass_context
def day(context: Context, at: datetime) -> str:
    """`21 Nov 2026` in the city's zone and the viewer's language."""
    frame = _frame(context)
    return format_date(at.astimezone(frame.zone).date(), "d MMM y", locale=frame.language)


@pass_context
def duration(context: Context, seconds: float) -> str:
    """`mm:ss` below an hour, then `1 j 20 mnt`. The same rule as web/src/timers.ts."""
    whole = max(0, int(seconds))
    if whole < SECONDS_PER_HOUR:
        return f"{whole // 60:02}:{whole % 60:02}"
    word: Any = context["_"]
    return str(
        context.call(
            word, "{hours} j {minutes} mnt", hours=whole // SECONDS_PER_HOUR, minutes=whole // 60 % 60
        )
    )


@pass_context
def age(context: Context, since: datetime) -> str:
    """How long ago ``since`` was when the page was made."""
    return duration(context, (_frame(context).now - since).total_seconds())


@pass_context
def number(context: Context, value: float) -> str:
    """`1.204` in Indonesian, `1,204` in English."""
    return format_decimal(value, locale=_frame(context).language)


def mask_phone(value: str | None) -> str:
    """`0857…4417`. Short numbers, and callers without a number, stay as they are."""
    text = (value or "").strip()
    if len(text) <= 2 * PHONE_DIGITS_SHOWN:
        return text
    return f"{text[:PHONE_DIGITS_SHOWN]}…{text[-PHONE_DIGITS_SHOWN:]}"
