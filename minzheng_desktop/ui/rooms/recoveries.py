"""追缴: money paid beyond what was due is found, opened, told, repaid, deducted, written off or withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QLineEdit

from ...benefits import recovery
from ...values.dates import add_months, month_of
from ...values.errors import UserError
from ...values.money import format_money_grouped, parse_money
from ..gateway import desks as gateway
from ..kit.dialog import ConfirmDialog
from ..kit.fields import Field
from ..kit.table import Column
from ..listing import Line
from .desks import ListRoom, typed_day

if TYPE_CHECKING:
    from ..gateway.office import Office


class RecoveriesRoom(ListRoom):
    """Three pills: what is not settled, everything, and what the plans say was paid too much and nobody opened."""

    COLUMNS = (
        Column("name", "姓名", 88, bold=True), Column("village", "村", 88), Column("form", "业务", 110),
        Column("period", "多发的月份", 150), Column("amount", "金额", 92, "right"),
        Column("repaid", "已退", 92, "right"), Column("left", "还差", 92, "right"),
        Column("mode", "怎么退", 190), Column("state", "状态", 0),
    )  # fmt: skip
    ACTIONS = (
        ("withdraw", "撤销", "undo", ""), ("write_off", "核销", "dash", ""), ("how", "改退法", "calc", "F7"),
        ("notify", "登记通知书", "mail", "F4"), ("repay", "登记退款", "in", "F2"), ("find", "查找多发", "search", "F6"),
        ("start", "开追缴", "flag", "F8"),
    )  # fmt: skip
    EMPTY = "没有要追缴的。按 F6 从发放计划里查找多发的钱。"
    MANUAL = "recoveries"
    MANY = True
    WITHOUT_LINES = frozenset({"find"})
    VIEW = staticmethod(gateway.recoveries)

    def open_line(self, line: Line) -> None:
        self.desk.open_record(line.target.record, line.target.form)

    def find(self, _lines: list[Line]) -> None:
        """Plan this month's benefits and show what came out as paid too much."""
        self.choose(gateway.FOUND)

    def start(self, lines: list[Line]) -> None:
        """Open recoveries for the lines chosen."""
        plans = tuple(line.target for line in lines)
        total = format_money_grouped(sum(one.amount for one in plans))
        names = "、".join(f"{one.name} {format_money_grouped(one.amount)} 元" for one in plans[:5])
        more = "……" if len(plans) > 5 else ""
        self._ask_how(
            f"开 {len(plans)} 笔追缴，共 {total} 元？",
            f"{names}{more}。开了以后发通知书；按抵扣的，还在享受的会从以后的发放里扣。",
            "开追缴",
            recovery.BY_DEDUCTION,
            lambda how: self.run(
                lambda office: recovery.open_recoveries(office.store, plans, how=how),
                self._opened(len(plans)),
            ),
        )

    def _opened(self, count: int) -> Callable[[object], None]:
        def after(result: object) -> None:
            self.pill = ""
            self.done(f"已开 {count} 笔追缴")(result)

        return after

    def how(self, lines: list[Line]) -> None:
        """Another way for the rest to come back."""
        one: recovery.RecoveryLine = lines[0].target
        now = recovery.HowBack(one.mode, one.limit, one.instalment, one.start)
        self._ask_how(
            f"{one.name}：余下的 {format_money_grouped(one.left)} 元怎么退？",
            "已经扣回和退回的不变。",
            "改退法",
            now,
            lambda how: self.run(
                lambda office: recovery.choose_how(office.store, one.id, how=how),
                self.done(f"{one.name}：已改退法"),
            ),
        )

    def _ask_how(
        self,
        title: str,
        sentence: str,
        verb: str,
        now: recovery.HowBack,
        then: Callable[[recovery.HowBack], object],
    ) -> None:
        """A dialog for the way back, its limit per batch, or its instalments."""
        dialog = ConfirmDialog(
            title=title, icon="flag", verb=verb, quiet="不了", sentence=sentence, verb_icon="check"
        )
        box = QComboBox()
        for key, words in recovery.MODES.items():
            box.addItem(words, key)
        box.setCurrentIndex(box.findData(now.mode))
        limit = QLineEdit(f"{now.limit / 100:.2f}" if now.limit else "")
        each = QLineEdit(f"{now.instalment / 100:.2f}" if now.instalment else "")
        start = QLineEdit(now.start or add_months(month_of(self.desk.today), 1))
        most = Field("每期最多", limit, hint="元；空着是能扣多少扣多少。困难家庭留够当月生活费")
        part, first = Field("每月退", each, hint="元"), Field("从哪个月起", start, hint="例：2026-12")
        for widget in (Field("怎么退", box), most, part, first):
            dialog.body.addWidget(widget)

        def show() -> None:
            most.setVisible(box.currentData() == "offset")
            part.setVisible(box.currentData() == "instalments")
            first.setVisible(box.currentData() == "instalments")

        def chosen() -> recovery.HowBack:
            mode = box.currentData()
            return recovery.HowBack(
                mode,
                parse_money(limit.text()) if mode == "offset" and limit.text().strip() else 0,
                parse_money(each.text()) if mode == "instalments" and each.text().strip() else 0,
                start.text().strip() if mode == "instalments" else "",
            )

        def missing() -> str:
            try:
                chosen().stored()
            except UserError as e:
                return e.message.partition("。")[0] + "。"
            return ""

        box.currentIndexChanged.connect(lambda _at: show())
        show()
        dialog.require(missing)
        dialog.agreed.connect(lambda: then(chosen()))
        dialog.open_over(self.desk.layer_parent())

    def notify(self, lines: list[Line]) -> None:
        """The notice that the person was given."""
        one: recovery.RecoveryLine = lines[0].target
        fields = (("number", "文号", one.notice_no), ("on", "送达日期", self.desk.today.isoformat()))
        self.ask(
            f"{one.name}：登记退回通知书？", "写通知书的文号和送达日期。", "登记", fields,
            lambda a: self.run(
                lambda office: recovery.notify(
                    office.store, one.id, number=a["number"], on=typed_day(a["on"], self.desk)
                ),
                self.done("已登记通知书"),
            ),
        )  # fmt: skip

    def repay(self, lines: list[Line]) -> None:
        """Money that came back by hand."""
        one: recovery.RecoveryLine = lines[0].target
        wanted = min(one.instalment, one.left) if one.instalment else one.left
        fields = (
            ("cents", "金额（元）", f"{wanted / 100:.2f}"), ("voucher", "凭证号", ""),
            ("on", "日期", self.desk.today.isoformat()),
        )  # fmt: skip

        def job(office: Office, a: dict[str, str]) -> None:
            recovery.register_repayment(
                office.store,
                one.id,
                parse_money(a["cents"]),
                voucher=a["voucher"],
                on=typed_day(a["on"], self.desk),
            )

        self.ask(
            f"{one.name}退回了多少？", f"这笔还差 {format_money_grouped(one.left)} 元。退清以后自动结清。", "登记退款",
            fields, lambda a: self.run(lambda office: job(office, a), self.done("已登记退款")),
        )  # fmt: skip

    def write_off(self, lines: list[Line]) -> None:
        """Nothing more will come back."""
        one: recovery.RecoveryLine = lines[0].target
        self.ask(
            f"核销 {one.name} 的 {format_money_grouped(one.left)} 元？", "由分管领导核销，理由和原始凭证长期保存。",
            "核销", (("reason", "理由", ""),),
            lambda a: self.run(
                lambda office: recovery.write_off(office.store, one.id, reason=a["reason"]), self.done("已核销")
            ),
            danger=True,
        )  # fmt: skip

    def withdraw(self, lines: list[Line]) -> None:
        """Opened in error."""
        one: recovery.RecoveryLine = lines[0].target
        self.ask(
            f"撤销 {one.name} 的追缴？", "只有还没退过钱的能撤销；撤销以后，多发的仍照计划从以后的发放里扣。", "撤销",
            (("reason", "理由", ""),),
            lambda a: self.run(
                lambda office: recovery.withdraw(office.store, one.id, reason=a["reason"]), self.done("已撤销")
            ),
            danger=True,
        )  # fmt: skip
