"""Files of the browser: packed for whoever can unpack them, whole for everybody else, and nothing beside them."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest
from litestar import Litestar

from siaga.adapters.web.static_files import static_files

SCRIPT = b"const name = 'Siaga 112';\n" * 40


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> httpx.AsyncClient:
    tmp_path = tmp_path_factory.mktemp("installation")
    folder = tmp_path / "static"
    (folder / "licences").mkdir(parents=True)
    (folder / "console-1.js").write_bytes(SCRIPT)
    (folder / "console-1.js.gz").write_bytes(gzip.compress(SCRIPT))
    (folder / "letters-1.woff2").write_bytes(b"wOF2")
    (folder / "licences" / "htmx.txt").write_text("Zero-Clause BSD")
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "static-secret.txt").write_text("secret")
    app: Any = Litestar([static_files(folder)], openapi_config=None, logging_config=None)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://siaga.test")


async def test_a_script_goes_packed_to_who_can_unpack_it_and_whole_to_everybody_else(
    client: httpx.AsyncClient,
) -> None:
    packed = await client.get("/static/console-1.js", headers={"accept-encoding": "gzip, br"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(SCRIPT) / 5
    whole = await client.get("/static/console-1.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in whole.headers
    for answer in (packed, whole):
        assert answer.content == SCRIPT
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["vary"] == "accept-encoding"
        assert "immutable" in answer.headers["cache-control"]
    assert (await client.get("/static/letters-1.woff2")).headers["content-type"] == "font/woff2"
    assert (await client.get("/static/licences/htmx.txt")).text == "Zero-Clause BSD"


@pytest.mark.parametrize(
    "path",
    [
        "nothing.js", "licences", "console-1.js.gz", "../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt",
        "licences/../../secret.txt", "..%2fstatic-secret.txt", "//etc/passwd", "%2fetc%2fpasswd",
    ],
)  # fmt: skip
async def test_nothing_else_is_there(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/static/{path}")).status_code == 404
