"""What a start costs before anything is done: commands that ask no server, and the window up to its first paint.

    python benchmarks/bench_start.py [rounds]

Processor time (user and system) of a process of its own, the best of some rounds, beside two floors of the same run:
an interpreter that does nothing, and one that imports SQLAlchemy. The catalog is open once before, so that it is not
made while it is measured.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile

ROUNDS = 5
_PAINTED = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from retrovue.launch import open_profile

class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            os._exit(0)
        return False

app = QApplication([])
watch = Watch()
app.installEventFilter(watch)
open_profile(Path(sys.argv[1]))
"""


def cost_s(words: list[str], rounds: int) -> float:
    """Processor seconds of a process, the best of some rounds.

    Raises:
        SystemExit: it failed.
    """
    best = float("inf")
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    for _each in range(rounds):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def main(rounds: int) -> None:
    """Measure and print one JSON document."""
    with tempfile.TemporaryDirectory() as folder:
        profile = ["-m", "retrovue", "--data-dir", folder]
        cost_s([*profile, "servers", "list"], 1)
        nothing = cost_s(["-c", "pass"], rounds)
        library = cost_s(["-c", "import sqlalchemy"], rounds)
        measured = {
            "servers list": cost_s([*profile, "servers", "list"], rounds),
            "libraries list": cost_s([*profile, "libraries", "list"], rounds),
            "--version": cost_s(["-m", "retrovue", "--version"], rounds),
            "first paint": cost_s(["-c", _PAINTED, folder], rounds),
        }
    document = {
        "nothing_s": round(nothing, 3),
        "import_sqlalchemy_s": round(library, 3),
        "starts": {
            name: {
                "cpu_s": round(cost, 3),
                "x_nothing": round(cost / nothing, 1),
                "x_sqlalchemy": round(cost / library, 2),
            }
            for name, cost in measured.items()
        },
    }
    print(json.dumps(document, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
