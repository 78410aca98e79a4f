"""Workflows: the states of a record, the steps between them, who takes them, and time limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from minzheng_desktop.catalog.decode import decode, decode_table, words
from minzheng_desktop.catalog.problems import CatalogProblem, nearest, suggest
from minzheng_desktop.catalog.spec import LimitSpec, StateSpec, StepSpec, WorkflowSpec
from minzheng_desktop.catalog.toml_errors import TomlFile

#: What a step may ask for, kept in the step's ``ground``.
ASKS = ("reason", "opinion", "document_no", "date", "month", "scan")
#: Roles of persons (domain §1).
ROLES = ("village_agent", "town_clerk", "town_leader", "county_reviewer", "county_admin")
#: Actors that are not roles of a person.
ACTORS = ("program", "clock")
#: What a step may do to the records that a field points to (``suspend:benefits.award``): the first three take the
#: step of that name in the other record's workflow, ``certify`` notes there when and how its person was certified.
STEPS_ELSEWHERE = ("suspend", "resume", "hear")
POINTING = (*STEPS_ELSEWHERE, "certify")
#: What a step may do beside the change of state.
EFFECTS = ("write_change", "back_pay", "recover_overpaid", *POINTING)
#: Words that stand for sets of states wherever states are listed.
STATE_SETS: Mapping[str, tuple[str, ...]] = {
    "open": ("draft", "open", "active", "suspended"),
    "active": ("active",),
    "not_void": ("draft", "open", "active", "suspended", "closed"),
    "closed": ("closed",),
}


class State(msgspec.Struct, frozen=True):
    """group: draft, open, active, suspended or closed; edit: roles that may edit a record in this state."""

    key: str
    title: str
    group: str
    edit: tuple[str, ...] = ()


class Step(msgspec.Struct, frozen=True):
    """by: roles, ``program`` or ``clock``; ask: words of ASKS; effects: words of EFFECTS.

    guard: a condition over the form's fields that must hold; message: what to say when it does not;
    sets: field to condition whose value the step writes; other_than: a step or role whose person may not take it.
    """

    key: str
    title: str
    from_: tuple[str, ...]
    to: str
    by: tuple[str, ...] = ()
    guard: str = ""
    message: str = ""
    ask: tuple[str, ...] = ()
    sets: dict[str, str] = {}
    other_than: str = ""
    effects: tuple[str, ...] = ()


class Limit(msgspec.Struct, frozen=True):
    """A time limit from entering one of ``from_`` to entering one of ``until``; days come from a rate."""

    key: str
    title: str
    from_: tuple[str, ...]
    until: tuple[str, ...]
    rate: str
    days: str
    pause: tuple[str, ...] = ()


class Workflow(msgspec.Struct, frozen=True):
    key: str
    title: str
    start: str
    states: dict[str, State]
    steps: dict[str, Step]
    limits: dict[str, Limit]
    version: int = 1
    file: str = ""

    def steps_from(self, state: str) -> tuple[Step, ...]:
        """The steps that leave a state, in file order."""
        return tuple(step for step in self.steps.values() if state in step.from_)

    def states_in(self, chosen: str | Iterable[str]) -> frozenset[str]:
        """State keys of a set (``open``, ``active``, ``closed``, ``not_void``) or of a list of states and sets.

        A single word is a set before it is a state: ``active`` means the whole group. In a list a state
        comes first.
        """
        if isinstance(chosen, str):
            groups = STATE_SETS.get(chosen)
            if groups is None:
                return frozenset({chosen} & self.states.keys())
            return frozenset(key for key, state in self.states.items() if state.group in groups)
        found: set[str] = set()
        for word in chosen:
            found |= {word} if word in self.states else self.states_in(word)
        return frozenset(found)

    def demands(self, state: str, *, first: str, coming_from: str | None = None) -> bool:
        """Whether a field demanded from ``first`` on must be filled in ``state``.

        Progress is the order of the states in the file. An empty ``first`` means the first state after draft.
        A draft demands nothing. A closed state demands no more than the state it is entered from, so that an
        incomplete application can be refused or withdrawn; but a field may name it as its ``first``.
        """
        here = self.states.get(state)
        if here is None or here.group == "draft":
            return False
        if first == state:
            return True
        if here.group == "closed":
            return coming_from is not None and self.demands(coming_from, first=first)
        if not first:
            return True
        order = list(self.states)
        return first in self.states and order.index(state) >= order.index(first)


def read_workflow(file: TomlFile) -> tuple[Workflow | None, list[CatalogProblem]]:
    """The workflow of a file, or its problems."""
    spec, problems = decode(file, "", file.data, WorkflowSpec)
    if spec is None:
        return None, problems
    states, wrong = decode_table(file, "state", spec.state, StateSpec)
    problems += wrong
    steps, wrong = decode_table(file, "step", spec.step, StepSpec)
    problems += wrong
    limits, wrong = decode_table(file, "limit", spec.limit, LimitSpec)
    problems += wrong
    problems += _check(file, spec, states, steps, limits)
    if problems:
        return None, problems
    workflow = Workflow(
        spec.key,
        spec.title,
        spec.start,
        {k: State(k, s.title, s.group, tuple(s.edit)) for k, s in states.items()},
        {
            k: Step(
                k, s.title, words(s.from_), s.to, words(s.by), s.guard, s.message, words(s.ask), dict(s.sets),
                s.other_than, words(s.effects),
            )
            for k, s in steps.items()
        },
        {
            k: Limit(k, m.title, words(m.from_), words(m.until), m.rate, m.days, words(m.pause))
            for k, m in limits.items()
        },
        spec.version,
        file.source.name,
    )  # fmt: skip
    return workflow, _unreachable(file, workflow)


def _check(
    file: TomlFile,
    spec: WorkflowSpec,
    spec_states: Mapping[str, StateSpec],
    steps: Mapping[str, StepSpec],
    limits: Mapping[str, LimitSpec],
) -> list[CatalogProblem]:
    problems: list[CatalogProblem] = []
    states = spec.state.keys()

    def known_state(path: str, state: str) -> None:
        if state not in states:
            problems.append(file.at(path, f"没有状态“{state}”{suggest(state, spec.state)}"))

    known_state("start", spec.start)
    for key, step in steps.items():
        for state in (*words(step.from_), step.to):
            known_state(f"step.{key}", state)
        for ask in words(step.ask):
            if ask not in ASKS:
                problems.append(file.at(f"step.{key}.ask", f"不认识的 ask“{ask}”{suggest(ask, ASKS)}"))
        for effect in words(step.effects):
            word, _, field = effect.partition(":")
            if word not in EFFECTS:
                problems.append(
                    file.at(f"step.{key}.effects", f"不认识的 effects“{effect}”{suggest(effect, EFFECTS)}")
                )
            elif (word in POINTING) != bool(field):
                wrong = f"写成 {word}:字段" if word in POINTING else f"{word} 后面不写字段"
                problems.append(file.at(f"step.{key}.effects", f"effects“{effect}”：{wrong}"))
        for role in words(step.by):
            if role not in (*ROLES, *ACTORS):
                problems.append(
                    file.at(f"step.{key}.by", f"没有角色“{role}”{suggest(role, [*ROLES, *ACTORS])}")
                )
        if step.other_than and step.other_than not in (*ROLES, *spec.step):
            problems.append(
                file.at(
                    f"step.{key}.other_than",
                    f"没有步骤或角色“{step.other_than}”{nearest(step.other_than, [*spec.step, *ROLES])}",
                )
            )
    for key, state_spec in spec_states.items():
        for role in state_spec.edit:
            if role not in ROLES:
                problems.append(file.at(f"state.{key}.edit", f"没有角色“{role}”{suggest(role, ROLES)}"))
    for key, limit in limits.items():
        for state in (*words(limit.from_), *words(limit.until), *words(limit.pause)):
            known_state(f"limit.{key}", state)
    for key, step in steps.items():
        if not words(step.from_):
            problems.append(file.at(f"step.{key}.from", "from 至少写一个状态"))
    return problems


def _unreachable(file: TomlFile, workflow: Workflow) -> list[CatalogProblem]:
    reached, edge = {workflow.start}, [workflow.start]
    while edge:
        for step in workflow.steps_from(edge.pop()):
            if step.to not in reached:
                reached.add(step.to)
                edge.append(step.to)
    return [
        file.at(f"state.{key}", f"状态“{state.title}”（{key}）没有任何一步能走到{nearest(key, reached)}")
        for key, state in workflow.states.items()
        if key not in reached
    ]
