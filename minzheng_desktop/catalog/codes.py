"""Code lists: what a choice may be, how it is written in rosters, what goes out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from minzheng_desktop.catalog.decode import decode_table, words
from minzheng_desktop.catalog.problems import CatalogProblem, nearest
from minzheng_desktop.catalog.spec import CodeListSpec
from minzheng_desktop.catalog.toml_errors import TomlFile


class CodeList:
    """A list of codes (text) with labels, further spellings, and codes no longer given."""

    def __init__(
        self,
        key: str,
        title: str,
        items: Mapping[str, str],
        *,
        aliases: Mapping[str, str] | None = None,
        retired: Iterable[str] = (),
        exports: Mapping[str, str] | None = None,
    ) -> None:
        self.key = key
        self.title = title
        self.items: dict[str, str] = dict(items)
        self.aliases: dict[str, str] = dict(aliases or {})
        self.retired: frozenset[str] = frozenset(retired)
        self.exports: dict[str, str] = dict(exports or {})
        self._found: dict[str, str | None] | None = None

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and code in self.items

    def label(self, code: str) -> str:
        """The label, or the code itself when it is unknown (a newer catalogue's code is shown, not dropped)."""
        return self.items.get(code, code)

    def export(self, code: str) -> str:
        """The code that the state's tables know, where ours is a local extension."""
        return self.exports.get(code, code)

    def choices(self) -> dict[str, str]:
        """The codes that may still be chosen, in file order."""
        return {code: label for code, label in self.items.items() if code not in self.retired}

    def find(self, text: str) -> str | None:
        """The code that a text means: a code, a label or an alias, whatever the spaces and widths."""
        if self._found is None:
            self._found = self._index()
        return self._found.get(_plain(text))

    def _index(self) -> dict[str, str | None]:
        index: dict[str, str | None] = {}
        for code, label in self.items.items():
            plain = _plain(label)
            # Two codes with one label cannot be told apart by it.
            index[plain] = code if index.get(plain, code) == code else None
        for alias, code in self.aliases.items():
            index.setdefault(_plain(alias), code)
        for code in self.items:
            index[_plain(code)] = code
            if code.isdigit() and len(code) > 1 and code.startswith("0"):
                index.setdefault(code.lstrip("0"), code)
        return index

    def extended(self, other: CodeList) -> CodeList:
        """This list with the additions of a county's list of the same key."""
        return CodeList(
            self.key,
            self.title,
            {**self.items, **other.items},
            aliases={**self.aliases, **other.aliases},
            retired=self.retired | other.retired,
            exports={**self.exports, **other.exports},
        )


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).lower()


def read_codes(file: TomlFile) -> tuple[dict[str, CodeList], list[CatalogProblem]]:
    """All lists of one file; a list with a mistake is left out, the others stay."""
    lists: dict[str, CodeList] = {}
    specs, problems = decode_table(file, "", file.data, CodeListSpec)
    for key, spec in specs.items():
        wrong = _mistakes(file, key, spec)
        problems += wrong
        if not wrong:
            retired = spec.retired if isinstance(spec.retired, list) else spec.retired.keys()
            lists[key] = CodeList(
                key,
                spec.title or key,
                spec.items,
                aliases=_aliases(spec),
                retired=retired,
                exports=spec.export,
            )
    return lists, problems


def _aliases(spec: CodeListSpec) -> dict[str, str]:
    """Both ways of writing are read: ``城镇 = "1"`` and ``1 = ["城镇", "城市居民"]``."""
    aliases: dict[str, str] = {}
    for key, value in spec.alias.items():
        if isinstance(value, list) or (key in spec.items and value not in spec.items):
            aliases.update(dict.fromkeys(words(value), key))
        else:
            aliases[key] = value
    return aliases


def _mistakes(file: TomlFile, key: str, spec: CodeListSpec) -> list[CatalogProblem]:
    problems = [
        file.at(f"{key}.items.{code}", f"代码“{code}”没有名称")
        for code, label in spec.items.items()
        if not label
    ]
    if file.source.origin != "shipped":
        # An added list may name codes of the list it adds to, which is checked when both are laid together.
        return problems
    for alias, code in _aliases(spec).items():
        if code not in spec.items:
            problems.append(
                file.at(
                    f"{key}.alias.{alias}", f"别名“{alias}”指向没有的代码“{code}”{nearest(code, spec.items)}"
                )
            )
    retired = spec.retired if isinstance(spec.retired, list) else list(spec.retired)
    for code in retired:
        if code not in spec.items:
            problems.append(
                file.at(f"{key}.retired", f"停用的代码“{code}”不在表里{nearest(code, spec.items)}")
            )
    for code in spec.export:
        if code not in spec.items:
            problems.append(
                file.at(f"{key}.export.{code}", f"代码“{code}”不在表里{nearest(code, spec.items)}")
            )
    return problems


def lay_over(
    file: TomlFile, base: Mapping[str, CodeList], added: Mapping[str, CodeList]
) -> tuple[dict[str, CodeList], list[CatalogProblem]]:
    """The lists of a county laid over those before: codes may be added, an existing code keeps its meaning."""
    result = dict(base)
    problems: list[CatalogProblem] = []
    for key, codes in added.items():
        known = base.get(key)
        if known is None:
            result[key] = codes
            continue
        changed = [c for c, label in codes.items.items() if c in known.items and known.items[c] != label]
        problems += [
            file.at(
                f"{key}.items.{code}",
                f"代码“{code}”已是“{known.items[code]}”，不能改成“{codes.items[code]}”；换一个新代码",
            )
            for code in changed
        ]
        merged = known.extended(codes)
        unknown = [
            c for c in (*codes.aliases.values(), *codes.retired, *codes.exports) if c not in merged.items
        ]
        problems += [file.at(key, f"代码“{c}”不在代码表“{key}”里{nearest(c, merged.items)}") for c in unknown]
        if not changed and not unknown:
            result[key] = merged
    return result, problems
