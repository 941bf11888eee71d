"""The city's own rules for protected cases: their classes, the acts the law wants done in time, report channels.

Rule 1: a city without `protection.toml`, or without a section of it, works with the statutory defaults below.
Rule 2: a city may be quicker than the law and never slower: `LAW_HOURS_MAX` caps what it can choose.
"""

from __future__ import annotations

from dataclasses import dataclass

from siaga.domain.incident_type import IncidentType

LAW_HOURS_MAX = 72  # 3 x 24 h, the longest time the law gives for anything that is counted here


@dataclass(frozen=True, kw_only=True)
class LegalDuty:
    """Something that must have been done within ``hours`` of the report, and where that is written (``law``).

    ``warn_hours``: how long before its end the circle is told that it is still open.
    """

    code: str
    name: str
    name_en: str
    hours: int
    warn_hours: int = 6
    law: str = ""


@dataclass(frozen=True, kw_only=True)
class ProtectionClass:
    """Why a case is protected. ``duties``: codes of the acts that begin to count when it is opened.

    ``keeper``: the agency named beside what is hidden from a reader, such as "Disembunyikan (UPTD ...)".
    """

    code: str
    name: str
    name_en: str
    duties: tuple[str, ...] = ()
    keeper: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportChannel:
    """A door of the city through which protected reports come without a call, such as a programme of its own.

    ``type``: the incident type its form proposes; it must be a protected one.
    """

    code: str
    name: str
    name_en: str
    type: str


POLICE_REPORT = LegalDuty(
    code="lapor_polisi",
    name="Laporan diteruskan ke polisi",
    name_en="Report passed to the police",
    hours=72,
    warn_hours=12,
    law="UU 12/2022 (TPKS): UPTD PPA dan lembaga layanan, paling lambat 3 x 24 jam",
)
PROTECTION = LegalDuty(
    code="perlindungan",
    name="Perlindungan sementara diberikan",
    name_en="Temporary protection given",
    hours=24,
    warn_hours=6,
    law="UU 12/2022 (TPKS) pasal 42: perlindungan sementara, 1 x 24 jam",
)
WOMEN = ProtectionClass(
    code="perempuan",
    name="Kekerasan terhadap perempuan",
    name_en="Violence against women",
    duties=(POLICE_REPORT.code, PROTECTION.code),
)
CHILDREN = ProtectionClass(
    code="kekerasan_anak",
    name="Kekerasan terhadap anak",
    name_en="Violence against children",
    duties=(POLICE_REPORT.code, PROTECTION.code),
)
MINORS = ProtectionClass(code="anak", name="Anak di bawah umur", name_en="Minors")
SUICIDE = ProtectionClass(code="bunuh_diri", name="Percobaan bunuh diri", name_en="Suicide")


@dataclass(frozen=True, kw_only=True)
class ProtectionRules:
    """What this city protects, and how. The first class is that of a protected type that names none."""

    classes: tuple[ProtectionClass, ...] = (WOMEN, CHILDREN, MINORS, SUICIDE)
    duties: tuple[LegalDuty, ...] = (POLICE_REPORT, PROTECTION)
    channels: tuple[ReportChannel, ...] = ()

    def class_of(self, code: str | None) -> ProtectionClass:
        """The class with this code; an unknown or missing one is the city's first, never no protection."""
        return next((one for one in self.classes if one.code == code), self.classes[0])

    def class_for(self, held: str | None, kind: IncidentType) -> str | None:
        """The class of an incident of this type; one it has already (``held``) stays. ``None``: not protected."""
        if held is not None:
            return held
        return self.class_of(kind.protected_class).code if kind.protected else None

    def duties_of(self, code: str | None) -> tuple[LegalDuty, ...]:
        """The acts that count for a class, in the city's order."""
        wanted = self.class_of(code).duties
        return tuple(duty for duty in self.duties if duty.code in wanted)

    def channel(self, code: str) -> ReportChannel | None:
        return next((one for one in self.channels if one.code == code), None)


STANDARD_PROTECTION = ProtectionRules()
