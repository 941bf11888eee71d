"""What is wrong with this installation, in plain words, and what to do about it.

TABLE is everything looked at that needs only the settings and the machine. Whoever knows more (the city's files, the
database's tables) hands its own checks to `examine`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from siaga.processes import certificate, machine_checks
from siaga.processes.finding import Finding, fault, fine, warning
from siaga.processes.guard import Keeper
from siaga.processes.network import Transport, port_is_free, who_sits_on
from siaga.processes.trouble import Words
from siaga.settings import Settings

CERTIFICATE_WARNING_DAYS = 14
RTP_PORTS_MIN = 200
# A conversation takes two ports on our side, and a port is not used again at once.

Check = Callable[[Settings, datetime], Iterable[Finding]]
PACKAGE = Path(__file__).resolve().parent.parent


def is_running(settings: Settings) -> bool:
    """Whether `siaga up` runs on this home now."""
    keeper = Keeper(settings.home / "up.lock")
    if not keeper.file.exists() or not keeper.file.parent.is_dir():
        return False
    try:
        taken = not keeper.take()
    except OSError:
        return True
    keeper.leave()
    return taken


def ports(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """Whether our ports are free, or ours already."""
    wanted: tuple[tuple[str, str, int, Transport, str], ...] = (
        ("port-http", settings.web_host, settings.http_port, "tcp", "--http-port"),
        ("port-https", settings.https_host, settings.https_port, "tcp", "--https-port"),
    )
    if settings.phone_engine == "baresip":  # else the SIP port belongs to the office's exchange
        wanted = (
            *wanted,
            ("port-sip-udp", settings.sip_host, settings.sip_port, "udp", "--sip-port"),
            ("port-sip-tcp", settings.sip_host, settings.sip_port, "tcp", "--sip-port"),
        )
    running = is_running(settings)
    for check, host, port, transport, option in wanted:
        if port == 0:
            yield fine(check, "Dimatikan.", "Switched off.")
        else:
            yield _port(check, host, port, transport, option, running=running)


def _port(check: str, host: str, port: int, transport: Transport, option: str, *, running: bool) -> Finding:
    place = f"{port}/{transport}"
    try:
        free = port_is_free(host, port, transport)
    except OSError as error:
        return fault(
            check,
            Words(
                f"Port {place} di {host} tidak dapat dibuka: {error.strerror}.",
                f"Port {place} on {host} cannot be opened: {error.strerror}.",
            ),
            Words(
                f"Periksa alamat {host}; port di bawah 1024 hanya untuk root. "
                f"Port lain: ./siaga up {option} {port + 1024}",
                f"Check the address {host}; ports below 1024 are root's. "
                f"Another port: ./siaga up {option} {port + 1024}",
            ),
        )
    if free:
        return fine(check, f"Port {place} bebas.", f"Port {place} is free.")
    if running:
        return fine(check, f"Port {place} dipakai Siaga ini.", f"Port {place} is used by this Siaga.")
    sitter = who_sits_on(port, transport)
    who = f"{sitter.name} (PID {sitter.pid})" if sitter.pid else None
    return fault(
        check,
        Words(
            f"Port {place} sudah dipakai {who or 'program lain'}.",
            f"Port {place} is already used by {who or 'another program'}.",
        ),
        Words(
            f"Hentikan program itu ({f'kill {sitter.pid}' if who else f'sudo ss -lpn sport = :{port}'}) "
            f"atau pilih port lain: ./siaga up {option} {port + 1}",
            f"Stop that program ({f'kill {sitter.pid}' if who else f'sudo ss -lpn sport = :{port}'}) "
            f"or choose another port: ./siaga up {option} {port + 1}",
        ),
    )


def voice_ports(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """Whether there are enough UDP ports for the callers' voices."""
    first, last = settings.rtp_port_first, settings.rtp_port_last
    if last - first + 1 >= RTP_PORTS_MIN:
        yield fine("voice-ports", f"Port suara {first}-{last}.", f"Voice ports {first}-{last}.")
    else:
        yield warning(
            "voice-ports",
            Words(f"Port suara {first}-{last} terlalu sedikit.", f"Voice ports {first}-{last} are too few."),
            Words(
                f"Lebarkan: SIAGA_RTP_PORT_LAST={first + 999}", f"Widen it: SIAGA_RTP_PORT_LAST={first + 999}"
            ),
        )


def assets(_settings: Settings, _now: datetime, package: Path = PACKAGE) -> Iterator[Finding]:
    """Whether the build has made the screens and the prompts."""
    remedy = Words(
        "Susun ulang: ./siaga up (dari folder sumber)", "Build them: ./siaga up (from the source folder)"
    )
    if (package / "static" / "manifest.json").exists():
        yield fine("screens", "Berkas layar ada.", "The screens' files are there.")
    else:
        yield fault(
            "screens", Words("Berkas layar belum disusun.", "The screens' files were not built."), remedy
        )
    if any((package / "prompts").glob("*.wav")):
        yield fine("prompts", "Suara telepon ada.", "The telephone's prompts are there.")
    else:
        yield fault(
            "prompts", Words("Suara telepon belum dibuat.", "The telephone's prompts were not made."), remedy
        )


def tls(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether browsers of the office can connect safely."""
    if settings.https_port == 0 or not settings.certificate.exists():
        yield fine("certificate", "Sertifikat dibuat saat siaga up.", "The certificate is made by siaga up.")
        return
    renew = Words(
        f"Hapus lalu jalankan lagi: rm {settings.certificate} && ./siaga up (atau pasang sertifikat baru di sana)",
        f"Remove it and start again: rm {settings.certificate} && ./siaga up (or put a new certificate there)",
    )
    try:
        present = certificate.read(settings.certificate)
    except (OSError, ValueError) as error:
        yield fault(
            "certificate",
            Words(f"Sertifikat tidak terbaca: {error}", f"Unreadable certificate: {error}"),
            renew,
        )
        return
    ends = f"{present.expires:%Y-%m-%d}"
    if present.expires <= now:
        yield fault(
            "certificate", Words(f"Sertifikat berakhir {ends}.", f"The certificate ended on {ends}."), renew
        )
    elif present.expires - now < timedelta(days=CERTIFICATE_WARNING_DAYS):
        yield warning(
            "certificate", Words(f"Sertifikat berakhir {ends}.", f"The certificate ends on {ends}."), renew
        )
    else:
        yield fine(
            "certificate", f"Sertifikat berlaku sampai {ends}.", f"The certificate is valid until {ends}."
        )


def microphone(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """Whether a call taker's browser will be allowed to hear and speak."""
    if settings.https_port or settings.public_url.startswith("https://"):
        yield fine(
            "microphone",
            f"Mikrofon: buka lewat https://…:{settings.https_port} atau http://localhost:{settings.http_port}; "
            "bila ditolak, klik ikon gembok di bilah alamat, izinkan Mikrofon, muat ulang.",
            f"Microphone: open https://…:{settings.https_port} or http://localhost:{settings.http_port}; when it is "
            "refused, click the lock in the address bar, allow Microphone, reload.",
        )
        return
    yield warning(
        "microphone",
        Words(
            "HTTPS dimatikan: peramban di komputer lain tidak akan memberi mikrofon.",
            "HTTPS is switched off: browsers on other computers will not give the microphone.",
        ),
        Words(
            "Nyalakan: ./siaga up --https-port 8443, atau isi SIAGA_PUBLIC_URL dengan alamat https.",
            "Switch it on: ./siaga up --https-port 8443, or set SIAGA_PUBLIC_URL to an https address.",
        ),
    )


TABLE: tuple[Check, ...] = (
    lambda settings, _now: [machine_checks.python(settings)],
    lambda settings, _now: [machine_checks.account(settings)],
    lambda settings, _now: [machine_checks.home(settings)],
    lambda settings, _now: [machine_checks.disk(settings)],
    lambda settings, _now: [machine_checks.disk_speed(settings)],
    lambda settings, _now: [machine_checks.memory(settings)],
    lambda settings, _now: [machine_checks.open_files(settings)],
    lambda settings, now: [machine_checks.clock_set(settings, now)],
    lambda settings, _now: [machine_checks.time_zone(settings)],
    lambda settings, _now: [machine_checks.terminal(settings)],
    lambda settings, _now: [machine_checks.postgres_programs(settings)],
    ports,
    voice_ports,
    assets,
    tls,
    microphone,
)


def examine(settings: Settings, now: datetime, more: Sequence[Check] = ()) -> list[Finding]:
    """Look at everything in TABLE and then at `more`. Never raises for what it was made to find."""
    return [finding for check in (*TABLE, *more) for finding in check(settings, now)]
