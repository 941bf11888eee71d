"""The installation's one secret, from which links and device keys are signed. Made once, readable by us only."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

SECRET_BYTES = 32  # as long as the SHA-256 it feeds


def installation_secret(home: Path) -> bytes:
    """The secret in ``home``; made on first use. Losing the file only makes links already sent invalid."""
    path = home / "secret.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = home / f"secret.key.{os.getpid()}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(
                fresh, path
            )  # atomic: of two processes that start at once, one wins and both use its secret
        fresh.unlink()
    return path.read_bytes()


def signature(secret: bytes, purpose: str, text: str) -> str:
    """A 128-bit signature of ``text`` for one ``purpose``, as hex; long enough that guessing is hopeless."""
    return hmac.new(secret, f"{purpose}\n{text}".encode(), hashlib.sha256).hexdigest()[:32]
