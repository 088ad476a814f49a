"""CSV that spreadsheets open as it was written: no cell is run as a formula, none begins a row of its own."""

import csv
import re
from collections.abc import Iterable
from typing import TextIO

# Spreadsheets skip spaces and line breaks before a formula; some take the wide forms of its first character, too.
_FORMULA = re.compile(r"[\s\x00-\x1f\u200b\u2060\ufeff\"']*[=+\-@|\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_END = "\r\n"


def guard_formula(value: object) -> object:
    """Return a cell with an apostrophe before it where a spreadsheet would run it as a formula."""
    if isinstance(value, str) and _FORMULA.match(value):
        return "'" + value
    return value


class SheetWriter:
    """Writes rows that end with a line feed."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        # Python quotes the characters of the line end only: with "\n" a bare "\r" in a title would begin a row.
        self._writer = csv.writer(self, lineterminator=_END)

    def write(self, row: str) -> int:
        """Take one row from the `csv` module."""
        return self._out.write(row.removesuffix(_END) + "\n")

    def writerow(self, cells: Iterable[object]) -> None:
        """Write a row; None is an empty cell."""
        self._writer.writerow(["" if cell is None else guard_formula(cell) for cell in cells])
