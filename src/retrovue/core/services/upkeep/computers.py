"""The computers of a catalog: listed, renamed, forgotten."""

from collections.abc import Sequence
from datetime import UTC, datetime

from retrovue.core.context import AppContext
from retrovue.core.domain.computers import KnownComputer
from retrovue.core.storage.computers import ForgottenComputer as ForgottenComputer


def known(host: AppContext) -> Sequence[KnownComputer]:
    """Return every computer of this catalog, this one first."""
    return host.computers.all()


def shared_now(host: AppContext) -> datetime:
    """Return the time by the clock that says when computers were seen: the server's, for a catalog on a server."""
    return datetime.fromtimestamp(host.database.now(host.clock.epoch()), UTC)


def rename(host: AppContext, computer: KnownComputer, name: str) -> None:
    """Give a computer another name; a blank one changes nothing."""
    if name.strip():
        host.computers.rename(computer.id, name.strip())


def forget(host: AppContext, computer: KnownComputer) -> ForgottenComputer | None:
    """Delete another computer with its rules, disks and checks. None: it is gone already, or it is this one.

    Returns:
        What `restore` brings back.
    """
    return host.computers.forget(computer.id)


def restore(host: AppContext, forgotten: ForgottenComputer) -> None:
    """Bring a forgotten computer back with what belonged to it."""
    host.computers.restore(forgotten)
