"""The record of notices, which the window lists as alerts."""

from collections.abc import Iterable

from retrovue.core.domain.notices import StoredNotice
from retrovue.core.host import Host
from retrovue.core.services.monitor.notices.flow import Told


def add(host: Host, told: Iterable[Told]) -> None:
    """Store notices, unread."""
    for one in told:
        host.notices.add(
            at=int(one.at.timestamp()),
            event=one.notice.event,
            server_id=one.notice.server_id,
            title=one.notice.title,
            body=one.notice.body,
        )


def recent(host: Host) -> list[StoredNotice]:
    """Return the latest notices, newest first."""
    return host.notices.recent()


def unread(host: Host) -> int:
    """Return how many notices were not read yet."""
    return host.notices.unread()


def mark_read(host: Host, notice_id: int | None = None) -> None:
    """Note that a notice, or every one, was read."""
    host.notices.mark_read(now=host.clock.epoch(), notice_id=notice_id)
