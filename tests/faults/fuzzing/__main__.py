"""`python -m tests.faults.fuzzing --count N`: N changed files through every reader, in processes of their own.

A reader may refuse, in words, and then nothing has changed; or take what it was given whole. Anything else fails: an
exception, a process that dies, a row that moved by a refusal, more memory than the bound. What failed is kept.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any

from tests.faults.fuzzing.targets import Range

BOUND_MB = 160
"""What a process may grow to hold above what it held after the first files, in MB; inputs are under 1 MB."""
WARM = 40


def play(folder: Path, seed: str, count: int, *, only: str = "", keep: Path | None = None) -> dict[str, Any]:
    """Fire `count` files; returns outcomes by reader and layer, failures, and the growth of memory in MB."""
    ground = Range(folder)
    targets = [target for target in ground.targets() if only in ("", target.name)]
    outcomes: collections.Counter[str] = collections.Counter()
    failures: list[str] = []
    began, base = time.monotonic(), 0
    for number in range(count):
        if number == min(WARM, count - 1):
            base = peak_mb()
        how = random.Random(f"{seed}-{number}")
        target = targets[number % len(targets)]
        layer = how.choice(target.layers)
        try:
            data = target.make(layer, how)
        except Exception:  # the mutator's own trouble is no finding, but is not silent either
            outcomes[f"{target.name} {layer} unmade"] += 1
            continue
        try:
            outcome = target.fire(data)
        except Exception:
            failures.append(f"{seed}-{number} {target.name} {layer}\n{_told()}")
            outcome = "FAILED"
            if keep is not None:
                (keep / f"{seed}-{number}.{target.name}").write_bytes(data)
            target.put_back()
        outcomes[f"{target.name} {layer} {outcome}"] += 1
    for target in targets:
        target.store.close()
    return {
        "outcomes": dict(outcomes),
        "failures": failures,
        "grown": peak_mb() - base,
        "peak": peak_mb(),
        "seconds": time.monotonic() - began,
    }


def _told() -> str:
    """The exception and the frames of ours that it came through."""
    kind, error, trace = sys.exc_info()
    ours = [frame for frame in traceback.extract_tb(trace) if "site-packages" not in frame.filename]
    frames = [f"  {Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in ours[-6:]]
    return "\n".join([*frames, f"  {kind.__name__ if kind else ''}: {str(error)[:300]}"])


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def worker(options: argparse.Namespace) -> int:
    memory = Path("/dev/shm")  # a disk would be flushed some times for every file
    folder = Path(tempfile.mkdtemp(prefix="fuzz-", dir=memory if memory.is_dir() else None))
    try:
        result = play(folder, options.seed, options.count, only=options.only, keep=Path(options.keep))
    finally:
        if (folder / "last.bin").is_file():
            shutil.copy(folder / "last.bin", Path(options.keep) / f"last-of-{options.seed}.bin")
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py fuzz", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", default="", help="package, receipt, bulletin, peer, copy or enrolment")
    parser.add_argument("--keep", default="fuzz-findings", help="where files that failed are kept")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    Path(options.keep).mkdir(parents=True, exist_ok=True)
    if options.worker:
        return worker(options)
    each = -(-options.count // options.processes)
    running = [
        subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.faults.fuzzing", "--worker", "--count", str(each)),
                *("--seed", f"{options.seed}.{n}", "--only", options.only, "--keep", options.keep),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(options.processes)
    ]
    outcomes: collections.Counter[str] = collections.Counter()
    wrong, grown, peak, seconds = [], 0, 0, 0.0
    for process in running:
        out, _ = process.communicate()
        if process.returncode:
            wrong.append(f"a process ended with {process.returncode}; the file it read is in {options.keep}")
            continue
        one = json.loads(out.splitlines()[-1])
        outcomes.update(one["outcomes"])
        wrong += one["failures"]
        grown, peak = max(grown, one["grown"]), max(peak, one["peak"])
        seconds = max(seconds, one["seconds"])
    if grown > BOUND_MB:
        wrong.append(f"memory grew by {grown} MB, more than {BOUND_MB}")
    told = [f"{number:8,}  {line}" for line, number in sorted(outcomes.items())]
    total = sum(outcomes.values())
    memory = f"memory grew by {grown} MB to {peak} MB"
    told.append(f"{total:8,}  files in {seconds:.0f} s; {memory}; {len(wrong)} failures")
    sys.stdout.write("\n".join([*told, *wrong[:20]]) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
