"""Scripts that print what they would delete, and delete only when they are told to.

Every name is quoted so that no shell reads anything of it, and every line of a comment is one line, whatever a title
contains. Files that are not mapped, not reachable or used by something that stays are left out and named.

What sh makes of the quoting is tested in a real shell. That of PowerShell is read back by its documented rules
(about_Quoting_Rules): no PowerShell has run these scripts.
"""

from typing import TextIO

from retrovue.core.domain.path_syntax import path_kind
from retrovue.core.domain.sizes import format_size
from retrovue.core.domain.text import isoformat, printable
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.cleanup import words
from retrovue.core.services.cleanup.export import Origin
from retrovue.core.services.cleanup.going import Going, GoingFile

_SH_START = """\
set -u
delete=0
if [ "${1-}" = --delete ]; then delete=1; fi
go() {
  if [ ! -f "$1" ] || [ -L "$1" ]; then
    printf 'skipped, no longer a file: %s\\n' "$1"
  elif [ "$delete" = 1 ]; then
    rm -f -- "$1" && printf 'deleted: %s\\n' "$1"
  else
    printf 'would delete: %s\\n' "$1"
  fi
}
"""
_PS_START = """\
param([switch]$Delete)
function Go([string]$Path) {
  if (-not (Test-Path -LiteralPath $Path -PathType Leaf)) {
    Write-Output ('skipped, no longer a file: ' + $Path)
  } elseif ($Delete) {
    try {
      Remove-Item -LiteralPath $Path -Force -ErrorAction Stop
      Write-Output ('deleted: ' + $Path)
    } catch {
      Write-Output ('not deleted: ' + $Path + ': ' + $_.Exception.Message)
    }
  } else {
    Write-Output ('would delete: ' + $Path)
  }
}
"""
# PowerShell takes each of these for the end of a text in single quotes.
_PS_QUOTES = {ord(mark): mark * 2 for mark in "'\u2018\u2019\u201a\u201b"}


def sh_quoted(text: str) -> str:
    """A text that a POSIX shell takes as one word and changes nothing of."""
    return "'" + text.replace("'", "'\\''") + "'"


def ps_quoted(text: str) -> str:
    """A text that PowerShell takes as one string and changes nothing of."""
    return "'" + text.translate(_PS_QUOTES) + "'"


def write_sh(going: Going, origin: Origin, out: TextIO) -> int:
    """Write a script for sh; returns how many files it names. Write it with errors="surrogateescape"."""
    out.write("#!/bin/sh\n")
    _comments(going, origin, out, _("Run it with --delete to delete them."))
    out.write(_SH_START)
    count = 0
    for one in going.files:
        path = one.file.local_path
        if one.refusal is not None or path is None:
            _left_out(one, None if one.refusal is None else one.refusal.user_text, out)
        elif not path.startswith("/"):
            _left_out(one, _("sh cannot open it: it is a path of Windows"), out)
        else:
            _comment(out, _title(one))
            out.write(f"go {sh_quoted(path)}\n")
            count += 1
    return count


def write_powershell(going: Going, origin: Origin, out: TextIO) -> int:
    """Write a script for PowerShell; returns how many files it names. Write it with a byte order mark."""
    _comments(going, origin, out, _("Run it with -Delete to delete them."))
    out.write(_PS_START)
    count = 0
    for one in going.files:
        path = one.file.local_path
        if one.refusal is not None or path is None:
            _left_out(one, None if one.refusal is None else one.refusal.user_text, out)
        elif not _is_text(path) or path_kind(path) is None:
            _left_out(one, _("its name cannot be written in a script for PowerShell"), out)
        else:
            _comment(out, _title(one))
            out.write(f"Go {ps_quoted(path)}\n")
            count += 1
    return count


def _is_text(path: str) -> bool:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _comments(going: Going, origin: Origin, out: TextIO, how: str) -> None:
    files = sum(one.refusal is None for one in going.files)
    text = ngettext("{n} file, {size}.", "{n} files, {size}.", files)
    _comment(out, _("Clean-up list of RetroVue, made {at}").format(at=isoformat(origin.made_at)))
    _comment(out, _("Rule: {rule}").format(rule=origin.rule))
    for data in origin.data:
        known = _("{server} · {library}: synced {synced}, plays known since {since}, all of it until {until}")
        never = _("never")
        _comment(
            out,
            known.format(
                server=data.server,
                library=data.library,
                synced=isoformat(data.synced_at) or never,
                since=isoformat(data.history_from) or never,
                until=isoformat(data.known_until) or never,
            ),
        )
    _comment(out, text.format(n=files, size=format_size(going.gain_bytes)))
    _comment(out, _("This script only prints which files it would delete.") + " " + how)


def _title(one: GoingFile) -> str:
    return f"{words.full_title(one.unit)} · {format_size(one.file.size_bytes)}"


def _left_out(one: GoingFile, reason: str | None, out: TextIO) -> None:
    path = one.file.local_path or one.file.server_path
    _comment(out, _("Left out: {path} ({why})").format(path=path, why=reason or ""))


def _comment(out: TextIO, text: str) -> None:
    # One line: what follows a line break would be run.
    plain = printable(text, keep_lines=False).encode("utf-8", "replace").decode("utf-8")
    out.write(f"# {plain}\n")
