"""The one tool of this project: it sets everything up and runs it.

    python3 dev.py demo          set up, then run the built-in demo
    python3 dev.py test          set up, then run the fast tests
    python3 dev.py test-slow     the slow tests: kills, storms, real displays, the frozen program
    python3 dev.py check         style, types and architecture
    python3 dev.py build         the one-file executable and the folder, in dist/, and their self-test
    python3 dev.py screenshots   render the pages into docs/screenshots/
    python3 dev.py messages      gather the texts, update and compile the translations
    python3 dev.py bench         the benchmarks, or one of them: dev.py bench sync --episodes 2000
    python3 dev.py run           RetroVue itself; what follows is passed on

On Windows write `py dev.py ...`. Further words go to the tool behind the verb: `dev.py test tests/gui -k rail`.
It needs nothing but Python 3.11 or newer with pip and venv, and works in `.venv` beside this file.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP = VENV / ".dev-stamp.json"
OLDEST_PYTHON = (3, 11)
WRONG_USAGE = 2
PYTEST_NOTHING_COLLECTED = 5
# The machine's own word for "as root": neither Windows nor a user without rights may call apt.
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
IS_LINUX = sys.platform.startswith("linux")

# What Qt's libraries load, with the Debian package that brings it (none of them is in the wheel).
QT_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
}
# What Qt needs in addition to open a window on an X server.
XCB_LIBRARIES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
# A desktop for the slow tests: display, window manager, tray, notices, a hand on the mouse.
DESKTOP_PROGRAMS = {
    "Xvfb": "xvfb",
    "xauth": "xauth",
    "openbox": "openbox",
    "trayer": "trayer",
    "dunst": "dunst",
    "dbus-run-session": "dbus",
    "xset": "x11-xserver-utils",
    "xwininfo": "x11-utils",
    "xprop": "x11-utils",
    "xdotool": "xdotool",
}
# A server for the tests of the shared catalog: they start their own, and are skipped where there is none.
POSTGRES_PROGRAMS = {"initdb": "postgresql", "pg_ctl": "postgresql"}
# PyInstaller reads libraries with objdump, strips them, and packs Python's own shared library.
BUILD_PROGRAMS = {"objdump": "binutils", "strip": "binutils"}


class SetupError(Exception):
    """Something is missing that only the person at the keyboard can bring; the text says what to do."""


def say(text: str) -> None:
    """One line about what happens, on stderr: stdout belongs to the tool that is run."""
    print(f"dev.py: {text}", file=sys.stderr, flush=True)


# -- the virtual environment


def venv_python() -> Path:
    """The interpreter of the project's virtual environment, there or not."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def key(root: Path = ROOT) -> str:
    """A hash of everything that decides what is installed; another key means: install again."""
    digest = hashlib.sha256(repr((sys.version_info[:2], sys.platform, str(root))).encode())
    recipe = [root / "pyproject.toml", root / "hatch_build.py", *sorted(root.glob("resources/translations/**/*.po"))]
    for path in recipe:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def read_stamp() -> dict[str, object]:
    """What was installed last, empty when that is not known."""
    try:
        found = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def venv_is_usable() -> bool:
    """Whether the environment belongs to this Python's version and has a working pip."""
    try:
        lines = (VENV / "pyvenv.cfg").read_text("utf-8").splitlines()
    except OSError:
        return False
    settings = dict(line.replace(" ", "").split("=", 1) for line in lines if "=" in line)
    if tuple(settings.get("version", "").split(".")[:2]) != tuple(str(part) for part in sys.version_info[:2]):
        return False
    # The interpreter is a link: an upgrade of the system may have taken its target away.
    if not venv_python().exists():
        return False
    if read_stamp():
        return True
    return subprocess.run([venv_python(), "-m", "pip", "--version"], capture_output=True).returncode == 0


def create_venv() -> None:
    """A fresh `.venv`, whatever was there before.

    Raises:
        SetupError: the system's Python comes without venv.
    """
    say("creating .venv")
    if VENV.is_dir() and Path(sys.prefix).resolve() == VENV.resolve():
        raise SetupError("the .venv that runs this is broken; run dev.py with the system's Python")
    if VENV.is_symlink():
        raise SetupError(f"{VENV} is a link; remove it, so that nothing it points to is overwritten")
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True)
    if made.returncode != 0:
        version = ".".join(str(part) for part in sys.version_info[:2])
        raise SetupError(
            f"creating .venv failed:\n{(made.stdout + made.stderr).strip()}\n"
            f"On Debian and Ubuntu: apt-get install -y --no-install-recommends python{version}-venv"
        )


def set_up(extras: tuple[str, ...]) -> None:
    """Bring `.venv` to what `pyproject.toml` asks for; returns at once when nothing changed.

    Raises:
        SetupError: no virtual environment can be made, or pip failed.
    """
    if not venv_is_usable():
        create_venv()
    stamp, wanted = read_stamp(), key()
    known = stamp.get("extras")
    installed = {str(name) for name in known} if isinstance(known, list) else set()
    if stamp.get("key") == wanted and installed.issuperset(extras):
        return
    names = sorted(installed.union(extras))
    target = f".[{','.join(names)}]" if names else "."
    say(f"installing {target} into .venv (once; a minute or two)")
    pip = [venv_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--editable", target]
    STAMP.unlink(missing_ok=True)
    if subprocess.run(pip, cwd=ROOT).returncode != 0:
        raise SetupError("pip could not install the packages; its message is above. Is this computer online?")
    STAMP.write_text(json.dumps({"key": wanted, "extras": names}), encoding="utf-8")


# -- what the system must bring (Linux)


def has_library(name: str) -> bool:
    """Whether the dynamic linker finds a library, asked in the only way that cannot be wrong."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def has_program(name: str, servers: Path = Path("/usr/lib/postgresql")) -> bool:
    """Whether a program is there; Debian keeps those of a PostgreSQL server out of the path, one folder a version."""
    return shutil.which(name) is not None or any(servers.glob(f"*/bin/{name}"))


def missing_packages(libraries: dict[str, str], programs: dict[str, str]) -> list[str]:
    """The Debian packages that bring what is not there."""
    packages = [package for name, package in libraries.items() if not has_library(name)]
    packages += [package for name, package in programs.items() if not has_program(name)]
    return list(dict.fromkeys(packages))


def apt_get(*words: str) -> str:
    """Run apt-get without questions and return what it said: hundreds of lines that matter only when it failed."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    return done.stdout


def need(
    what: str, libraries: dict[str, str], programs: dict[str, str] | None = None, *, as_root: bool = IS_ROOT
) -> None:
    """Install the Debian packages that are missing, or name them.

    Raises:
        SetupError: packages are missing and may not be installed from here. Tests that need them would
            otherwise be skipped or crash.
    """
    if not IS_LINUX:
        return
    packages = missing_packages(libraries, programs or {})
    if not packages:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if shutil.which("apt-get") is None:
        raise SetupError(f"{what} needs what Debian has in these packages; install their like: {' '.join(packages)}")
    if not as_root:
        raise SetupError(f"{what} needs packages of the system. Run this, then try again:\n  sudo {' '.join(install)}")
    say(f"installing packages of the system: {' '.join(packages)}")
    # A fresh container has no package lists at all, and a stale list names versions that are gone.
    said = apt_get("update", "-qq") + apt_get(*install[1:], "-qq")
    left = missing_packages(libraries, programs or {})
    if left:
        raise SetupError(f"{said}apt-get did not bring what {what} needs: {' '.join(left)}")


def need_build_tools() -> None:
    """What PyInstaller needs of the system.

    Raises:
        SetupError: this Python was built without a shared library, or tools are missing.
    """
    if not IS_LINUX:
        return
    library = str(sysconfig.get_config_var("INSTSONAME") or "")
    folder = Path(str(sysconfig.get_config_var("LIBDIR") or ""))
    if ".so" not in library:
        raise SetupError("this Python has no shared library to pack; use one built with --enable-shared")
    version = ".".join(str(part) for part in sys.version_info[:2])
    libraries = {} if (folder / library).exists() else {library: f"libpython{version}"}
    need("the one-file executable", libraries, BUILD_PROGRAMS)


def has_display() -> bool:
    """Whether a window could be seen."""
    return not IS_LINUX or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def offscreen() -> dict[str, str]:
    """An environment in which Qt paints into memory: tests must not pop up on somebody's desktop."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    # Many tests start the program as a process, and each would compile all of it: two seconds every time.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


# -- the verbs


def python(*words: str, env: dict[str, str] | None = None) -> int:
    """Run the environment's Python in the project's folder and return its exit code."""
    return subprocess.run([str(venv_python()), *words], cwd=ROOT, env=env).returncode


def demo(words: list[str]) -> int:
    """Run the built-in demo: with a display in a window, without one as tables."""
    set_up(())
    if has_display() and "--no-window" not in words:
        need("the window", {**QT_LIBRARIES, **XCB_LIBRARIES})
    return python("-m", "retrovue", "demo", *words)


def run(words: list[str]) -> int:
    """Run RetroVue with the words that follow."""
    set_up(())
    if not words or words[0].startswith("-"):
        need("the window", QT_LIBRARIES)
    return python("-m", "retrovue", *words)


def test(words: list[str]) -> int:
    """The fast tests, on three processes: on two cores the third works while others wait for a server or a process."""
    need("Qt", QT_LIBRARIES)
    set_up(("test",))
    return python("-m", "pytest", "-m", "not slow", "-n", "3", *words, env=offscreen())


def test_slow(words: list[str]) -> int:
    """The slow tests: first what may run beside others, then, alone, what measures, kills or shares a display."""
    need("the slow tests", {**QT_LIBRARIES, **XCB_LIBRARIES}, DESKTOP_PROGRAMS)
    need_build_tools()
    try:
        need("the shared catalog", {}, POSTGRES_PROGRAMS)
    except SetupError as error:
        # Everything but the tests of PostgreSQL can run, and those say themselves that they were skipped.
        say(f"{error}\nWithout PostgreSQL its tests are skipped.")
    set_up(("build", "test"))
    passes = (("slow and beside", "-n", "3"), ("slow and not beside",))
    codes = [python("-m", "pytest", "-m", *chosen, *words, env=offscreen()) for chosen in passes]
    # A pass that died of a signal has a negative code.
    return next((code for code in codes if code not in (0, PYTEST_NOTHING_COLLECTED)), 0)


def check(words: list[str]) -> int:
    """Style, types and architecture; every check runs, and the first line of each says which it is."""
    set_up(("dev", "test"))
    if words:
        raise SetupError("check takes no further words; it checks everything")
    checks = {
        "style": ["ruff", "check", "."],
        "layout of the source": ["ruff", "format", "--check", "."],
        "types": ["mypy"],
        "architecture": ["lint-imports", "--no-logo"],
    }
    failed = []
    for name, (program, *arguments) in checks.items():
        say(name)
        # Import Linter cannot be started as a module, so all four are started as programs.
        if subprocess.run([str(venv_python().with_name(program)), *arguments], cwd=ROOT).returncode != 0:
            failed.append(name)
    say(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def build(words: list[str]) -> int:
    """The one-file executable and the folder in dist/, which must pass their self-test; then what goes with them."""
    # What opens a window on an X server is packed: without it here, the program would work only where it is installed.
    need("the packaged program", {**QT_LIBRARIES, **XCB_LIBRARIES})
    need_build_tools()
    set_up(("build",))
    code = python("-m", "PyInstaller", "--noconfirm", "--clean", "--log-level", "WARN", "build_installer.spec", *words)
    if code != 0:
        return code
    program = ROOT / "dist" / ("retrovue.exe" if os.name == "nt" else "retrovue")
    say(f"{program} is {program.stat().st_size / 1e6:.0f} MB")
    inside = ROOT / "dist" / "retrovue-folder" / program.name
    for built in (program, inside):
        code = subprocess.run([str(built), "--self-test"], env=offscreen()).returncode
        if code != 0:
            return code
    return python("-m", "tools.package", str(program), str(ROOT / "dist"), env=offscreen())


def screenshots(words: list[str]) -> int:
    """Render the pages, light and dark, with demo data."""
    need("Qt", QT_LIBRARIES)
    set_up(())
    target = words or [str(Path("docs", "screenshots"))]
    return python("-m", "tools.screenshots", *target, env=offscreen())


def bench(words: list[str]) -> int:
    """The benchmarks, or the one that is named; they print ratios against a floor measured in the same run.

    Raises:
        SetupError: there is no such benchmark.
    """
    names = sorted(path.stem for path in (ROOT / "benchmarks").glob("bench_*.py"))
    if words:
        if f"bench_{words[0]}" not in names:
            known = ", ".join(name.removeprefix("bench_") for name in names)
            raise SetupError(f"no benchmark is called {words[0]}; there is: {known}")
        names = [f"bench_{words[0]}"]
    need("Qt", QT_LIBRARIES)
    set_up(("test",))
    codes = [python("-m", f"benchmarks.{name}", *words[1:], env=offscreen()) for name in names]
    return max(codes, default=0)


def messages(words: list[str]) -> int:
    """Bring the translations up to date with the texts; the exit code is 1 while one waits for a translation."""
    if words:
        raise SetupError("messages takes no further words; it updates every translation")
    set_up(("test",))
    return python("messages.py")


VERBS = {
    "demo": demo,
    "test": test,
    "test-slow": test_slow,
    "check": check,
    "build": build,
    "screenshots": screenshots,
    "messages": messages,
    "bench": bench,
    "run": run,
}


def main() -> int:
    """Set up and do what the first word says; the exit code is that of the tool behind it."""
    if sys.version_info < OLDEST_PYTHON:
        say("RetroVue needs Python 3.11 or newer; this is " + sys.version.split()[0])
        return WRONG_USAGE
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=list(VERBS))
    parser.add_argument("words", nargs=argparse.REMAINDER, help="passed to the tool behind the verb")
    arguments = parser.parse_args()
    try:
        return VERBS[arguments.verb](arguments.words)
    except SetupError as error:
        say(str(error))
        return WRONG_USAGE
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
