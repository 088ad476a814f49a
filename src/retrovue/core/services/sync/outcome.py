"""What a sync that has just ended is said to have done: the status bar, the tray, every notice and the log agree."""

from collections.abc import Callable
from dataclasses import dataclass

from retrovue.core import i18n
from retrovue.core.domain.sync import LibraryReport, SyncOutcome, SyncReport
from retrovue.core.i18n import _, ngettext

FAILED = (SyncOutcome.FAILED, SyncOutcome.UNAVAILABLE, SyncOutcome.INCOMPLETE)


@dataclass(frozen=True)
class Said:
    """One line, whether it tells of a failure, and how many removals wait for a decision."""

    text: str
    is_failure: bool = False
    held_back: int = 0


def said_of(report: SyncReport, number: Callable[[int], str] = i18n.number) -> Said:
    """Return the line for a report.

    Args:
        number: writes a number as this person reads it.
    """

    def count(name: str) -> int:
        return sum(getattr(library, name) for library in report.libraries)

    added, updated, removed, held = (count(name) for name in ("added", "updated", "removed", "held_back"))
    failure = failure_title(report, number)
    if failure:
        words = " ".join((failure, *reasons_of(report)[:1]))
    elif report.is_canceled:
        words = _("Sync canceled")
    elif added or updated or removed:
        words = _("{added} added, {updated} updated, {removed} removed").format(
            added=number(added), updated=number(updated), removed=number(removed)
        )
    else:
        words = _("Up to date")
    if held:
        words += " · " + ngettext("{n} removal held back", "{n} removals held back", held).format(n=number(held))
    return Said(words, is_failure=bool(failure), held_back=held)


def failure_title(report: SyncReport, number: Callable[[int], str] = i18n.number) -> str:
    """What could not be synced, as one sentence; empty where all could."""
    places = failed_places(report)
    if not places:
        return _("The sync could not begin.") if could_not_begin(report) else ""
    return ngettext(
        "{places} could not be synced.", "{n} servers or libraries could not be synced: {places}.", len(places)
    ).format(places=", ".join(places[:3]) + (", …" if len(places) > 3 else ""), n=number(len(places)))


def failed_places(report: SyncReport) -> list[str]:
    """Servers and libraries that could not be read, or not wholly; of a server that failed not its libraries, too."""
    servers = {failure.server_id: failure.server for failure in report.failures if failure.server_id}
    return list(servers.values()) + [
        f"{library.server} · {library.library}"
        for library in report.libraries
        if library.outcome in FAILED and library.server_id not in servers
    ]


def reasons_of(report: SyncReport) -> list[str]:
    """Why, each once: what kept servers from being read first."""
    reasons = [failure.message for failure in report.failures]
    reasons += [library.error for library in report.libraries if library.outcome in FAILED and library.error]
    return list(dict.fromkeys(reasons))


def could_not_begin(report: SyncReport) -> bool:
    """Whether the sync failed before any server was asked."""
    return any(not failure.server_id for failure in report.failures)


def deed_of(report: LibraryReport) -> Said | None:
    """Return what became of the sync of one library, as the log keeps it; None where there is nothing to say.

    A library that was not asked any more has no line: what stopped the others has one.
    """
    match report.outcome:
        case SyncOutcome.OK:
            return Said(_synced(report)) if report.wrote else None
        case SyncOutcome.HELD_BACK:
            held = report.held_back
            waits = ngettext(
                "{n} removal is held back until you decide.", "{n} removals are held back until you decide.", held
            ).format(n=i18n.number(held))
            return Said(f"{_synced(report)} {waits}", held_back=held)
        case SyncOutcome.CANCELLED if report.wrote:
            return Said(
                _filled(_("Canceled the sync of {place}: {added} added, {updated} updated, {removed} removed."), report)
            )
        case SyncOutcome.CANCELLED if report.requests:
            return Said(_filled(_("Canceled the sync of {place} before anything changed."), report))
        case SyncOutcome.INCOMPLETE:
            said = _("Could not sync all of {place}: {added} added, {updated} updated, {removed} removed. {why}")
            return Said(_filled(said, report), is_failure=True)
        case SyncOutcome.FAILED:
            said = _("Could not sync “{server}”. {why}").format(server=_place(report), why=report.error or "")
            return Said(said.strip(), is_failure=True)
        case _:
            return None


def _synced(report: LibraryReport) -> str:
    n = report.added + report.updated + report.removed
    if not n:
        return _filled(_("Synced {place} in {seconds} s without changes."), report)
    said = ngettext(
        "Synced {n} item from {place} in {seconds} s: {added} added, {updated} updated, {removed} removed.",
        "Synced {n} items from {place} in {seconds} s: {added} added, {updated} updated, {removed} removed.",
        n,
    )
    return _filled(said, report, n)


def _filled(said: str, report: LibraryReport, n: int = 0) -> str:
    return said.format(
        n=i18n.number(n),
        place=_place(report),
        seconds=i18n.decimal(report.duration_ms / 1000, 1),
        added=i18n.number(report.added),
        updated=i18n.number(report.updated),
        removed=i18n.number(report.removed),
        why=report.error or "",
    ).strip()


def _place(report: LibraryReport) -> str:
    return f"{report.server} · {report.library}"
