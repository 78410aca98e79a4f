"""Three-way merge of one row, pure: the same set of versions gives the same row on every laptop.

The versions of a row form a graph: each names the version it was made from, a merge or an answer names several,
joined by ``+``. For every field the graph says which version last set it on each side; a setting that another one
has seen and overruled does not count. Where one setting is left, it is taken over; where several are left and
differ, the rules decide (`merging_rules`) or a person is asked. Merges that nothing was built on are worked out
again whenever a version arrives, so that the order of arrival makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec

from minzheng_desktop.exchange.judging.merging_paths import ABSENT, build_body, flatten
from minzheng_desktop.exchange.judging.merging_rules import ALONE, NEWER, Rules
from minzheng_desktop.store import rows, schema

JOIN = "+"
SAME_AS_PATH = "more.same_as"


class Version(msgspec.Struct, frozen=True):
    """One version of a row: its body with every column, who made it when, and on which laptop."""

    revision: str
    base: str | None
    at: str
    by: str | None
    body: Mapping[str, Any]
    origin: str = ""

    @property
    def parents(self) -> tuple[str, ...]:
        return parents_of(self.base)


class Settled(msgspec.Struct, frozen=True):
    """What a row is now. `head` is its version, `made` whether it is a merge made just now; `heads` are the versions
    by people that nobody followed up (more than one: merged, or in conflict); `conflicts` are the paths to ask about,
    `told` those where the newer one won."""

    head: Version
    made: bool
    heads: tuple[str, ...]
    conflicts: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()
    """Heads whose changes are not in the row: they wait for a person."""


def parents_of(base: str | None) -> tuple[str, ...]:
    """The versions that a base names."""
    return tuple(base.split(JOIN)) if base else ()


def base_of(parents: Iterable[str]) -> str:
    """The base of a version made from several."""
    return JOIN.join(sorted(set(parents)))


class History:
    """The versions of one row with what each of them set. `add` takes another one in."""

    def __init__(self, rules: Rules, versions: Iterable[Version] = ()) -> None:
        self.rules = rules
        self._versions: dict[str, Version] = {}
        for version in versions:
            self.add(version)

    def add(self, version: Version) -> None:
        """Take a version in; the same one twice makes no difference."""
        if version.revision not in self._versions:
            self._versions[version.revision] = version
            self.__dict__.pop("_known", None)

    def copy(self) -> History:
        """The same history, to go on with apart."""
        return History(self.rules, self._versions.values())

    def __contains__(self, revision: str) -> bool:
        return revision in self._versions

    def __getitem__(self, revision: str) -> Version:
        return self._versions[revision]

    def versions(self) -> list[Version]:
        """Every version, each after those that it was made from."""
        return [self._versions[one] for one in self._known.in_order]

    def knows(self, base: str | None) -> bool:
        """Whether every version that a base names is here."""
        return all(parent in self._versions for parent in parents_of(base))

    def settle(self, present: str | None = None) -> Settled:
        """What the row is. `present` is the revision that it has now: in a conflict it stays."""
        known = self._known
        if len(known.heads) == 1:
            return Settled(self._versions[known.heads[0]], False, known.heads)
        merge = known.merged(known.heads)
        if isinstance(merge, Merge):
            made = known.version_of(merge)
            there = self._versions.get(made.revision)
            return Settled(there or made, there is None, known.heads, told=merge.told)
        kept = known.kept(present)
        aside = tuple(one for one in known.heads if one != kept and one not in known.before(kept))
        return Settled(self._versions[kept], False, known.heads, merge.paths, aside=aside)

    def fields(self, revision: str) -> Mapping[str, Any]:
        """A version as path → value."""
        return self._known.fields[revision]

    def common(self, heads: Sequence[str]) -> Version | None:
        """The latest version that all heads follow: what a person is shown as the base. None where there is none."""
        known = self._known
        shared = frozenset.intersection(*(known.before(one) | {one} for one in heads))
        if not shared:
            return None
        latest = [one for one in shared if not any(one in known.before(other) for other in shared)]
        return self._versions[max(latest, key=known.age)]

    def answer(self, heads: Sequence[str], chosen: Mapping[str, str]) -> dict[str, Any]:
        """The body that a person's answer gives: `chosen` names for each path in conflict the version whose value
        counts; everything else merges. KeyError for a path in conflict that was not answered."""
        known = self._known
        values, order = known.combined(heads)
        merge = known.merged(heads)
        if isinstance(merge, Conflict):
            for path in merge.paths:
                told = known.fields[chosen[path]]
                values[path] = told.get(path, ABSENT)
                if path.endswith("]"):
                    cells = {one for one in (*values, *told) if one.startswith(f"{path}.")}
                    values |= {one: told.get(one, ABSENT) for one in cells}
        return build_body(values, order, self.rules)

    def is_before(self, earlier: str, later: str) -> bool:
        """Whether the second version follows, at whatever distance, the first."""
        return earlier in self._known.before(later)

    @cached_property
    def _known(self) -> _Graph:
        return _Graph(self.rules, self._versions)


class Merge(msgspec.Struct, frozen=True):
    """A merge that nobody has to be asked about."""

    heads: tuple[str, ...]
    body: dict[str, Any]
    told: tuple[str, ...]


class Conflict(msgspec.Struct, frozen=True):
    """The paths that a person has to decide."""

    paths: tuple[str, ...]


class _Graph:
    """What follows from a fixed set of versions."""

    def __init__(self, rules: Rules, versions: Mapping[str, Version]) -> None:
        self.rules = rules
        self.versions = versions
        self.fields = {revision: flatten(one.body, rules) for revision, one in versions.items()}
        self._before: dict[str, frozenset[str]] = {}
        self._set: dict[str, dict[str, frozenset[str]]] = {}
        self.in_order = self._in_order()
        for revision in self.in_order:
            self._place(revision)
        self.heads = self._authored()

    def age(self, revision: str) -> tuple[str, str]:
        """Later versions sort after earlier ones, by time, ties by revision."""
        return self.versions[revision].at, revision

    def before(self, revision: str) -> frozenset[str]:
        """Every version that this one follows."""
        return self._before[revision]

    def kept(self, present: str | None) -> str:
        """In a conflict, the version that the row keeps: the present one, else the head that follows it."""
        if present in self.heads:
            return str(present)
        if present is not None and present in self.versions:
            over = [one for one in self.heads if present in self.before(one)]
            mine = [one for one in self.heads if one in self.before(present)]
            if not over and mine == list(self._parents(present)):
                return present  # a merge of some of the heads, which another one now contradicts
            if over or mine:
                return max(over or mine, key=self.age)
        return max(self.heads, key=self.age)

    def merged(self, heads: Sequence[str]) -> Merge | Conflict:
        """The heads as one body, or the paths that people have to decide."""
        asked: set[str] = set()
        told: list[str] = []
        for path in self._paths(heads):
            left = self._left(heads, path)
            if self._agree(left, path):
                continue
            if self.rules.of(path) == NEWER and not self.rules.group(path):
                told.append(path)
            else:
                asked.add(path)
        asked |= self._groups(heads) | self._alone(heads)
        if asked:
            return Conflict(tuple(sorted(_whole_rows(asked))))
        values, order = self.combined(heads)
        return Merge(tuple(sorted(heads)), build_body(values, order, self.rules), tuple(sorted(told)))

    def version_of(self, merge: Merge) -> Version:
        """The version that a merge is: the same on every laptop, made by nobody."""
        table = rows.shape(schema.EXPORTED[self.rules.table])
        base = base_of(merge.heads)
        encoded = table.encode(table.build(merge.body))
        revision = rows.revision_of(base, encoded)
        latest = max(self.versions[one].at for one in merge.heads)
        return Version(revision, base, latest, None, table.decode(encoded))

    def combined(self, heads: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
        """Path → value over all heads, the newer one where they differ; and the heads, newest first, for the order
        of rows."""
        values: dict[str, Any] = {}
        for path in self._paths(heads):
            left = self._left(heads, path)
            newest = max(left, key=self.age)
            values[path] = self.fields[newest].get(path, ABSENT)
        order: list[str] = []
        for head in sorted(heads, key=self.age, reverse=True):
            order += [path for path in self.fields[head] if path.endswith("]")]
        return values, order

    # inside

    def _in_order(self) -> list[str]:
        """Every version after those that it follows; one whose base is not here counts as a first one."""
        done: dict[str, None] = {}

        def visit(revision: str) -> None:
            stack = [(revision, iter(self._parents(revision)))]
            seen = {revision}
            while stack:
                at, parents = stack[-1]
                following = next((one for one in parents if one not in done and one not in seen), None)
                if following is None:
                    done[at] = None
                    stack.pop()
                else:
                    seen.add(following)
                    stack.append((following, iter(self._parents(following))))

        for revision in sorted(self.versions):
            if revision not in done:
                visit(revision)
        return list(done)

    def _parents(self, revision: str) -> tuple[str, ...]:
        return tuple(one for one in self.versions[revision].parents if one in self.versions)

    def _place(self, revision: str) -> None:
        parents = self._parents(revision)
        self._before[revision] = frozenset().union(*(self._before[one] | {one} for one in parents))
        fields, own = self.fields[revision], frozenset({revision})
        placed: dict[str, frozenset[str]] = {}
        for path in dict.fromkeys([*fields, *(path for one in parents for path in self._set[one])]):
            left = self._left(parents, path) if parents else frozenset[str]()
            value = fields.get(path, ABSENT)
            same = left and all(self.fields[one].get(path, ABSENT) == value for one in left)
            placed[path] = left if same else own
        self._set[revision] = placed

    def _left(self, heads: Sequence[str], path: str) -> frozenset[str]:
        """The versions that last set a path on the side of each head, without those that another one overruled."""
        found = frozenset().union(*(self._set[one].get(path, frozenset()) for one in heads))
        if len(found) < 2:
            return found or frozenset(heads[:1])
        return frozenset(
            one for one in found if not any(one in self._before[other] for other in found if other != one)
        )

    def _agree(self, left: Iterable[str], path: str) -> bool:
        first, *others = (self.fields[one].get(path, ABSENT) for one in left)
        return all(first == other for other in others)

    def _paths(self, heads: Sequence[str]) -> list[str]:
        return list(dict.fromkeys(path for one in heads for path in self._set[one]))

    def _authored(self) -> tuple[str, ...]:
        """The versions by people that none follows. Merges of the program that nothing was built on do not count."""
        followed = {parent for revision in self.versions for parent in self._parents(revision)}
        leaves = [one for one in self.versions if one not in followed]
        loose = {one for one in leaves if self._is_merge(one)}
        while True:
            counted = set(self.versions) - loose
            followed = {parent for one in counted for parent in self._parents(one)}
            heads = sorted(one for one in counted if one not in followed)
            more = {one for one in heads if self._is_merge(one)}
            if not more:
                return tuple(heads)
            loose |= more

    def _is_merge(self, revision: str) -> bool:
        """Whether the program made this version by merging, so that it can be made again."""
        parents = self._parents(revision)
        version = self.versions[revision]
        if len(parents) < 2 or len(parents) < len(version.parents):
            return False
        merge = self.merged(parents)
        return isinstance(merge, Merge) and self.version_of(merge).revision == revision

    def _touched(self, heads: Sequence[str]) -> dict[str, dict[str, str]]:
        """For each head, the paths that its side set and not all others have seen: path to the version."""
        touched: dict[str, dict[str, str]] = {}
        for head in heads:
            others = [one for one in heads if one != head]
            touched[head] = {
                path: newest
                for path, versions in self._set[head].items()
                for newest in [max(versions, key=self.age)]
                if any(newest != one and newest not in self._before[one] for one in others)
            }
        return touched

    def _groups(self, heads: Sequence[str]) -> set[str]:
        """Paths to ask because two sides touched the same group (strict fields, rows of one sub-table)."""
        touched = self._touched(heads)
        asked: set[str] = set()
        for i, one in enumerate(heads):
            for other in heads[i + 1 :]:
                mine = self._grouped(path for path, at in touched[one].items() if self._unseen(at, other))
                theirs = self._grouped(path for path, at in touched[other].items() if self._unseen(at, one))
                for group in mine.keys() & theirs.keys():
                    asked |= self._different(one, other, mine[group] | theirs[group])
        return asked

    def _alone(self, heads: Sequence[str]) -> set[str]:
        """Paths to ask because one side voided what another side changed."""
        touched = self._touched(heads)
        asked: set[str] = set()
        for one in heads:
            alone = {path for path in touched[one] if self.rules.of(path) == ALONE}
            if SAME_AS_PATH in touched[one]:
                continue  # an entry that gives way to another one of the same person is not taken out
            for other in heads:
                if other == one:
                    continue
                mine = {path for path in alone if self._unseen(touched[one][path], other)}
                changed = {path for path, at in touched[other].items() if self._unseen(at, one)}
                if mine and self._different(one, other, changed):
                    asked |= self._different(one, other, mine)
        return asked

    def _unseen(self, version: str, by: str) -> bool:
        return version != by and version not in self._before[by]

    def _different(self, one: str, other: str, paths: Iterable[str]) -> set[str]:
        a, b = self.fields[one], self.fields[other]
        return {path for path in paths if a.get(path, ABSENT) != b.get(path, ABSENT)}

    def _grouped(self, paths: Iterable[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for path in paths:
            if group := self.rules.group(path):
                found.setdefault(group, set()).add(path)
        return found


def _whole_rows(paths: set[str]) -> set[str]:
    """The paths without the cells of rows that stand in question as a whole (taken out on one side)."""
    whole = {path for path in paths if path.endswith("]") and not path.endswith("[]")}
    return {path for path in paths if path.rpartition(".")[0] not in whole}
