"""Output of commands: results on stdout, everything else on stderr, one JSON document with `--json`."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO, cast

from retrovue.core.domain.text import json_text, printable
from retrovue.core.i18n import _, number

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


class Output:
    """The two output streams of a command. Thread: the one that runs the command."""

    def __init__(self, stdout: TextIO, stderr: TextIO, *, as_json: bool, quiet: bool) -> None:
        self.stdout = stdout
        self.stderr = stderr
        self.as_json = as_json
        self.quiet = quiet
        self._printed = False

    @cached_property
    def error_console(self) -> "Console":
        """Return the console for progress and problems."""
        # Imported on first use: a tenth of the processor time of a command that prints only lines or JSON.
        from rich.console import Console

        return Console(file=self.stderr, highlight=False, soft_wrap=True)

    def json(self, document: object) -> None:
        """Print the JSON document of this command."""
        # A character that the terminal's encoding lacks would otherwise stop the command.
        plain = (self.stdout.encoding or "").lower().replace("-", "") not in ("utf8", "")
        text = json_text(document, ascii_only=plain, indent=2 if self.stdout.isatty() else None)
        self.stdout.write(text + "\n")
        self.stdout.flush()
        self._printed = True

    def json_line(self, document: object) -> None:
        """Print one of many JSON documents on its own line, unbuffered."""
        plain = (self.stdout.encoding or "").lower().replace("-", "") not in ("utf8", "")
        self.stdout.write(json_text(document, ascii_only=plain) + "\n")
        self.stdout.flush()
        self._printed = True

    @property
    def printed_json(self) -> bool:
        """Return whether the document was already printed."""
        return self._printed

    def line(self, text: str) -> None:
        """Print a line of the result; nothing with `--json`."""
        if not self.as_json:
            self.stdout.write(printable(text) + "\n")

    def lines(self, texts: Iterable[str]) -> None:
        """Print several lines of the result."""
        for text in texts:
            self.line(text)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: Sequence[int] = ()) -> None:
        """Print a table of the result; nothing with `--json`. `right` has the indexes of right-aligned columns."""
        if self.as_json:
            return
        # Imported on first use, as in `error_console`.
        from rich.console import Console
        from rich.table import Table

        console = Console(file=self.stdout, highlight=False, soft_wrap=True)
        table = Table(box=None, pad_edge=False, header_style="bold")
        for index, column in enumerate(columns):
            table.add_column(column, justify="right" if index in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*[cell_text(cell) for cell in row])
        if not self.stdout.isatty():
            # Do not cut piped output to the width of a terminal.
            console.width = 10_000
        console.print(table)

    def note(self, text: str) -> None:
        """Print a remark on stderr; nothing with `--quiet`."""
        if not self.quiet:
            self.stderr.write(printable(text) + "\n")

    def problem(self, text: str, hint: str = "") -> None:
        """Print what went wrong and what to do on stderr, always."""
        # Imported on first use, as in `error_console`.
        from rich.text import Text

        # As `Text`: in a plain string rich would replace emoji codes, such as the “:AB:” of a fingerprint.
        self.error_console.print(Text(printable(text), style="bold red" if self.stderr.isatty() else ""))
        if hint:
            self.error_console.print(Text(printable(hint)))

    def warn(self, text: str) -> None:
        """Print a partial failure on stderr, always."""
        self.stderr.write(printable(text) + "\n")

    def data(self) -> TextIO:
        """Return the stream for exports: stdout as it is, or without what steers a terminal if it is one."""
        return cast(TextIO, _TerminalStream(self.stdout)) if self.stdout.isatty() else self.stdout


class _TerminalStream:
    """The part of a text stream that exports write to."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text without what steers the terminal."""
        return self._stream.write(printable(text))


def cell_text(cell: object) -> "Text":
    """Return a cell of a table, one line without markup, emoji codes and control characters."""
    from rich.text import Text

    return Text("" if cell is None else printable(str(cell), keep_lines=False))


def hours_minutes(duration_s: int) -> str:
    """A play time, as "1,017:12 h"."""
    hours, minutes = divmod(duration_s // 60, 60)
    return _("{hours}:{minutes} h").format(hours=number(hours), minutes=f"{minutes:02d}")


def cells(*values: Any) -> list[Any]:
    """Return a row of a table, with a dash for unknown values."""
    return ["–" if value is None or value == "" else value for value in values]
