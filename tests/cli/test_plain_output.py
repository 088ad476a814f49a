"""Titles and names from servers reach the terminal as text: nothing in them steers it."""

import io
import json
from typing import Any

import pytest

from retrovue.cli.output import Output
from retrovue.core.domain.text import json_text, printable

ODD = "A\x1b]0;owned\x07B\x9b2J\u202egnp.exe\u2066 [red]x[/red] :AB: :smile:\x7f"
PLAIN = "A ]0;owned B 2Jgnp.exe [red]x[/red] :AB: :smile: "


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_whatever_is_printed_is_plain(stream: Any) -> None:
    out, err = stream(), stream()
    output = Output(out, err, as_json=False, quiet=False)
    output.line(ODD)
    output.note(ODD)
    output.warn(ODD)
    output.problem(ODD, ODD)
    output.table(["Title"], [[ODD], ["two\nlines"]])
    said = out.getvalue() + err.getvalue()
    for bad in ("\x1b]", "\x07", "\x9b", "\u202e", "\u2066", "\x7f", "\U0001f604", "\U0001f18e"):
        assert bad not in said
    assert said.replace("\n", "").count(":AB: :smile:") == 6
    assert said.count("[red]x[/red]") == 6
    assert "two lines" in said


def test_json_says_the_same_without_control_characters() -> None:
    for text in (ODD, "plain\x7f", "é\u2028"):
        written = json_text({"title": text})
        assert json.loads(written) == {"title": text}
        assert written.isprintable()


def test_an_export_to_a_terminal_is_plain_and_to_a_pipe_exact() -> None:
    for stream, expected in ((Terminal(), PLAIN), (io.StringIO(), ODD)):
        Output(stream, io.StringIO(), as_json=False, quiet=False).data().write(ODD)
        assert stream.getvalue() == expected


def test_our_own_line_breaks_stay_and_scripts_of_all_kinds_too() -> None:
    assert printable("a\nb\tc") == "a\nb\tc"
    assert printable("a\nb", keep_lines=False) == "a b"
    for text in ("Amélie", "שלום", "مرحبا", "👨‍👩‍👧", "日本語"):
        assert printable(text) == text
