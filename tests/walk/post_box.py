"""A stand-in for an agency's message service: a web address that keeps what is posted to it."""

from __future__ import annotations

import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LINK = re.compile(r"https?://\S+/t/[\w.~-]+")


class PostBox:
    """Use as a context manager. `address` is what `siaga contact add` is given."""

    def __init__(self) -> None:
        self.letters: list[str] = []
        box = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                box.letters.append(body.decode("utf-8", "replace"))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def address(self) -> str:
        """A contact's address."""
        return f"json://127.0.0.1:{self._server.server_port}/"

    def link(self, words: str, seconds: float = 15.0) -> str:
        """The one-tap link of the first letter that holds these words. Raises AssertionError when none comes."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for letter in list(self.letters):
                found = LINK.search(letter)
                if words in letter and found:
                    return found.group(0)
            time.sleep(0.05)
        raise AssertionError(f"no letter with {words!r} and a link; came: {self.letters}")

    def __enter__(self) -> PostBox:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
