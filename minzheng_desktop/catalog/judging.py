"""Judging a settled document: what is required, out of bounds, refused by a constraint, a rule or a guard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from minzheng_desktop.catalog.fields import Field
from minzheng_desktop.catalog.form import Rule
from minzheng_desktop.catalog.labels import label_of
from minzheng_desktop.catalog.plan import Check, Plan, Step, TablePlan
from minzheng_desktop.catalog.run import Run
from minzheng_desktop.catalog.templates import fill_template
from minzheng_desktop.values.errors import Problem


class Judge:
    """Keeps, per state, which fields that state demands."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.form = plan.form
        self._firsts = {f.required_at for f in self.form.fields.values()} | {""}
        self._demands: dict[tuple[str, str], frozenset[str]] = {}
        self._row_paths: dict[tuple[str, int], tuple[str, ...]] = {}

    def relevant(self, run: Run) -> frozenset[str]:
        """Every path that is shown, rows included."""
        paths = set(self.plan.paths)
        for key in self.form.tables:
            for at in range(len(run.values.get(key) or ())):
                paths.update(self._paths_of(key, at))
        return frozenset(paths - run.irrelevant)

    def judge(self, run: Run) -> tuple[set[str], list[Problem]]:
        """(required paths, problems). In a draft errors only warn; a roster's gaps only warn."""
        env = run.env
        flow = self.form.workflow
        step = flow.steps.get(env.step) if env.step else None
        target = step.to if step is not None else env.state
        demanded = self._demanded(target, env.state)
        lenient = self._lenient(target, env.state)
        gap = "warning" if lenient or env.historic else "error"
        required: set[str] = set()
        problems: list[Problem] = []
        for check in self.plan.checks:
            value = run.values.get(check.field.key)
            if value is None and check.optional:
                continue
            if check.field.path not in run.irrelevant:
                problems += self._check(run, check, check.field.path, value, demanded, gap, required)
        problems += [
            Problem(key, f"{self.form.label(key)}应当是一行一行的表", "error", "type")
            for key in run.malformed
        ]
        for table in self.plan.tables:
            if table.table.key not in run.irrelevant:
                problems += self._check_table(run, table, demanded, gap, required)
        for rule in self.plan.at_save:
            problems += self._judge_rule(run, rule, fail_closed=False)
        for rule in self.form.rules.values():
            if env.step in rule.at:
                problems += self._judge_rule(run, rule, fail_closed=True)
        if lenient:
            problems = [_softened(p) for p in problems]
        if env.step:
            problems += self._check_step(run, env.step)
        return required, problems

    def _paths_of(self, table: str, at: int) -> tuple[str, ...]:
        paths = self._row_paths.get((table, at))
        if paths is None:
            paths = tuple(f"{table}.{at}.{key}" for key in self.form.tables[table].columns)
            self._row_paths[table, at] = paths
        return paths

    def _demanded(self, target: str, state: str) -> frozenset[str]:
        """The ``required_at`` words that the state demands. A draft shows what its next state will demand."""
        known = self._demands.get((target, state))
        if known is None:
            flow = self.form.workflow
            judged = target
            if target in flow.states and flow.states[target].group == "draft":
                nexts = [
                    s.to
                    for s in flow.steps_from(target)
                    if flow.states[s.to].group not in ("draft", "closed")
                ]
                judged = nexts[0] if nexts else target
            known = frozenset(
                first for first in self._firsts if flow.demands(judged, first=first, coming_from=state)
            )
            self._demands[target, state] = known
        return known

    def _lenient(self, target: str, state: str) -> bool:
        """In a draft, and where a draft is thrown away."""
        states = self.form.workflow.states
        group = states[target].group if target in states else "open"
        was = states[state].group if state in states else "open"
        return group == "draft" or (group == "closed" and was == "draft")

    def _check(
        self,
        run: Run,
        check: Check,
        path: str,
        value: Any,
        demanded: frozenset[str],
        gap: str,
        required: set[str],
        row: tuple[str, int, dict[str, Any]] | None = None,
    ) -> Iterator[Problem]:
        field = check.field
        needed = field.required and field.required_at in demanded
        if not needed and check.required is not None and field.required_at in demanded:
            needed = self._holds(run, check.required, row) is True
        if needed and not field.hidden:
            required.add(path)
        if field.is_empty(value):
            if needed and not field.hidden:
                yield Problem(path, f"{field.label}没有填", gap, "required")
            return
        # What comes from the register is judged there: a birth date may be known to the month only.
        wrong = () if field.copied else field.check(value)
        if wrong:
            yield from (Problem(path, p.message, p.level, p.code) for p in wrong)
        if field.of and not self._row_exists(run, field, value):
            yield Problem(path, f"{field.label}指向的行已不在表里，重新选", "error", "row")
        if check.constraint is not None and self._holds(run, check.constraint, row) is False:
            message = field.constraint_message or f"{field.label}不符合要求"
            yield Problem(path, self._filled(run, message, row), "error", "constraint")

    def _holds(self, run: Run, step: Step, row: tuple[str, int, dict[str, Any]] | None) -> Any:
        if row is not None and step.row:
            return run.judge_in_row(step, *row)
        # Nothing changes any more once the fields are settled, and forms say "apply_channel != '6'" often.
        text = step.condition.text
        if text not in run.judged:
            run.judged[text] = run.judge(step)
        return run.judged[text]

    def _row_exists(self, run: Run, field: Field, value: Any) -> bool:
        return any(row.get("key") == value for row in run.values.get(field.of) or ())

    def _check_table(
        self, run: Run, plan: TablePlan, demanded: frozenset[str], gap: str, required: set[str]
    ) -> Iterator[Problem]:
        table = plan.table
        rows: list[dict[str, Any]] = run.values.get(table.key) or []
        if len(rows) < table.min_rows and "" in demanded:
            yield Problem(table.key, f"{table.title}至少要 {table.min_rows} 行", gap, "min_rows")
        if len(rows) > table.max_rows:
            yield Problem(
                table.key, f"{table.title}最多 {table.max_rows} 行，现有 {len(rows)} 行", "error", "max_rows"
            )
        for at, row in enumerate(rows):
            for check in plan.checks:
                value = row.get(check.field.key)
                if value is None and check.optional:
                    continue
                path = f"{table.key}.{at}.{check.field.key}"
                if path not in run.irrelevant:
                    yield from self._check(
                        run, check, path, value, demanded, gap, required, (table.key, at, row)
                    )
        for column in table.unique:
            labels = [table.columns[part].label for part in column.split("+") if part in table.columns]
            yield from _repeated(table.key, table.title, column, "、".join(labels), rows)

    def _judge_rule(self, run: Run, rule: Rule, *, fail_closed: bool) -> Iterator[Problem]:
        step = self.plan.step(f"rule.{rule.key}", "assert")
        if step is None:
            return
        result = run.judge(step)
        if result is True:
            return
        if result is None:
            missing = run.empties(step)
            run.missing[f"rule.{rule.key}"] = missing
            if fail_closed:
                yield Problem(
                    "",
                    f"{self._filled(run, rule.message, None)}{_lacking(self._labels(missing))}",
                    rule.severity,
                    "rule",
                )
            return
        yield Problem("", self._filled(run, rule.message, None), rule.severity, "rule")

    def _check_step(self, run: Run, key: str) -> Iterator[Problem]:
        flow = self.form.workflow
        step = flow.steps.get(key)
        state = flow.states.get(run.env.state)
        if step is None:
            yield Problem("", f"流程“{flow.title}”没有步骤“{key}”", "error", "step")
            return
        if run.env.state not in step.from_:
            title = state.title if state is not None else run.env.state
            yield Problem("", f"{title}的件不能“{step.title}”", "error", "step")
            return
        guard = self.plan.step(f"step.{key}", "guard")
        result = run.judge(guard) if guard is not None else True
        if result is True or guard is None:
            return
        missing = run.empties(guard) if result is None else ()
        if missing:
            run.missing[f"step.{key}"] = missing
        message = self._filled(run, step.message or f"还不能“{step.title}”", None)
        yield Problem("", f"{message}{_lacking(self._labels(missing))}", "error", "guard")

    def _labels(self, paths: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(label_of(self.form, path) for path in paths))

    def _filled(self, run: Run, text: str, row: tuple[str, int, dict[str, Any]] | None) -> str:
        if "{" not in text:
            return text
        return fill_template(text, self.form, run.values, run.env, row[2] if row else {})


def _lacking(labels: list[str]) -> str:
    return f"（缺：{'、'.join(labels)}）" if labels else ""


def _softened(problem: Problem) -> Problem:
    """In a draft an error only warns; a value of the wrong type stays an error, for it cannot be typed in."""
    if problem.level != "error" or problem.code == "type":
        return problem
    return Problem(problem.path, problem.message, "warning", problem.code)


def _repeated(
    table: str, title: str, column: str, label: str, rows: list[dict[str, Any]]
) -> Iterator[Problem]:
    """Rows that have the same in a column as one above, or in several together ("recipient+item"); empties are none."""
    seen: dict[Any, int] = {}
    parts = column.split("+")
    for at, row in enumerate(rows):
        value = tuple(row.get(part) for part in parts)
        if not all(isinstance(part, (str, int)) and part != "" for part in value):
            continue
        if value in seen:
            name = "此人" if column == "person" else label
            yield Problem(
                f"{table}.{at}.{parts[-1]}",
                f"{title}里{name}与第 {seen[value] + 1} 行重复",
                "error",
                "repeated",
            )
        else:
            seen[value] = at
