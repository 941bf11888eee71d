"""The TLS certificate of the office network.

Browsers give the microphone only to localhost or HTTPS, so an installation without a certificate of its own signs
one. It is renewed before it ends and when the machine's address has changed. A certificate the office put in its
place is never touched.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from siaga.processes.network import addresses

OUR_NAME = "Siaga 112 (self-signed)"
VALID_DAYS = 820
# Apple's devices refuse certificates valid for more than 825 days.
RENEW_DAYS = 30
CLOCK_SKEW = timedelta(days=1)


@dataclass(frozen=True)
class Certificate:
    """What we need to know about the certificate file."""

    is_ours: bool
    expires: datetime
    names: frozenset[str]


def read(file: Path) -> Certificate:
    """Raises OSError when the file cannot be read and ValueError when it is not a certificate."""
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    subject = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    names: frozenset[str] = frozenset()
    try:
        listed = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        pass
    else:
        names = frozenset(listed.get_values_for_type(x509.DNSName)) | {
            str(address) for address in listed.get_values_for_type(x509.IPAddress)
        }
    return Certificate(
        is_ours=certificate.issuer == certificate.subject and bool(subject) and subject[0].value == OUR_NAME,
        expires=certificate.not_valid_after_utc,
        names=names,
    )


def ensure(file: Path, key_file: Path, *, now: datetime, hosts: Sequence[str] | None = None) -> bool:
    """See that there is a usable certificate for `hosts` (default: every name and address of this machine).

    True when a new one was made. Raises OSError or ValueError when a file of the office's own cannot be read.
    """
    wanted = list(hosts) if hosts is not None else _own_hosts()
    if file.exists() and key_file.exists():
        present = read(file)
        fresh = present.expires - now > timedelta(days=RENEW_DAYS)
        if not present.is_ours or (fresh and present.names.issuperset(wanted)):
            return False
    _make(file, key_file, wanted, now)
    return True


def _own_hosts() -> list[str]:
    name = socket.gethostname().split(".")[0]
    return list(dict.fromkeys(["localhost", name, f"{name}.local", *addresses()]))


def _make(file: Path, key_file: Path, hosts: Sequence[str], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, OUR_NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)  # phones with a slow clock
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(key_file, secret, 0o600)
    _write(file, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(file: Path, content: bytes, mode: int) -> None:
    fresh = file.with_name(f"{file.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as opened:
        opened.write(content)
    fresh.replace(file)
