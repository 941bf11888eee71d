"""SIP over TLS with encrypted voice, switched on by a certificate and nothing else."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from siaga.adapters.phone.baresip_engine import BaresipEngine
from siaga.adapters.phone.engine import CallerRang
from siaga.adapters.phone.options import PhoneOptions
from tests.sip.conftest import Line, free_port, tone_prompts

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
