"""The pages of the target pictures with their invented data, for looking and for tests of layout."""

from __future__ import annotations

import fixtures as data

from minzheng_desktop.ui.page import Page
from minzheng_desktop.ui.records.editor import RecordEditor
from minzheng_desktop.ui.records.page import RecordsPage
from minzheng_desktop.ui.shell import Shell
from minzheng_desktop.ui.workbench import WorkbenchPage


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


PICTURES = {"01-workbench": workbench, "02-records-and-editor": records}
