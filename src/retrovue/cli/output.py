"""Output of commands: results on stdout, everything else on stderr, one JSON document with `--json`."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

from retrovue.core.domain.text import json_text

if TYPE_CHECKING:
    from rich.console import Console


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
            self.stdout.write(text + "\n")

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
        from rich.text import Text

        console = Console(file=self.stdout, highlight=False, soft_wrap=True)
        table = Table(box=None, pad_edge=False, header_style="bold")
        for index, column in enumerate(columns):
            table.add_column(column, justify="right" if index in right else "left", overflow="fold")
        for row in rows:
            table.add_row(*[Text("" if cell is None else str(cell)) for cell in row])
        if not self.stdout.isatty():
            # Do not cut piped output to the width of a terminal.
            console.width = 10_000
        console.print(table)

    def note(self, text: str) -> None:
        """Print a remark on stderr; nothing with `--quiet`."""
        if not self.quiet:
            self.stderr.write(text + "\n")

    def problem(self, text: str, hint: str = "") -> None:
        """Print what went wrong and what to do on stderr, always."""
        from rich.markup import escape

        self.error_console.print(f"[bold red]{escape(text)}[/]" if self.stderr.isatty() else escape(text))
        if hint:
            self.error_console.print(escape(hint))

    def warn(self, text: str) -> None:
        """Print a partial failure on stderr, always."""
        self.stderr.write(text + "\n")


def cells(*values: Any) -> list[Any]:
    """Return a row of a table, with a dash for unknown values."""
    return ["–" if value is None or value == "" else value for value in values]
