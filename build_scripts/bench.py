"""Runs the benchmarks and prints their table: what was measured, what is to be reached, and the ratio.

Each tests/benchmarks/bench_*.py has a `run()` that returns one line or a list of lines, each a dict of `work`,
`measured`, `reach`, `unit` and, where it helps, `note`. Everything is "smaller is better". Each file runs in a
process of its own, so that memory and caches of one do not colour another; they share one work folder.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BENCHMARKS = ROOT / "tests" / "benchmarks"


def run_one(name: str) -> list[dict[str, Any]]:
    """Loads tests/benchmarks/bench_<name>.py and runs it in this process."""
    sys.path.insert(0, str(ROOT))
    path = BENCHMARKS / f"bench_{name}.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    result = module.run()
    return [result] if isinstance(result, dict) else list(result)


def print_table(lines: list[dict[str, Any]]) -> None:
    """The lines as a Markdown table; a ratio above 1 misses its mark."""
    print("\n| work | measured | reach | ratio | |\n|---|---:|---:|---:|---|")
    for line in lines:
        reach, unit = line["reach"], line["unit"]
        ratio = f"{line['measured'] / reach:.2f}" if reach else ("0" if not line["measured"] else "missed")
        missed = line["measured"] > reach
        remark = " · ".join(filter(None, ["**missed**" if missed else "", line.get("note", "")]))
        print(f"| {line['work']} | {line['measured']:.4g} {unit} | {reach:.4g} {unit} | {ratio} | {remark} |")


def main(names: list[str]) -> int:
    if names[:1] == ["--one"]:
        print(json.dumps(run_one(names[1]), ensure_ascii=False))
        return 0
    known = sorted(path.stem.removeprefix("bench_") for path in BENCHMARKS.glob("bench_*.py"))
    unknown = sorted(set(names) - set(known))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    lines: list[dict[str, Any]] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="minzheng-bench-") as work:
        env = {**os.environ, "MINZHENG_BENCH": work, "MINZHENG_DATA": str(Path(work) / "user-data")}
        for name in names or known:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            done = subprocess.run(
                [sys.executable, __file__, "--one", name],
                env=env,
                stdout=subprocess.PIPE,
                text=True,
                check=False,
            )
            if done.returncode == 0:
                lines += json.loads(done.stdout.splitlines()[-1])
            else:
                failed = True
                print(f"{name} failed", file=sys.stderr)
    print_table(lines)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
