"""Response plans as a spreadsheet people edit in Excel, and back: the plans, their questions, their words.

What cannot be understood is answered with sheet and row; the other plans are read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from siaga.adapters.exchange.reading import AT_THE_TERMINAL, FileRefused, Limits, Sheet, read_sheets
from siaga.adapters.exchange.writing import make_workbook
from siaga.domain.city import City
from siaga.domain.response_plan import (
    ANSWERS_MAX,
    PlanAnswer,
    PlanHazard,
    PlanQuestion,
    ResponsePlan,
    UnitsWanted,
)
from siaga.domain.spelling import folded

PLANS, QUESTIONS, WORDS = "Rencana", "Pertanyaan", "Panduan"
PLAN_COLUMNS = ("jenis", "nama", "prioritas", "instansi", "unit", "bahaya")
QUESTION_COLUMNS = (
    "jenis", "kode", "pertanyaan",
    *(f"{word} {number}" for number in range(1, ANSWERS_MAX + 1)
      for word in ("jawaban", "bahaya", "lanjut", "sampaikan")),
)  # fmt: skip
WORD_COLUMNS = ("jenis", "kalimat")
NEEDED = {PLANS: ("jenis",), QUESTIONS: ("jenis", "kode", "pertanyaan"), WORDS: WORD_COLUMNS}
_UNIT = re.compile(r"\s*(\d+)\s+(.+?)\s*")
_HAZARD = re.compile(r"\s*([\w.]+)\s*(?:=\s*P?([1-4]))?\s*")

Row = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class RowProblem:
    """One row nobody can use; ``type`` is the plan it spoils, if that can be said."""

    sheet: str
    row: int
    type: str
    message: str


@dataclass
class PlanTable:
    """What a workbook says. ``rows``: where each plan and each question stands, for what is found out later."""

    plans: dict[str, ResponsePlan] = field(default_factory=dict)
    problems: list[RowProblem] = field(default_factory=list)
    rows: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)

    def complain(self, sheet: str, row: int, type: str, message: str) -> None:
        self.problems.append(RowProblem(sheet=sheet, row=row, type=type, message=message))

    @property
    def sound(self) -> tuple[ResponsePlan, ...]:
        """The plans none of whose rows is wrong."""
        spoilt = {problem.type for problem in self.problems}
        return tuple(plan for plan in self.plans.values() if plan.type not in spoilt)


def plan_workbook(plans: Iterable[ResponsePlan], city: City) -> bytes:
    """The plans as a workbook."""
    given = list(plans)
    return make_workbook(
        [
            (PLANS, [PLAN_COLUMNS, *(_plan_row(plan, city) for plan in given)]),
            (
                QUESTIONS,
                [QUESTION_COLUMNS, *(_question_row(plan, one) for plan in given for one in plan.questions)],
            ),
            (WORDS, [WORD_COLUMNS, *((plan.type, text) for plan in given for text in plan.instructions)]),
        ]
    )


def problems_workbook(problems: Iterable[RowProblem]) -> bytes:
    """What must be mended, row by row."""
    rows = [(one.sheet, one.row or "", one.type, one.message) for one in problems]
    return make_workbook([("Masalah", [("lembar", "baris", "jenis", "masalah"), *rows])])


def read_plan_workbook(data: bytes, limits: Limits = AT_THE_TERMINAL) -> PlanTable:
    """The plans a workbook holds. Raises FileRefused when it is none of ours."""
    sheets = {folded(sheet.name): sheet for sheet in read_sheets(data, limits)}
    table = PlanTable()
    if folded(PLANS) not in sheets:
        raise FileRefused(
            "Lembar {sheet} tidak ada. Contoh yang benar: siaga plans export BERKAS.xlsx, atau unduh di Rencana "
            "penanganan.",
            sheet=PLANS,
        )
    for line, row in _rows(sheets[folded(PLANS)], PLANS):
        _read_plan(table, line, row)
    for line, row in _rows(sheets.get(folded(QUESTIONS)), QUESTIONS):
        _read_question(table, line, row)
    for line, row in _rows(sheets.get(folded(WORDS)), WORDS):
        if (plan := _plan_of(table, WORDS, line, row)) is not None and row["kalimat"]:
            table.plans[plan.type] = replace(plan, instructions=(*plan.instructions, row["kalimat"]))
    return table


def _plan_row(plan: ResponsePlan, city: City) -> Sequence[object]:
    known = city.type_by_code.get(plan.type)
    units = "; ".join(f"{one.number} {one.kind}" for one in plan.units)
    hazards = "; ".join(f"{one.code}={one.raises_to}" if one.raises_to else one.code for one in plan.hazards)
    return (plan.type, known.name if known else "", plan.priority, "; ".join(plan.agencies), units, hazards)


def _question_row(plan: ResponsePlan, question: PlanQuestion) -> Sequence[object]:
    cells: list[object] = [plan.type, question.code, question.text]
    for answer in question.answers:
        cells += [answer.text, answer.hazard, answer.next, answer.tell]
    return cells + [""] * (len(QUESTION_COLUMNS) - len(cells))


def _rows(sheet: Sheet | None, name: str) -> Iterator[tuple[int, Row]]:
    """Each row by its column's heading. Raises FileRefused when a heading is missing."""
    if sheet is None or not sheet.rows:
        return
    _, heading = sheet.rows[0]
    columns = [folded(str(cell or "")) for cell in heading]
    if missing := [one for one in NEEDED[name] if one not in columns]:
        raise FileRefused(
            "Lembar {sheet}: kolom {columns} tidak ada.", sheet=name, columns=", ".join(missing)
        )
    for line, cells in sheet.rows[1:]:
        row = dict.fromkeys(columns, "")
        row |= {column: _text(cell) for column, cell in zip(columns, cells, strict=False) if column}
        if any(row.values()):
            yield line, row


def _text(cell: object) -> str:
    """Excel writes 2 as 2.0 where a person meant a number of things."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip() if cell is not None else ""


def _read_plan(table: PlanTable, line: int, row: Row) -> None:
    type = row["jenis"]
    if not type:
        table.complain(PLANS, line, "", "kolom jenis kosong.")
        return
    if type in table.plans:
        table.complain(PLANS, line, type, f"rencana “{type}” ditulis dua kali.")
        return
    priority = row.get("prioritas", "").removeprefix("P")
    if priority and priority not in ("1", "2", "3", "4"):
        table.complain(PLANS, line, type, f"prioritas “{priority}” harus 1 sampai 4.")
        priority = ""
    table.rows[type, ""] = (PLANS, line)
    table.plans[type] = ResponsePlan(
        type=type,
        priority=int(priority) if priority else None,
        agencies=tuple(_listed(row.get("instansi", ""))),
        units=tuple(_units(table, line, type, row.get("unit", ""))),
        hazards=tuple(_hazards(table, line, type, row.get("bahaya", ""))),
    )


def _read_question(table: PlanTable, line: int, row: Row) -> None:
    plan = _plan_of(table, QUESTIONS, line, row)
    if plan is None:
        return
    answers = []
    for number in range(1, ANSWERS_MAX + 1):
        text, hazard, following, tell = (
            row.get(f"{word} {number}", "") for word in ("jawaban", "bahaya", "lanjut", "sampaikan")
        )
        if text:
            answers.append(PlanAnswer(text=text, hazard=hazard, next=following, tell=tell))
        elif hazard or following or tell:
            table.complain(
                QUESTIONS, line, plan.type, f"jawaban {number} kosong, tetapi kolom di sampingnya terisi."
            )
    question = PlanQuestion(code=row["kode"], text=row["pertanyaan"], answers=tuple(answers))
    table.rows[plan.type, question.code] = (QUESTIONS, line)
    table.plans[plan.type] = replace(plan, questions=(*plan.questions, question))


def _plan_of(table: PlanTable, sheet: str, line: int, row: Row) -> ResponsePlan | None:
    plan = table.plans.get(row["jenis"])
    if plan is None:
        table.complain(sheet, line, row["jenis"], f"jenis “{row['jenis']}” tidak ada di lembar {PLANS}.")
    return plan


def _listed(text: str) -> Iterator[str]:
    return (part.strip() for part in text.replace(",", ";").split(";") if part.strip())


def _units(table: PlanTable, line: int, type: str, text: str) -> Iterator[UnitsWanted]:
    for part in _listed(text):
        found = _UNIT.fullmatch(part)
        if found is None:
            table.complain(
                PLANS, line, type, f"unit “{part}”: tulis jumlah lalu macamnya, contoh 2 mobil pemadam."
            )
        else:
            yield UnitsWanted(kind=found[2], number=int(found[1]))


def _hazards(table: PlanTable, line: int, type: str, text: str) -> Iterator[PlanHazard]:
    for part in _listed(text):
        found = _HAZARD.fullmatch(part)
        if found is None:
            table.complain(PLANS, line, type, f"bahaya “{part}”: tulis kodenya, contoh terjebak atau luka=2.")
        else:
            yield PlanHazard(code=found[1], raises_to=int(found[2]) if found[2] else None)
