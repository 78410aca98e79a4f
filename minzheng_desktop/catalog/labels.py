"""How paths are called on the screen."""

from __future__ import annotations

from minzheng_desktop.catalog.form import Form
from minzheng_desktop.catalog.registers import SUBJECTS, TITLES


def label_of(form: Form, path: str) -> str:
    """The label of a path: a field, ``成员 · 学校``, ``人员的出生日期``; a look-up's key as it is."""
    root, _, rest = path.partition(".")
    if root in SUBJECTS and rest in SUBJECTS[root]:
        return f"{TITLES[root]}的{SUBJECTS[root][rest].label}"
    label = form.label(path)
    return label if label != path else form.label(root)
