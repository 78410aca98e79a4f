"""What a new record begins with in the window, and what records of nobody are called there."""

from __future__ import annotations

from minzheng_desktop.benefits import casework
from minzheng_desktop.ui.gateway import lists
from minzheng_desktop.ui.gateway.office import Office
from minzheng_desktop.ui.gateway.records import new_record, open_record
from minzheng_desktop.ui.records.page import Filter
from tests.ui.conftest import TODAY


def test_a_date_that_begins_today_is_the_day(office: Office) -> None:
    for form, field in (
        ("visit_care", "registered_on"), ("retrofit", "apply_date"), ("safety_check", "check_date"),
        ("meal_right", "valid_from"), ("leftbehind", "registered_on"),
    ):  # fmt: skip
        assert new_record(office, form).view.doc[field] == TODAY.isoformat(), form


def test_a_course_is_listed_by_its_name_and_beds_by_their_home(office: Office) -> None:
    with office.store.writing("save") as w:
        home = casework.save_record(
            w, "institution", {"name": "修齐镇敬老院", "facility_kind": "care_institution"}, today=TODAY
        ).id
        course = casework.save_record(w, "training", {"course_name": "第一期护理员培训"}, today=TODAY).id
        beds = casework.save_record(w, "bed", {"institution": home, "qty": 3}, today=TODAY).id
    for form, record, name in (("training", course, "第一期护理员培训"), ("bed", beds, "修齐镇敬老院")):
        opened = lists.open_list(office, form, Filter())
        assert [row.name for row in lists.list_page(office, opened, 0, 10)] == [name]
        assert open_record(office, record).view.title == name
