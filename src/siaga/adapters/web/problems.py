"""Refusals and failures in words: an HTML page for a person who navigates, problem+json (RFC 9457) for everything else.

Whatever we did not expect becomes a 500 with a short reference. The log then holds where it happened and of what
kind, never the exception's own words: they may quote a caller.
"""

from __future__ import annotations

import logging
import re
import secrets
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment
from litestar.exceptions import HTTPException, ValidationException

from siaga.adapters.web.answers import as_json
from siaga.adapters.web.rendering import Frame
from siaga.adapters.web.words import Words
from siaga.domain.errors import OutsideFailed, RuleBroken, TooBusy

log = logging.getLogger("siaga.web")

PROBLEM_JSON = b"application/problem+json"
HTML = b"text/html; charset=utf-8"
REFERENCE_BYTES = 4  # eight letters: short enough to read out on the telephone

TITLES = {
    400: "Permintaan tidak dapat dibaca",
    401: "Belum masuk",
    403: "Tidak berwenang",
    404: "Tidak ditemukan",
    405: "Cara meminta ini tidak dikenal",
    409: "Tidak dapat dilakukan sekarang",
    413: "Kiriman terlalu besar",
    415: "Jenis kiriman tidak dikenal",
    422: "Isian tidak dapat dicatat",
    429: "Terlalu sering",
    500: "Terjadi kesalahan di server",
    502: "Layanan luar tidak menjawab",
    503: "Sedang sangat sibuk",
}
SENTENCES = {
    400: "Periksa isian, lalu kirim lagi.",
    404: "Halaman atau data ini tidak ada.",
    405: "Alamat ini tidak menerima cara meminta itu.",
    413: "Kiriman melebihi batas ukuran.",
    415: "Kirim sebagai JSON atau formulir.",
    502: "Layanan luar tidak menjawab. Yang Anda kirim sudah tercatat dan akan dicoba lagi.",
}
UNEXPECTED = "Kesalahan ini sudah tercatat. Sebutkan kode {reference} kepada admin."


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal, ready to be said."""

    status: int
    title: str
    detail: str
    reference: str | None = None
    retry_after_seconds: int | None = None
    fields: tuple[tuple[str, str], ...] = ()

    def as_document(self) -> dict[str, Any]:
        """RFC 9457, with our own members ``reference`` and ``errors``."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.reference:
            document["reference"] = self.reference
        if self.fields:
            document["errors"] = [{"field": field, "detail": detail} for field, detail in self.fields]
        return document


class Problems:
    """Turns exceptions into answers, in the reader's language."""

    def __init__(self, words: Words, environment: Environment | None) -> None:
        self._words = words
        self._environment = environment

    def of(self, exception: BaseException, language: str, path: str = "") -> Problem:
        """What to tell about an exception; logs it when it was not expected. ``path`` must hold no personal data."""
        match exception:
            case RuleBroken():
                status = exception.status
                detail = self._words.translate(language, exception.message, **exception.words)
                wait = exception.retry_after_seconds if isinstance(exception, TooBusy) else None
                return Problem(status, self._title(status, language), detail, retry_after_seconds=wait)
            case ValidationException():
                return self._validation(exception, language)
            case OutsideFailed():
                return self.plain(502, language)
            case HTTPException() if exception.status_code in (502, 503, 504):
                detail = self._words.translate(language, exception.detail)
                return Problem(
                    exception.status_code, self._title(503, language), detail, retry_after_seconds=1
                )
            case HTTPException() if exception.status_code < 500:
                return self.plain(exception.status_code, language)
            case _:
                return self._unexpected(exception, language, path)

    def answer(
        self, problem: Problem, headers: Mapping[bytes, bytes], frame: Frame | None
    ) -> tuple[int, bytes, bytes, list[tuple[bytes, bytes]]]:
        """Status, body, content type and headers of the answer."""
        more: list[tuple[bytes, bytes]] = [(b"cache-control", b"no-store")]
        if problem.retry_after_seconds is not None:
            more.append((b"retry-after", str(problem.retry_after_seconds).encode()))
        if problem.status == 401:
            more.append((b"www-authenticate", b'Bearer realm="siaga"'))
        if frame is None or self._environment is None or not is_navigation(headers):
            return problem.status, as_json(problem.as_document()), PROBLEM_JSON, more
        page = self._environment.get_template("error.html").render(
            frame=frame, status=problem.status, title=problem.title, detail=problem.detail, todo="", back=""
        )
        return problem.status, page.encode(), HTML, more

    def _title(self, status: int, language: str) -> str:
        return self._words.translate(language, TITLES.get(status, TITLES[500 if status >= 500 else 400]))

    def plain(self, status: int, language: str) -> Problem:
        """A refusal that its status says already."""
        sentence = self._words.translate(language, SENTENCES.get(status, SENTENCES[400]))
        return Problem(status, self._title(status, language), sentence)

    def _validation(self, exception: ValidationException, language: str) -> Problem:
        extra = exception.extra if isinstance(exception.extra, list) else []
        fields = tuple(
            (str(entry.get("key", "")), self._in_words(str(entry.get("message", "")), language))
            for entry in extra
            if isinstance(entry, dict)
        )
        problem = self.plain(400, language)
        if not fields:
            return problem
        said = "; ".join(
            f"{field}: {words}" if field and field != "data" else words for field, words in fields
        )
        return Problem(400, problem.title, f"{said}.", fields=fields)

    def _in_words(self, message: str, language: str) -> str:
        sentence, gaps = sentence_of(message)
        return self._words.translate(language, sentence, **gaps)

    def _unexpected(self, exception: BaseException, language: str, path: str) -> Problem:
        reference = secrets.token_hex(REFERENCE_BYTES)
        frames = "".join(traceback.format_tb(exception.__traceback__))
        log.error("%s: unexpected %s at %s\n%s", reference, type(exception).__qualname__, path, frames)
        detail = self._words.translate(language, UNEXPECTED, reference=reference)
        return Problem(500, self._title(500, language), detail, reference=reference)


def is_navigation(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a person is waiting for a page, and not a script for an answer."""
    if b"hx-request" in headers:
        return False
    mode = headers.get(b"sec-fetch-mode")
    if mode is not None:
        return mode == b"navigate"
    return b"application/xhtml+xml" in headers.get(b"accept", b"")  # only navigations ask for it


_VALIDATION_SENTENCES = {
    "missing": "{field} belum diisi",
    "unknown": "{field} tidak dikenal",
    "too long": "paling banyak {limit} huruf",
    "too short": "paling sedikit {limit} huruf",
    "at least": "paling kecil {limit}",
    "at most": "paling besar {limit}",
    "above": "harus lebih dari {limit}",
    "below": "harus kurang dari {limit}",
    "shape": "bentuknya tidak sesuai",
    "choice": "pilihan {value} tidak dikenal",
    "number": "harus berupa angka",
    "text": "harus berupa teks",
    "switch": "harus berupa ya atau tidak",
    "list": "harus berupa daftar",
    "object": "harus berupa objek JSON",
    "json": "bukan JSON yang sah",
    "other": "isinya tidak sesuai",
}
_PATTERNS = tuple(
    (re.compile(pattern), _VALIDATION_SENTENCES[meaning])
    for pattern, meaning in (
        (r"Object missing required field `(?P<field>[^`]+)`", "missing"),
        (r"Object contains unknown field `(?P<field>[^`]+)`", "unknown"),
        (r"Expected `\w+` of length <= (?P<limit>\d+)", "too long"),
        (r"Expected `\w+` of length >= (?P<limit>\d+)", "too short"),
        (r"Expected `\w+` >= (?P<limit>[-\d.]+)", "at least"),
        (r"Expected `\w+` <= (?P<limit>[-\d.]+)", "at most"),
        (r"Expected `\w+` > (?P<limit>[-\d.]+)", "above"),
        (r"Expected `\w+` < (?P<limit>[-\d.]+)", "below"),
        (r"Expected `\w+` matching regex .*", "shape"),
        (r"Invalid enum value (?P<value>.*)", "choice"),
        (r"Expected `(?:int|float)(?: \| \w+)*`, got `\w+`", "number"),
        (r"Expected `str(?: \| \w+)*`, got `\w+`", "text"),
        (r"Expected `bool(?: \| \w+)*`, got `\w+`", "switch"),
        (r"Expected `array(?: \| \w+)*`, got `\w+`", "list"),
        (r"Expected `object(?: \| \w+)*`, got `\w+`", "object"),
        (r"(?:JSON is malformed|Input data was truncated|MessagePack).*", "json"),
    )
)


def sentence_of(message: str) -> tuple[str, dict[str, str]]:
    """The sentence, and what fills its gaps, that says what a validation message of msgspec says."""
    for pattern, sentence in _PATTERNS:
        if found := pattern.match(message):
            return sentence, {name: value.removesuffix(".0") for name, value in found.groupdict().items()}
    return _VALIDATION_SENTENCES["other"], {}
