"""The bill of materials: which libraries are in the packaged program, in CycloneDX's form."""

from __future__ import annotations

import json
import platform
import re
import sqlite3
import ssl
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

_SPEC = "1.6"
_OF_OTHER_SYSTEMS = {"colorama", "psutil", "pywin32-ctypes"}
_ROOT = Path(__file__).parents[2]


def bundled() -> list[metadata.Distribution]:
    """What the program needs to run, directly or not, as it is installed here; the extras of developers are not."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, metadata.Distribution] = {}
    waiting = [Requirement(text) for text in project["dependencies"]]
    asked: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        wanted = waiting.pop()
        name, extras = _plain(wanted.name), frozenset(wanted.extras)
        if wanted.marker is not None and not any(wanted.marker.evaluate({"extra": each}) for each in (*extras, "")):
            continue
        if (name, extras) in asked:
            continue
        asked.add((name, extras))
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            # A library of another system, which its marker leaves out only once it is looked at from there.
            continue
        found[name] = distribution
        for text in distribution.requires or ():
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                waiting.append(needed)
    return [found[name] for name in sorted(found)]


def license_of(distribution: metadata.Distribution) -> str:
    """Under which licence a library is, in its own words; empty when it does not say."""
    about = distribution.metadata
    said = about.get("License-Expression") or ""
    if not said:
        classifiers = about.get_all("Classifier") or []
        names = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License ::")]
        # Some put the whole text of the licence into the old field.
        said = ", ".join(names) or (about.get("License") or "").strip().partition("\n")[0]
    return said


def bill(version: str) -> str:
    """The document, for a version of the program."""
    parts = []
    for each in bundled():
        part = {"type": "library", "name": each.metadata["Name"], "version": each.version}
        licence = license_of(each)
        parts.append({**part, "licenses": [{"license": {"name": licence}}]} if licence else part)
    parts += _beside_python({part["name"].lower() for part in parts})
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": _SPEC,
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "retrovue", "version": version}},
        "components": parts,
    }
    return json.dumps(document, indent=2) + "\n"


def _beside_python(known: set[str]) -> list[dict[str, object]]:
    """What is packed and is no library of Python, from the list that the program shows."""
    import PySide6

    versions = {
        "Python": platform.python_version(),
        "Qt": PySide6.__version__,
        "SQLite": sqlite3.sqlite_version,
        "OpenSSL": ssl.OPENSSL_VERSION.split()[1],
    }
    parts: list[dict[str, object]] = []
    for line in (_ROOT / "resources" / "licenses.tsv").read_text(encoding="utf-8").splitlines():
        name, licence = line.split("\t", 1)
        # The others come from the system that builds: on Linux, and their versions are its packages'.
        is_of_linux = name.lower() not in known and name not in _OF_OTHER_SYSTEMS
        if name in versions or (sys.platform.startswith("linux") and is_of_linux):
            part = {"type": "library", "name": name, "licenses": [{"license": {"name": licence}}]}
            parts.append({**part, "version": versions[name]} if name in versions else part)
    return parts


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
