"""The time that "today" and "3 days ago" are reckoned from on this page."""

from datetime import UTC, datetime


def now() -> datetime:
    """The time now."""
    return datetime.now(UTC)
