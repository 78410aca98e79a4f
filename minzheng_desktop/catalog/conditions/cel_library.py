"""The compiled part of common-expression-language, without its command line.

``import cel`` also imports typer, rich and prompt_toolkit for a tool of its own: 0.4 s at every start of the program.
The extension module beside it is all that conditions need.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import TYPE_CHECKING

NAME = "cel.cel"


def _load() -> ModuleType:
    """The extension module; the whole package where it cannot be found by itself."""
    known = sys.modules.get(NAME)
    if known is not None:
        return known
    package = find_spec("cel")
    spec = PathFinder.find_spec(NAME, list(package.submodule_search_locations or ())) if package else None
    if spec is None or spec.loader is None:
        import cel as whole

        return whole
    module = module_from_spec(spec)
    sys.modules[NAME] = module
    spec.loader.exec_module(module)
    return module


if TYPE_CHECKING:
    import cel as cel
else:
    cel = _load()
