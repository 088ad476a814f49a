"""Single values of Emby and Jellyfin: ticks, dates, resolutions."""

from datetime import UTC, datetime, timedelta

from retrovue.core.sources.documents import LARGEST_NUMBER, LATEST_AT, LONGEST_MS, between

TICKS_PER_MS = 10_000
_HALF_DAY = timedelta(hours=12)
# At least this width or height has the label: wide movies are lower than their format, old ones narrower.
_LABELS = (
    (7_600, 4_200, "8K"),
    (3_800, 2_000, "4K"),
    (2_500, 1_400, "2K"),
    (1_800, 1_000, "1080p"),
    (1_200, 700, "720p"),
)


def ms_of_ticks(ticks: int | None) -> int | None:
    """Return ticks of 100 ns as milliseconds; None for nothing, zero and more than 60 days."""
    if ticks is None or ticks <= 0:
        return None
    found = ticks // TICKS_PER_MS
    return found if 0 < found <= LONGEST_MS else None


def bounded(number: int | None, lowest: int = 0) -> int | None:
    """Return a number that fits a database column and is not below `lowest`, else None."""
    return between(number, lowest, LARGEST_NUMBER)


def moment(text: str | None) -> datetime | None:
    """Return a date of the server in UTC, also one without a zone. None for "never" (year 1) and invalid dates."""
    if not text or text.startswith("0001-01-01"):
        return None
    try:
        found = datetime.fromisoformat(text.strip())
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def epoch_of(text: str | None) -> int | None:
    """Return a date of the server as epoch seconds; None as in `moment`, and for dates before 1970."""
    found = moment(text)
    return None if found is None else between(int(found.timestamp()), 0, LATEST_AT)


def day_of(text: str | None) -> str | None:
    """Return the day of a premiere, YYYY-MM-DD.

    Servers send local midnight in UTC (the 5th in Berlin is the 4th at 22:00), so it is rounded to the nearest
    midnight. Truncating would be a day early east of Greenwich.
    """
    found = moment(text)
    try:
        return None if found is None else (found + _HALF_DAY).date().isoformat()
    except OverflowError:
        return None


def iso_of(epoch: float) -> str:
    """Return epoch seconds in the format of queries, rounded down to seconds."""
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def resolution_label(width: int | None, height: int | None) -> str | None:
    """ "1080p", "4K", "SD", … for a video size; None when neither is known."""
    if not width and not height:
        return None
    for wide, high, label in _LABELS:
        if (width or 0) >= wide or (height or 0) >= high:
            return label
    return "SD"
