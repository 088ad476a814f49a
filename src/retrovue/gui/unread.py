"""Keeps PySide6 from reading the source of every module that is imported after it."""

import sys
from types import ModuleType

import PySide6.QtCore  # noqa: F401  # loads the module that is set right below


def read_no_sources() -> None:
    """Take every module for one that uses none of PySide6's optional `__feature__`s, as all here do.

    To find out, PySide6 (6.11.3, `shibokensupport.feature`) reads the source of each imported module and looks for its
    own name in it: 265 files before the first paint, a tenth of the start, and 25 MB of source text kept by
    `linecache` until the end. Where a release has no such function, nothing is changed.
    """
    feature = sys.modules.get("shibokensupport.feature")
    if hasattr(feature, "_mod_uses_pyside"):
        feature._mod_uses_pyside = _may_use_it  # type: ignore[union-attr]


def _may_use_it(_module: ModuleType) -> bool:
    return True
