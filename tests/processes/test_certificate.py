"""The certificate renews itself, and never replaces one the office put there."""

from __future__ import annotations

import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from siaga.processes import certificate

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def test_it_is_made_once_for_every_name_of_the_machine_and_only_we_can_read_its_key(tmp_path: Path) -> None:
    file, key = tmp_path / "tls" / "tls.crt", tmp_path / "tls" / "tls.key"

    assert certificate.ensure(file, key, now=NOW) is True
    assert certificate.ensure(file, key, now=NOW + timedelta(days=1)) is False
    assert {"localhost", "127.0.0.1"} <= certificate.read(file).names
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(file, key)


def test_it_is_renewed_before_it_ends_and_when_the_address_changes(tmp_path: Path) -> None:
    file, key = tmp_path / "tls.crt", tmp_path / "tls.key"
    certificate.ensure(file, key, now=NOW, hosts=["192.0.2.10"])

    assert certificate.ensure(file, key, now=NOW, hosts=["192.0.2.10", "192.0.2.11"]) is True
    assert certificate.read(file).names == {"192.0.2.10", "192.0.2.11"}
    late = certificate.read(file).expires - timedelta(days=certificate.RENEW_DAYS - 1)
    assert certificate.ensure(file, key, now=late, hosts=["192.0.2.10"]) is True


def test_a_certificate_of_the_office_is_left_alone_even_when_it_ends_soon(tmp_path: Path) -> None:
    file, key_file = tmp_path / "tls.crt", tmp_path / "tls.key"
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "112.example.go.id")])
    theirs = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=2))
        .sign(key, hashes.SHA256())
    )
    file.write_bytes(theirs.public_bytes(serialization.Encoding.PEM))
    key_file.write_text("theirs")

    assert certificate.ensure(file, key_file, now=NOW, hosts=["other"]) is False
    assert certificate.read(file).is_ours is False
    assert key_file.read_text() == "theirs"
