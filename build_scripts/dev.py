#!/usr/bin/env python3
"""One door to every task on this code: set-up, run, test, check, bench, shots, bundle.

Needs nothing but a Python 3.11-3.13 on the machine. It makes `.venv`, installs the versions named in
constraints.txt, and runs the task inside. A second call finds its stamp and starts at once.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
STAMP = VENV / ".minzheng-setup"
WINDOWS = sys.platform == "win32"
LOWEST, HIGHEST = (3, 11), (3, 13)

# Shared libraries that Qt's platform plugins load, and the Debian packages that hold them.
DEBIAN_PACKAGES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}


class Stop(Exception):
    """Nothing more can be done; the message says what is missing and how to mend it."""


def say(text: str) -> None:
    print(text, flush=True)


def run(command: Sequence[str | Path], *, env: dict[str, str] | None = None) -> int:
    return subprocess.run([str(part) for part in command], cwd=ROOT, env=env, check=False).returncode


def capture(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Runs a short probe and keeps what it prints. Raises OSError or subprocess.TimeoutExpired."""
    parts = [str(part) for part in command]
    return subprocess.run(parts, capture_output=True, text=True, check=False, timeout=60)


def must(command: Sequence[str | Path], failure: str) -> None:
    if run(command) != 0:
        raise Stop(failure)


# -- set-up ------------------------------------------------------------------------------------------------


def version_of(python: str) -> tuple[int, int] | None:
    """The (major, minor) that this command runs, or None when it runs nothing (a dead pyenv shim, say)."""
    code = "import sys; print(*sys.version_info[:2])"
    try:
        major, minor = capture([python, "-c", code]).stdout.split()
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return int(major), int(minor)


def find_python() -> str:
    """A command that runs Python 3.11-3.13: this one if it fits, else the newest that is installed."""
    if LOWEST <= sys.version_info[:2] <= HIGHEST:
        return sys.executable
    for minor in range(HIGHEST[1], LOWEST[1] - 1, -1):
        name = f"python3.{minor}"
        found = shutil.which(name)
        if found and version_of(found) == (3, minor):
            return found
        launcher = shutil.which("py") if WINDOWS else None
        if launcher:
            code = "import sys; print(sys.executable)"
            done = capture([launcher, f"-3.{minor}", "-c", code])
            if done.returncode == 0:
                return done.stdout.strip()
    here = ".".join(map(str, sys.version_info[:2]))
    raise Stop(
        f"没有找到 Python 3.11、3.12 或 3.13（当前是 {here}）。请先安装其中一个，例如："
        "Debian/Ubuntu 用 apt-get install python3 python3-venv，Windows 到 python.org 下载，再运行本命令。"
    )


def venv_program(name: str) -> Path:
    return VENV / ("Scripts" if WINDOWS else "bin") / (f"{name}.exe" if WINDOWS else name)


def may_install_packages() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install_system_packages(packages: Sequence[str], why: str) -> bool:
    """Installs with apt-get where that is possible; else prints the one command and returns False."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if not may_install_packages():
        say(f"{why}。请运行一次：\n  sudo {' '.join(command)}")
        return False
    say(f"{why}，正在安装：{' '.join(packages)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if run(command, env=quiet) != 0:
        run(["apt-get", "update"], env=quiet)
        if run(command, env=quiet) != 0:
            say(f"安装没有成功。请手工运行：\n  {' '.join(command)}")
            return False
    return True


def make_venv() -> None:
    present = version_of(str(venv_program("python")))
    if present and LOWEST <= present <= HIGHEST:
        return
    python = find_python()
    say(f"新建 .venv（{python}）")
    if capture([python, "-c", "import ensurepip, venv"]).returncode != 0:
        major, minor = version_of(python) or LOWEST
        if not install_system_packages([f"python{major}.{minor}-venv"], "这个 Python 缺少 venv"):
            raise Stop("装好之后再运行本命令。")
    must([python, "-m", "venv", "--clear", VENV], ".venv 没有建成：请检查磁盘空间和目录权限，再运行一次。")


def wanted_stamp(level: str) -> str:
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((ROOT / name).read_bytes())
    return f"{level} {digest.hexdigest()}"


def set_up(*, level: str) -> None:
    """Makes `.venv` hold what the level needs ("product" or "dev"); does nothing when its stamp says so."""
    stamps = STAMP.read_text("utf-8").splitlines() if STAMP.exists() else []
    if wanted_stamp(level) in stamps and venv_program("python").exists():
        return
    make_venv()
    target = f"{ROOT}[dev]" if level == "dev" else str(ROOT)
    pip = [venv_program("python"), "-m", "pip", "--disable-pip-version-check", "install"]
    say("按 constraints.txt 安装依赖（第一次需要几分钟）")
    constraints = ROOT / "constraints.txt"
    install = [str(part) for part in (*pip, "--quiet", "--constraint", constraints, "--editable", target)]
    done = subprocess.run(install, cwd=ROOT, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        print(done.stderr, file=sys.stderr)
        raise Stop("依赖没有装成，.venv 保留着已下载的部分。请检查网络或 pip 镜像设置，再运行一次。")
    levels = ("product", "dev") if level == "dev" else ("product",)
    STAMP.write_text("".join(f"{wanted_stamp(one)}\n" for one in levels), "utf-8")


def missing_qt_libraries(plugins: Sequence[str]) -> list[str]:
    """The shared libraries that these platform plugins ask for and this Linux does not have."""
    if sys.platform != "linux" or shutil.which("ldd") is None:
        return []
    code = "import PySide6, pathlib; print(pathlib.Path(PySide6.__file__).parent / 'Qt')"
    qt = Path(capture([venv_program("python"), "-c", code]).stdout.strip())
    missing: set[str] = set()
    for plugin in plugins:
        library = qt / "plugins" / "platforms" / f"lib{plugin}.so"
        listing = capture(["ldd", library]).stdout.splitlines()
        missing |= {line.split()[0] for line in listing if "not found" in line}
    return sorted(missing)


def ensure_qt_libraries(plugins: Sequence[str]) -> bool:
    missing = missing_qt_libraries(plugins)
    if not missing:
        return True
    packages = sorted({DEBIAN_PACKAGES[name] for name in missing if name in DEBIAN_PACKAGES})
    unknown = [name for name in missing if name not in DEBIAN_PACKAGES]
    if unknown:
        say(f"窗口所需的系统库缺少：{'、'.join(unknown)}。请用系统的软件包管理器安装提供它们的软件包。")
    if packages and not install_system_packages(packages, f"窗口所需的系统库缺少：{'、'.join(missing)}"):
        return False
    return not missing_qt_libraries(plugins)


def offscreen() -> dict[str, str]:
    return {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


# -- tasks -------------------------------------------------------------------------------------------------


def display_works() -> bool:
    """True when a window can really be opened here: a display is named and Qt connects to it."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    if not ensure_qt_libraries(["qxcb"]):
        return False
    code = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"
    try:
        return capture([venv_program("python"), "-c", code]).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def task_setup(_: argparse.Namespace) -> int:
    set_up(level="dev")
    ready = ensure_qt_libraries(["qoffscreen"])
    say(f"准备好了：{venv_program('minzheng')}")
    return 0 if ready else 1


def task_run(_: argparse.Namespace) -> int:
    set_up(level="product")
    if display_works():
        return run([venv_program("minzheng"), "gui", "--demonstration"])
    say("这台机器没有可用的显示器，窗口打不开。改为在后台把同一套工作做一遍，结果放在 ./demo-output/。")
    if not ensure_qt_libraries(["qoffscreen"]):
        say("没有 Qt 系统库，这次不保存窗口截图，其余照做。")
        return run([venv_program("minzheng"), "demo", "--township", "--out", ROOT / "demo-output"])
    return run(
        [venv_program("minzheng"), "demo", "--township", "--out", ROOT / "demo-output", "--pictures"],
        env=offscreen(),
    )


CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff check", ("ruff", "check", ".")),
    ("ruff format", ("ruff", "format", "--check", ".")),
    ("mypy", ("mypy",)),
    ("import-linter", ("lint-imports",)),
)


def run_each(steps: Sequence[tuple[str, tuple[str, ...]]]) -> int:
    """Runs every step even after a failure, so that one run shows all that is wrong; 0 when all passed."""
    failed = []
    for title, (program, *arguments) in steps:
        say(f"\n== {title}")
        started = time.monotonic()
        code = run([venv_program(program), *arguments], env=offscreen())
        say(f"   {title}: {'ok' if code == 0 else f'failed ({code})'}, {time.monotonic() - started:.0f} s")
        if code != 0:
            failed.append(title)
    say("\n" + (f"failed: {', '.join(failed)}" if failed else "all passed"))
    return 1 if failed else 0


def task_check(_: argparse.Namespace) -> int:
    set_up(level="dev")
    return run_each(CHECKS)


def task_test(options: argparse.Namespace) -> int:
    set_up(level="dev")
    if not ensure_qt_libraries(["qoffscreen"]):
        return 1
    # One process a core; the tests of one file stay together, so that they share what they made.
    spread = () if options.pytest else ("-n", "auto", "--dist", "loadfile")
    return run_each((*CHECKS, ("pytest", ("pytest", "-q", *spread, *options.pytest))))


def task_bench(options: argparse.Namespace) -> int:
    set_up(level="dev")
    return run([venv_program("python"), ROOT / "build_scripts" / "bench.py", *options.names], env=offscreen())


def task_fuzz(options: argparse.Namespace) -> int:
    set_up(level="dev")
    return run([venv_program("python"), "-m", "tests.faults.fuzzing", *options.arguments], env=offscreen())


def task_shots(options: argparse.Namespace) -> int:
    set_up(level="dev")
    if not ensure_qt_libraries(["qoffscreen"]):
        return 1
    out = Path(options.out).absolute()
    return run([venv_program("python"), "-m", "minzheng_desktop.ui.shots", "--out", out], env=offscreen())


def task_bundle(_: argparse.Namespace) -> int:
    set_up(level="dev")
    spec = ROOT / "build_scripts" / "minzheng.spec"
    folders = ["--distpath", ROOT / "dist", "--workpath", ROOT / "build"]
    if run([venv_program("pyinstaller"), "--noconfirm", "--log-level", "WARN", *folders, spec]) != 0:
        return 1
    program = ROOT / "dist" / "minzheng" / ("minzheng.exe" if WINDOWS else "minzheng")
    say(f"打包好了，在后台试一遍：{program} demo")
    return run(
        [program, "demo", "--township", "--out", ROOT / "demo-output" / "bundle", "--pictures"],
        env=offscreen(),
    )


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py", description=(__doc__ or "").partition("\n")[0])
    tasks = parser.add_subparsers(dest="task", required=True)

    def add(name: str, help_text: str) -> argparse.ArgumentParser:
        return tasks.add_parser(name, help=help_text, description=help_text)

    add("run", "open the window on a demonstration township").set_defaults(do=task_run)
    test = add("test", "style, types, import directions and all tests")
    test.add_argument("pytest", nargs="*", help="arguments handed to pytest")
    test.set_defaults(do=task_test)
    add("setup", "make .venv and nothing else").set_defaults(do=task_setup)
    add("check", "style, types and import directions, no tests").set_defaults(do=task_check)
    bench = add("bench", "measure, and print the table with its ratios")
    bench.add_argument("names", nargs="*", help="only these benchmarks (search, save, ...)")
    bench.set_defaults(do=task_bench)
    fuzz = add(
        "fuzz", "100,000 changed files through every reader of exchange files (--count, --seed, --only)"
    )
    fuzz.add_argument("arguments", nargs=argparse.REMAINDER, help="handed to tests.faults.fuzzing")
    fuzz.set_defaults(do=task_fuzz)
    shots = add("shots", "a picture of every page, at 1366x768 and at 125 %%")
    shots.add_argument("--out", required=True, metavar="DIR")
    shots.set_defaults(do=task_shots)
    add("bundle", "a PyInstaller folder under dist/, tried once").set_defaults(do=task_bundle)
    return parser.parse_args(arguments)


def main() -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    options = parse()
    try:
        return int(options.do(options))
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
