"""SIP over TLS with encrypted voice, switched on by a certificate and nothing else."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from siaga.adapters.phone.engine import CallerRang
from siaga.adapters.phone.sip.baresip_engine import BaresipEngine
from siaga.adapters.phone.sip.options import PhoneOptions, TrunkOptions
from tests.sip.caller import FakeCaller, tones
from tests.sip.conftest import Line, free_port, open_line, tone_prompts
from tests.sip.fake_operator import TlsOperator

pytestmark = pytest.mark.sip

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/SAVP 8\r\n"
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n"
)
INVITE = (
    "INVITE sip:112@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:{port};branch=z9hG4bKtls;rport\r\n"
    "Max-Forwards: 70\r\nFrom: <sip:0811@127.0.0.1>;tag=1\r\nTo: <sip:112@127.0.0.1>\r\nCall-ID: tls-1\r\n"
    "CSeq: 1 INVITE\r\nContact: <sip:0811@127.0.0.1:{port};transport=tls>\r\n"
    "Content-Type: application/sdp\r\nContent-Length: {length}\r\n\r\n{body}"
)


def certificate(folder: Path) -> Path:
    """A certificate and its key in one file, valid for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    today = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today)
        .not_valid_after(today + datetime.timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    path = folder / "sip.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


def certificate_for(folder: Path, name: str, address: str) -> Path:
    """A certificate of a server at this address, which signs for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, address)])
    today = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(2)
        .not_valid_before(today)
        .not_valid_after(today + datetime.timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(address))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    path = folder / f"{name}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


async def test_a_call_over_tls_is_answered_with_encrypted_voice(tmp_path: Path) -> None:
    options = replace(
        PhoneOptions(host="127.0.0.1", port=free_port()), certificate=certificate(tmp_path), node="n"
    )
    engine = BaresipEngine(options, tone_prompts(tmp_path / "prompts"), lambda: "call-1")
    await engine.start()
    line = Line(engine, options.port)
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", options.port + 1, ssl=trusting)
        port = writer.get_extra_info("sockname")[1]
        writer.write(INVITE.format(port=port, length=len(OFFER), body=OFFER).encode())
        async with asyncio.timeout(8):
            answer = await reader.readuntil(b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:")
        writer.close()
    finally:
        await line.close()

    assert b"SIP/2.0 200" in answer
    assert b" RTP/SAVP 8" in answer
    assert (await line.event(CallerRang)).transport == "tls"


async def test_when_encryption_is_required_a_plain_voice_is_not_acceptable(tmp_path: Path) -> None:
    line = await open_line(tmp_path, certificate=certificate(tmp_path), encrypted_only=True)
    caller = FakeCaller(line.target, "0811")
    try:
        assert await caller.start() == 488
        assert not any(isinstance(event, CallerRang) for event in line.events)
    finally:
        await caller.hang_up()
        await line.close()


@pytest.mark.parametrize("trusted", [True, False], ids=["signed by whom we trust", "signed by a stranger"])
async def test_we_sign_in_over_tls_at_an_operator_we_can_trust_only(tmp_path: Path, trusted: bool) -> None:
    operators = certificate_for(tmp_path, "operator", "127.0.0.1")
    strangers = certificate_for(tmp_path, "stranger", "127.0.0.1")
    operator = TlsOperator(tones(2500), user="siaga", password="rahasia")
    await operator.open_tls(operators)
    trunk = TrunkOptions(
        host="127.0.0.1",
        port=operator.port,
        transport="tls",
        user="siaga",
        password="rahasia",
        register=True,
        authorities=operators if trusted else strangers,
    )
    line = await open_line(tmp_path, trunk=trunk)
    try:
        for _ in range(300):
            if line.engine.health().trunk != "signing in":
                break
            await asyncio.sleep(0.02)
        assert (line.engine.health().trunk == "registered") is trusted
        assert bool(operator.requests) is trusted
    finally:
        await line.close()
        await operator.close_tls()
