"""Whether a record may be paid beside other benefits, and by which of the form's payees, by the form's own conditions.

Only forms that write such conditions pay for them: each record's conditions see its registers and other records, so
that each is looked up by itself (about a millisecond).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from minzheng_desktop.benefits.facts import Case
from minzheng_desktop.benefits.overlaps import Clash, load_clashes, why_unpaid
from minzheng_desktop.store import records
from minzheng_desktop.values.dates import last_day

if TYPE_CHECKING:
    from minzheng_desktop.catalog.engine import Evaluation
    from minzheng_desktop.catalog.form import Benefit, Form
    from minzheng_desktop.store.unit import Reading


class Judgement:
    """Judges the records of one form for a period that ends with a month: ``today`` and ``this_month`` of the
    conditions are the last day and month of that period, whenever it is planned."""

    def __init__(
        self,
        r: Reading,
        form: Form,
        benefit: Benefit,
        *,
        month: str,
        only: Sequence[str] | None = None,
    ) -> None:
        self._r = r
        self._form = form
        self._today = last_day(month)
        self._has_eligible = bool(benefit.eligible)
        self._known: dict[str, Evaluation] = {}
        self.clashes: dict[str, list[Clash]] = load_clashes(r, form, month=month, records=only)

    def why_not(self, case: Case) -> str:
        """Why a record may not be paid, in words; an empty text when it may.

        Fails closed: a condition that cannot be judged is not met, and what is empty is named.
        """
        beside = why_unpaid(self.clashes, case.id)
        if beside or not self._has_eligible:
            return beside
        answer = self._r.store.evaluator(self._form.key).eligible(self._evaluation(case))
        if answer.met:
            return ""
        if answer.missing:
            return f"缺：{'、'.join(answer.missing)}"
        return answer.message or "不符合享受条件"

    def holds(self, number: int, case: Case) -> bool:
        """Whether the condition of the form's nth payee holds."""
        evaluator = self._r.store.evaluator(self._form.key)
        return evaluator.holds(self._evaluation(case), f"payee.{number}", "when")

    def _evaluation(self, case: Case) -> Evaluation:
        known = self._known.get(case.id)
        if known is None:
            row = records.load_record(self._r, case.id)
            env = records.environment(
                self._r, self._form, row["doc"], subject=records.subject_of(row), state=row["state"],
                today=self._today, record_id=case.id,
            )  # fmt: skip
            known = self._known[case.id] = self._r.store.evaluator(self._form.key).reread(row["doc"], env)
        return known
