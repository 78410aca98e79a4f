"""The pages of the target pictures with their invented data, for looking and for tests of layout."""

from __future__ import annotations

from minzheng_desktop.ui.county.receive import ReceivePage
from minzheng_desktop.ui.economy import EconomyPage
from minzheng_desktop.ui.first_start import FirstStartPage, Towns
from minzheng_desktop.ui.lock import LockDialog
from minzheng_desktop.ui.page import Page
from minzheng_desktop.ui.payment import PaymentPage
from minzheng_desktop.ui.people.find import FindPanel
from minzheng_desktop.ui.people.person import PersonPage
from minzheng_desktop.ui.preview import PreviewPage, PrintJob
from minzheng_desktop.ui.records.editor import RecordEditor
from minzheng_desktop.ui.records.page import RecordsPage
from minzheng_desktop.ui.roster import RosterPage
from minzheng_desktop.ui.shell import Shell
from minzheng_desktop.ui.signin import SignInPage
from minzheng_desktop.ui.workbench import WorkbenchPage
from tests.ui import fixtures as data
from tests.ui import fixtures_money as money
from tests.ui import fixtures_more as more


def _shell(tab: int, page: Page) -> Shell:
    made = Shell(data.tabs(**{f"t{tab}": lambda: page}), user="周晓岚")
    made.show_facts(data.FACTS)
    made.show_tab(f"t{tab}")
    return made


def workbench() -> Shell:
    page = WorkbenchPage()
    page.show_workbench(data.WORKBENCH)
    return _shell(0, page)


def records() -> Shell:
    editor = RecordEditor(data.sources(), data.judge)
    page = RecordsPage("社会救助", editor)
    page.show_forms(data.FORMS, "dibao")
    page.show_head(data.HEAD)
    page.show_rows(data.RECORDS, data.FOOT, filtered=False)
    editor.show_record(data.RECORD)
    page.table.selectRow(0)
    page.open_editor()
    return _shell(2, page)


def economy() -> Shell:
    page = EconomyPage()
    page.show_economy(money.ECONOMY)
    page.steps.show_steps(data.STEPS)
    page.grid.setCurrentIndex(page.grid.model().index(1, 3))
    return _shell(2, page)


def payment() -> Shell:
    page = PaymentPage()
    page.show_months((("2026-06", "2026 年 6 月"),), "2026-06")
    page.show_benefits(money.BENEFITS, "a", "252,200.50")
    page.show_month(money.MONTH)
    return _shell(6, page)


def lock() -> Shell:
    made = payment()
    dialog = LockDialog(money.MONTH)
    made.after = lambda: dialog.open_over(made.layer_parent())  # type: ignore[attr-defined]
    return made


def preview() -> Shell:
    page = PreviewPage("返回发放")
    page.show_job(
        PrintJob(
            "农村低保发放花名册 · 2026 年 6 月",
            data.Chip("已锁定", "ok", "lock"),
            sample_pdf(),
            options=(
                ("group", "按村分组小计", True),
                ("two", "宽表每户两行", True),
                ("words", "末页合计大写", True),
            ),
            notes=(("info", "缺字 0 个", "生僻字“㐱”“𨭎”已用补充字体。"),),
            printed="已打印 0 次。打印记入台账。",
        )
    )
    return _shell(6, page)


def sample_pdf() -> bytes:
    """A two-page PDF made by the program's own page room."""
    import io

    from PySide6.QtCore import QBuffer, QIODevice, QMarginsF
    from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter

    held = QBuffer()
    held.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(held)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Landscape, QMarginsF(10, 10, 10, 10)
        )
    )
    painter = QPainter(writer)
    for page in (1, 2):
        if page == 2:
            writer.newPage()
        font = painter.font()
        font.setPixelSize(320)
        painter.setFont(font)
        painter.drawText(3000, 1200, f"修齐镇发放花名册 第 {page} 页")
        painter.drawRect(400, 1800, 12000, 5600)
    painter.end()
    return io.BytesIO(bytes(held.data().data())).getvalue()


def roster() -> Shell:
    page = RosterPage(str.lower)
    page.show_plan(more.ROSTER)
    return _shell(2, page)


def receive() -> Shell:
    page = ReceivePage()
    page.show_packages(more.PACKAGES, "U 盘 E: 上有 4 个新包")
    page.show_package(more.PACKAGE)
    page.table.setCurrentIndex(page.table.model().index(3, 0))
    page.progress.show_progress(
        "正在读 河鱼乡 0028 号包：校验第 6,210 行，共 9,840 行", 6210, 9840, "约剩 4 秒"
    )
    return _shell(0, page)


def find() -> Shell:
    made = records()
    panel = FindPanel()

    def after() -> None:
        panel.open_over(made.layer_parent())
        panel.field.setText("lcg")
        panel.show_commands((("n", "新建 低保申请", "plus"), ("d", "登记死亡", "dash")), lambda _key: None)
        panel.show_hits(more.HITS, "找到 5 人，另有户内成员 3 人")

    made.after = after  # type: ignore[attr-defined]
    return made


def person() -> Shell:
    page = PersonPage()
    page.show_person(more.PERSON)
    return _shell(1, page)


def sign_in() -> Shell:
    page = SignInPage()
    page.show_facts(more.SIGN_IN)
    page.password.setText("123456789")
    made = Shell((data.Tab("in", "登录", lambda: page),), user="")
    made.hide_header()
    made.show_facts((data.Fact("民政台账 1.0 · 不连接网络"),))
    made.show_tab("in")
    return made


def first_start() -> Shell:
    page = FirstStartPage(Towns(("500229", "城口县"), (("500229106", "修齐镇"),)), "/民政台账/xiuqi.db")
    made = Shell((data.Tab("in", "登录", lambda: page),), user="")
    made.hide_header()
    made.show_tab("in")
    return made


PICTURES = {
    "01-workbench": workbench,
    "02-records-and-editor": records,
    "03-household-economy": economy,
    "04-payment-month": payment,
    "04b-lock-confirmation": lock,
    "05-ledger-preview": preview,
    "06-roster-import": roster,
    "07b-county-intake": receive,
    "08-find-overlay": find,
    "08b-person-timeline": person,
    "09-sign-in": sign_in,
    "10-first-start": first_start,
}
