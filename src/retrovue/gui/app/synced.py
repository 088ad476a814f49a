"""What a sync that has just ended is said to have done, in one line: the status bar, the tray and the notice agree."""

from dataclasses import dataclass

from retrovue.core.domain.sync import SyncOutcome, SyncReport
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.sync.outcome import failure_title, reasons_of


@dataclass(frozen=True)
class Said:
    """One line, whether it tells of a failure, and how many removals wait for a decision."""

    text: str
    is_failure: bool = False
    held_back: int = 0


def said_of(report: SyncReport) -> Said:
    """The line for a report."""

    def count(name: str) -> int:
        return sum(getattr(library, name) for library in report.libraries)

    added, updated, removed, held = (count(name) for name in ("added", "updated", "removed", "held_back"))
    failure = failure_title(report)
    if failure:
        words = " ".join((failure, *reasons_of(report)[:1]))
    elif any(library.outcome is SyncOutcome.CANCELLED for library in report.libraries):
        words = _("Sync canceled")
    elif added or updated or removed:
        words = _("{added} added, {updated} updated, {removed} removed").format(
            added=text.number(added), updated=text.number(updated), removed=text.number(removed)
        )
    else:
        words = _("Up to date")
    if held:
        words += " · " + ngettext("{n} removal held back", "{n} removals held back", held).format(n=text.number(held))
    return Said(words, is_failure=bool(failure), held_back=held)
