"""What a start of the packaged program costs up to its window on an X display, beside the same start from the source.

    python benchmarks/bench_packaged.py [rounds]

Needs what `dev.py build` left in dist/, and Xvfb with xwininfo (Linux). By the clock and in processor time of the
program with its children, since the single file unpacks itself in a process of its own. The best of some warm rounds.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROUNDS = 5
_ROOT = Path(__file__).resolve().parents[1]
_DISPLAY = ":87"
_PATIENCE_S = 60
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def cpu_s(pid: int) -> float:
    """Processor seconds of a running process and of those that it started."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS + sum(cpu_s(int(child)) for child in children)


@contextmanager
def display() -> Iterator[None]:
    """An X display that nobody sees."""
    server = subprocess.Popen(["Xvfb", _DISPLAY, "-screen", "0", "1400x900x24"], stderr=subprocess.DEVNULL)
    try:
        while not has_window("root window"):
            time.sleep(0.05)
        yield
    finally:
        server.terminate()
        server.wait()


def has_window(words: str) -> bool:
    """Whether the list of windows says this."""
    found = subprocess.run(
        ["xwininfo", "-root", "-tree", "-display", _DISPLAY], capture_output=True, text=True, check=False
    )
    return words in found.stdout


def start(command: list[str], folder: str) -> tuple[float, float]:
    """(seconds by the clock, processor seconds) from starting a program to its window.

    Raises:
        SystemExit: no window came.
    """
    environment = {**os.environ, "DISPLAY": _DISPLAY, "QT_QPA_PLATFORM": "xcb", "RETROVUE_SECRETS": "memory"}
    began = time.monotonic()
    program = subprocess.Popen(
        [*command, "--data-dir", folder], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not has_window("1280x800"):
            if time.monotonic() - began > _PATIENCE_S:
                raise SystemExit(f"{command[0]} opened no window")
            time.sleep(0.01)
        return time.monotonic() - began, cpu_s(program.pid)
    finally:
        program.terminate()
        program.wait()


def main(rounds: int) -> None:
    """Measure and print one JSON document."""
    programs = {
        "one file": [str(_ROOT / "dist" / "retrovue")],
        "one folder": [str(_ROOT / "dist" / "retrovue-folder" / "retrovue")],
        "source": [sys.executable, "-m", "retrovue"],
    }
    if not Path(programs["one file"][0]).exists() or shutil.which("Xvfb") is None or shutil.which("xwininfo") is None:
        print(json.dumps({"skipped": "needs dist/ of `dev.py build`, Xvfb and xwininfo"}))
        return
    measured = {}
    with display(), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        for name, command in programs.items():
            start(command, folder)
            found = [start(command, folder) for _each in range(rounds)]
            measured[name] = {"wall_s": round(min(found)[0], 2), "cpu_s": round(min(cpu for _wall, cpu in found), 2)}
    size = Path(programs["one file"][0]).stat().st_size
    print(
        json.dumps({"one_file_bytes": size, "load": round(os.getloadavg()[0], 1), "to_the_window": measured}, indent=2)
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
