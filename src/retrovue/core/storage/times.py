"""Epoch seconds in the tables, aware UTC datetimes outside."""

from datetime import UTC, datetime


def to_datetime(epoch_s: int | None) -> datetime | None:
    """The instant of an epoch column; None stays None, an absurd number becomes None."""
    if epoch_s is None:
        return None
    try:
        return datetime.fromtimestamp(epoch_s, UTC)
    except (OverflowError, OSError, ValueError):
        return None
