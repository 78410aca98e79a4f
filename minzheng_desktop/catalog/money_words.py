"""[benefit]: which rule pays a form, from which inputs, to whom. The rule's typed inputs must all be fed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from minzheng_desktop.catalog.assembly import Draft, Placed
from minzheng_desktop.catalog.form import CASH, Benefit, Eligible, Payee
from minzheng_desktop.catalog.problems import CatalogProblem, nearest, suggest
from minzheng_desktop.catalog.resolve import Resolved
from minzheng_desktop.catalog.shelf import Shelf
from minzheng_desktop.catalog.spec import BenefitSpec, EligibleSpec
from minzheng_desktop.catalog.vocabulary import path_mistake, state_keys
from minzheng_desktop.catalog.workflow import Workflow

#: What a rule returns that can be written back into a field.
RESULTS = ("base", "extra", "total", "backpay", "deduct", "months", "rate", "offset", "units")


def read_benefit(
    draft: Draft, found: Resolved, workflow: Workflow, shelf: Shelf, drafts: Mapping[str, Draft],
    problems: list[CatalogProblem],
) -> Benefit | None:  # fmt: skip
    """The form's benefit, or None when it has none or the rule is unknown."""
    placed = draft.benefit
    if placed is None:
        return None
    spec, place = placed.spec, placed.place
    states = state_keys(place, "states", spec.states, workflow, problems)
    for code in spec.rates:
        if not shelf.rates.under(code):
            problems.append(shelf.missing(place, "rates", "标准", code, shelf.rates.codes, "rates"))
    for result, key in spec.fills.items():
        field = found.fields.get(key)
        if result not in RESULTS:
            problems.append(
                place.problem(f"fills 里没有“{result}”{suggest(result, RESULTS)}", f"fills.{result}")
            )
        if field is None:
            problems.append(
                place.problem(f"fills：没有字段“{key}”{nearest(key, found.fields)}", f"fills.{result}")
            )
        elif field.filled_by != "benefit":
            problems.append(place.problem(f'fills：字段“{key}”要写 filled_by = "benefit"', f"fills.{result}"))
    if spec.batch_workflow and spec.batch_workflow not in shelf.workflows:
        problems.append(
            shelf.missing(place, "workflow", "流程", spec.batch_workflow, shelf.workflows, "batch_workflow")
        )
    for payee in spec.payee:
        for path in filter(None, (payee.to, payee.account)):
            wrong = _payee_mistake(path, draft, found)
            if wrong:
                problems.append(place.problem(f"payee：{wrong}", "payee"))
    for key in spec.beside:
        if key not in drafts:
            problems.append(shelf.missing(place, "form", "表单", key, drafts, "beside"))
    _check_inputs(placed, shelf.rule_inputs, problems)
    payees = tuple(Payee(p.to, p.account, p.when, p.part) for p in spec.payee)
    written = [EligibleSpec(spec.eligible)] if isinstance(spec.eligible, str) else spec.eligible
    eligible = tuple(Eligible(e.assert_, e.message) for e in written if e.assert_)
    return Benefit(
        spec.rule, spec.cycle, spec.unit, states, tuple(spec.rates), dict(spec.inputs), dict(spec.fills),
        eligible, payees, spec.batch_workflow, tuple(spec.beside), spec.after_death,
    )  # fmt: skip


def _payee_mistake(path: str, draft: Draft, found: Resolved) -> str:
    root, _, rest = path.partition(".")
    field = found.fields.get(root)
    if path == CASH:
        return ""
    if rest == "account" and (
        root in ("person", "head", "facility") or (field and field.type.name in ("person", "facility"))
    ):
        return ""
    return path_mistake(path, draft, found.fields, found.tables)


def _check_inputs(
    placed: Placed[BenefitSpec],
    rule_inputs: Mapping[str, type[msgspec.Struct]] | None,
    problems: list[CatalogProblem],
) -> None:
    """Every input that the rule's Struct demands is fed, and nothing that it does not know."""
    if rule_inputs is None:
        return
    spec, place = placed.spec, placed.place
    struct = rule_inputs.get(spec.rule)
    if struct is None:
        problems.append(place.problem(f"没有计算规则“{spec.rule}”{suggest(spec.rule, rule_inputs)}", "rule"))
        return
    known = {field.name: field.required for field in msgspec.structs.fields(struct)}
    if spec.beside and "others" not in known:
        problems.append(place.problem(f"规则“{spec.rule}”不看同享的其他待遇", "beside"))
    for name in spec.inputs:
        if name not in known:
            problems.append(
                place.problem(f"规则“{spec.rule}”没有输入“{name}”{suggest(name, known)}", f"inputs.{name}")
            )
    for name, required in known.items():
        if required and name not in spec.inputs:
            problems.append(place.problem(f"规则“{spec.rule}”缺少输入“{name}”", "inputs"))
