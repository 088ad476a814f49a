"""`--self-test` from the checkout: every check passes, and a broken one is reported without hiding the others."""

import os
import subprocess
import sys

import pytest

CHECKS = (
    "modules|catalog|migrations|search|demo|command line|time zones|TLS|keyring|translations|"
    "display|images|icons|charts|window"
).split("|")


@pytest.mark.slow
def test_every_check_passes_and_says_a_line() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "retrovue", "--self-test"],
        capture_output=True, text=True, encoding="utf-8", timeout=100, check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.partition(":")[0].split(maxsplit=1) for line in lines[1:]] == [["ok", name] for name in CHECKS]
    # Qt's offscreen platform says of every window that it cannot limit its size.
    assert [line for line in done.stderr.splitlines() if "propagateSizeHints" not in line] == []


@pytest.mark.slow
def test_a_missing_library_fails_its_check_and_no_other() -> None:
    program = (
        "import sys; sys.modules['truststore'] = None\n"
        "from retrovue import selftest\n"
        "selftest.CHECKS = [check for check in selftest.CHECKS if check[0] in ('TLS', 'time zones', 'catalog')]\n"
        "sys.exit(selftest.run(sys.stdout))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    verdicts = {line[6:].partition(":")[0]: line[:4] for line in done.stdout.splitlines()[1:]}
    assert verdicts == {"catalog": "ok  ", "time zones": "ok  ", "TLS": "FAIL"}
