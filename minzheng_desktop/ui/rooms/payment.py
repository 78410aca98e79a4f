"""发放与打印: plan, compare, lock, print, bank file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from ...benefits.settlement import Kind
from ...values.dates import month_of
from ...values.errors import UserError
from ..gateway import payment as gateway
from ..gateway import prints
from ..gateway.office import money
from ..lock import LockAnswers, LockDialog
from ..payment import Month, PaymentPage
from .explain import ExplainDialog
from .papers import ledger_source
from .preview import PreviewRoom
from .returns import ReturnsRoom
from .room import Room

if TYPE_CHECKING:
    from ...documents.batch_prints import Made
    from ..window import Window


ASK_AGAIN = frozenset(
    {"wrong_password", "too_many_attempts", "no_such_user", "same_person", "own_account_change"}
)
"""Refusals of a lock that are mended in the question itself."""


class PaymentRoom(Room):
    """Binds ``PaymentPage``."""

    def __init__(self, desk: Window) -> None:
        super().__init__(desk)
        self.month = month_of(desk.today)
        self.form = ""
        self.kind: Kind = "regular"
        self.planned: gateway.Planned | None = None
        self._totals: dict[str, dict[str, int]] = {}
        self.page = PaymentPage()
        page = self.page
        page.arrived = self.refresh
        page.month_chosen.connect(self.choose_month)
        page.form_chosen.connect(self.choose_form)
        page.plan_wanted.connect(self.plan)
        page.lock_wanted.connect(self.ask_lock)
        page.print_wanted.connect(self.preview)
        page.bank_wanted.connect(lambda: self.save("bank-xlsx"))
        page.workbook_wanted.connect(lambda: self.save("xlsx"))
        page.record_wanted.connect(self.explain)
        page.second_person_wanted.connect(
            lambda: desk.say("锁定时请第二人输入姓名和密码；只有一人在岗时写明理由。", "info")
        )
        page.recoveries_wanted.connect(desk.open_recoveries)
        page.returns_wanted.connect(self.returns)

    def refresh(self) -> None:
        """Months, the rail, and the plan of what is chosen."""
        self.run(gateway.months, lambda months: self.page.show_months(months, self.month))
        self._rail(self._first)

    def _first(self) -> None:
        if self.form:
            self.plan()

    def _rail(self, then: Any = None) -> None:
        month, totals = self.month, dict(self._totals.get(self.month, {}))

        def done(rail: gateway.Rail) -> None:
            if not rail.entries:
                self.page.show_benefits((), "", "0.00")
                return
            keys = [entry.key for entry in rail.entries]
            self.form = self.form if self.form in keys else keys[0]
            self.page.show_benefits(rail.entries, self.form, rail.total)
            if then is not None:
                then()

        self.run_latest("rail", lambda office: gateway.rail(office, month, totals), done)

    def choose_month(self, month: str) -> None:
        """Another month."""
        if month:
            self.month, self.kind = month, "regular"
            self._rail(self.plan)

    def choose_form(self, form: str, *, month: str = "", kind: Kind = "regular") -> None:
        """Another benefit; of a month, and an adjust batch in place of the month's own, where they are given."""
        self.form, self.kind = form, kind
        if month and month != self.month:
            self.month = month
            self.run(gateway.months, lambda months: self.page.show_months(months, self.month))
            self._rail(self.plan)
        else:
            self.plan()

    def plan(self) -> None:
        """Plan (or read the locked batch) and show what changed since last time."""
        form, month, kind = self.form, self.month, self.kind
        if not form:
            return
        self.page.progress.show_progress("正在计划", 0, 0)
        self.run_latest("plan", lambda office: gateway.plan(office, form, month, kind), self._planned)

    def _planned(self, planned: gateway.Planned) -> None:
        self.page.progress.finish()
        self.planned = planned
        self.page.show_month(planned.month)
        if planned.plan is not None and planned.plan.state == "planned" and self.kind == "regular":
            self._totals.setdefault(self.month, {})[self.form] = planned.plan.total
        self._rail()

    def ask_lock(self) -> None:
        """The question, with the figures and what needs an answer."""
        planned = self.planned
        if planned is None or planned.plan is None or not planned.month.can_lock:
            return
        self._ask(planned.month)

    def _ask(self, month: Month) -> LockDialog:
        dialog = LockDialog(month)
        dialog.agreed.connect(lambda: self.lock(dialog.answers))
        dialog.open_over(self.desk.layer_parent())
        return dialog

    def lock(self, answers: LockAnswers) -> None:
        """Lock the plan that was shown; asked again where the second person's word was wrong."""
        planned = self.planned
        if planned is None or planned.plan is None:
            return
        plan, title = planned.plan, planned.month.title

        def done(locked: tuple[int, int]) -> None:
            count, cents = locked
            self.desk.saved(
                f"已锁定 {title}：{count:,} 笔，{money(cents)} 元。现在可以打印花名册、出银行文件"
            )
            self.plan()

        month = planned.month

        def failed(error: Exception) -> None:
            if not isinstance(error, UserError) or error.code not in ASK_AGAIN:
                self.desk.show_error(error)
                return
            wrong_name = error.code in ("no_such_user", "same_person")
            self._ask(month).ask_again(answers, error.message, name_wrong=wrong_name)

        second = answers.name, answers.password
        self.run(lambda office: gateway.lock(office, plan, answers.reasons, second), done, failed=failed)

    # -- prints --------------------------------------------------------------------------------

    def preview(self) -> None:
        """The ledger in the preview: a check list before the lock."""
        if self.planned is not None and self.planned.plan is not None:
            PreviewRoom(self.desk, ledger_source(self.form, self.month, self.kind)).open()

    def save(self, as_: Any) -> None:
        """Ask where, and write a workbook or a bank file."""
        planned = self.planned
        if planned is None or planned.plan is None:
            return
        ending = "csv" if as_ == "bank-csv" else "xlsx"
        what = "银行文件" if as_.startswith("bank") else "花名册"
        kinds = (
            "Excel 工作簿 (*.xlsx);;CSV 文本 (*.csv)" if as_.startswith("bank") else "Excel 工作簿 (*.xlsx)"
        )
        proposed = str(self.desk.folder / f"{self.form}_{self.month}_{what}.{ending}")
        name, _ = QFileDialog.getSaveFileName(self.page, f"{what}存到哪里", proposed, kinds)
        if name:
            self.write(Path(name), "bank-csv" if as_.startswith("bank") and name.endswith(".csv") else as_)

    def write(self, target: Path, as_: Any) -> None:
        """Write a print to a file that the clerk named."""
        form, month, kind = self.form, self.month, self.kind

        def done(made: Made) -> None:
            self.desk.saved(f"已写出 {target.name}：{made.rows:,} 行，{money(made.total)} 元，读回核对相同")

        self.run(lambda office: prints.save(office, target, form, month, as_, kind=kind), done)

    def returns(self) -> None:
        """退票, with the lines of the batch that is shown."""
        plan = self.planned.plan if self.planned is not None else None
        batch = plan.batch if plan is not None and plan.state == "locked" else None
        ReturnsRoom(self.desk, batch or "").open()

    def explain(self, record: str) -> None:
        """Why one amount is what it is."""
        form, month, kind = self.form, self.month, self.kind
        if not record:
            return

        def show(found: Any) -> None:
            dialog = ExplainDialog(found.name, found.steps, money(found.amount), example=found.example)
            dialog.open_over(self.desk.layer_parent())

        self.run(lambda office: prints.explanation(office, form, month, record, kind), show)
