"""What is wrong with a response plan, in sentences for the people who write them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from siaga.domain.city import City
from siaga.domain.city_finding import Finding, contoh, error, warning
from siaga.domain.incident_type import HAZARDS_PER_TYPE_MAX, SPOKEN_CHARACTERS_MAX
from siaga.domain.response_plan import ANSWERS_MAX, FINISHED, QUESTIONS_MAX, PlanQuestion, ResponsePlan
from siaga.domain.triage import LEAST_URGENT, MOST_URGENT

NUMBER_OF_UNITS_MAX = 50  # of one kind for one incident; more is a slip of the finger
SOURCE = "plans.toml"


def check_plan(plan: ResponsePlan, city: City) -> Iterator[Finding]:
    """What must be mended in one plan, and what somebody should look at."""
    where = f"rencana “{plan.type}”"
    if plan.type not in city.type_by_code:
        yield error(where, "jenis ini tidak ada di types.toml.")
    if plan.priority is not None and not MOST_URGENT <= plan.priority <= LEAST_URGENT:
        yield error(where, f"prioritas {plan.priority} harus 1 sampai 4.")
    for agency in plan.agencies:
        if agency not in city.agency_by_code:
            yield error(where, f"instansi “{agency}” tidak ada.")
    for wanted in plan.units:
        if not wanted.kind.strip() or not 1 <= wanted.number <= NUMBER_OF_UNITS_MAX:
            yield error(where, f"unit “{wanted.kind}”: jumlah harus 1 sampai {NUMBER_OF_UNITS_MAX}.")
    yield from _hazards(plan, city, where)
    yield from _questions(plan, city, where)
    for text in plan.instructions:
        yield from _spoken(text, where)


def check_plans(city: City) -> Iterator[Finding]:
    """All plans of the city, and how many nobody has approved."""
    for code, times in Counter(plan.type for plan in city.plans.plans).items():
        if times > 1:
            yield error(SOURCE, f"rencana “{code}” ditulis {times} kali.")
    for plan in city.plans.plans:
        yield from check_plan(plan, city)
    if open_ones := [plan.type for plan in city.plans.plans if not plan.is_approved]:
        yield contoh(
            SOURCE,
            f"{len(open_ones)} rencana penanganan belum disetujui dokter atau perwira setempat "
            "(siaga plans approve).",
        )


def _hazards(plan: ResponsePlan, city: City, where: str) -> Iterator[Finding]:
    if len(plan.hazards) > HAZARDS_PER_TYPE_MAX:
        yield error(where, f"{len(plan.hazards)} bahaya; tombolnya hanya {HAZARDS_PER_TYPE_MAX}.")
    for hazard in plan.hazards:
        if hazard.code not in city.hazard_by_code:
            yield error(where, f"bahaya “{hazard.code}” tidak ada.")
        if hazard.raises_to is not None and not MOST_URGENT <= hazard.raises_to <= LEAST_URGENT:
            yield error(where, f"bahaya “{hazard.code}”: raises_to {hazard.raises_to} harus 1 sampai 4.")


def _questions(plan: ResponsePlan, city: City, where: str) -> Iterator[Finding]:
    if len(plan.questions) > QUESTIONS_MAX:
        yield error(where, f"{len(plan.questions)} pertanyaan; paling banyak {QUESTIONS_MAX}.")
    places: dict[str, int] = {}
    for number, question in enumerate(plan.questions):
        if question.code in places:
            yield error(where, f"kode pertanyaan “{question.code}” ditulis dua kali.")
        places.setdefault(question.code, number)
    for number, question in enumerate(plan.questions):
        yield from _question(question, number, places, city, f"{where}, pertanyaan “{question.code}”")


def _question(
    question: PlanQuestion, number: int, places: dict[str, int], city: City, where: str
) -> Iterator[Finding]:
    if not question.code.strip() or not question.text.strip():
        yield error(where, "kode atau pertanyaannya kosong.")
    yield from _spoken(question.text, where)
    if len(question.answers) > ANSWERS_MAX:
        yield error(where, f"{len(question.answers)} jawaban; tombolnya hanya {ANSWERS_MAX}.")
    if len({answer.text for answer in question.answers}) < len(question.answers):
        yield error(where, "dua jawaban sama bunyinya.")
    for answer in question.answers:
        if not answer.text.strip():
            yield error(where, "ada jawaban yang kosong.")
        if answer.hazard and answer.hazard not in city.hazard_by_code:
            yield error(where, f"bahaya “{answer.hazard}” tidak ada.")
        if answer.next and answer.next != FINISHED and places.get(answer.next, -1) <= number:
            yield error(where, f"lanjut “{answer.next}” bukan pertanyaan sesudahnya.")
        if answer.tell:
            yield from _spoken(answer.tell, where)


def _spoken(text: str, where: str) -> Iterator[Finding]:
    if not text.strip():
        yield error(where, "ada kalimat yang kosong.")
    elif len(text) > SPOKEN_CHARACTERS_MAX:
        yield warning(where, f"terlalu panjang untuk diucapkan sekali napas: “{text}”")
