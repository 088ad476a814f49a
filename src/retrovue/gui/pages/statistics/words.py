"""What the Statistics page calls days, hours, weekdays, streams and amounts."""

from datetime import date, datetime, tzinfo

from PySide6.QtCore import QLocale

from retrovue.core.domain.days import DayRange
from retrovue.core.domain.statistics import STOPPED_AT, Key, View
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text

_SHORT = QLocale.FormatType.ShortFormat


def day_and_time(at: int, zone: tzinfo, *, with_year: bool = False) -> str:
    """ "Sat 14 Feb, 21:10", "14 Feb 2025, 21:10"."""
    local = datetime.fromtimestamp(at, zone)
    day = text.short_date(local.date(), year=True) if with_year else text.weekday_date(local.date())
    return f"{day}, {local:%H:%M}"


def needs_year(days: DayRange) -> bool:
    """Whether a day of the range is not named by day and month alone."""
    return days.first is None or days.last is None or days.first.year != days.last.year


def range_words(days: DayRange) -> str:
    """ "8 Feb – 9 Mar 2026"; years only where they are needed."""
    first, last = days.first, days.last
    if first is None or last is None:
        return _("All time")
    if first == last:
        return text.short_date(first, year=True)
    return f"{text.short_date(first, year=first.year != last.year)} – {text.short_date(last, year=True)}"


def since_words(days: DayRange) -> str:
    """ "Since 30 Nov 2024": all time, in few words."""
    assert days.first is not None
    return _("Since {day}").format(day=text.short_date(days.first, year=True))


def label_of(view: View, key: Key) -> tuple[str, str]:
    """(on the axis, in full) of a row."""
    if key is None or key == "":
        return _("Not known"), _("Not known")
    match view:
        case View.DAYS:
            day = date.fromisoformat(str(key))
            return text.short_date(day), text.long_date(day)
        case View.MONTHS:
            first = date.fromisoformat(f"{key}-01")
            month = QLocale().standaloneMonthName(first.month, _SHORT)
            return f"{month} {first.year}", text.full_month(first)
        case View.WEEKDAYS:
            return QLocale().standaloneDayName(int(key), _SHORT), QLocale().standaloneDayName(int(key))
        case View.HOURS:
            return f"{int(key):02}", _("{hour}:00 to {hour}:59").format(hour=f"{int(key):02}")
        case View.STREAMS:
            return (stream_word(str(key)),) * 2
        case View.COMPLETION:
            return completion_words(str(key))
        case _:
            return str(key), str(key)


def stream_word(decision: str | None) -> str:
    """The word of a stream decision."""
    words = {
        "direct_play": _("Direct play"),
        "direct_stream": _("Direct stream"),
        "transcode": _("Transcode"),
        None: _("Not known"),
    }
    return words.get(decision, str(decision))


def completion_words(key: str) -> tuple[str, str]:
    """How far plays got, short and whole."""
    if key == "watched":
        return (_("Watched"),) * 2
    short = STOPPED_AT.get(key, key)
    return short, _("Stopped at {range}").format(range=short)


def plays_count(count: int) -> str:
    """ "612 plays"."""
    return ngettext("{n} play", "{n} plays", count).format(n=text.number(count))


def users_count(count: int) -> str:
    """ "12 users"."""
    return ngettext("{n} user", "{n} users", count).format(n=text.number(count))


def duration(seconds: int) -> str:
    """ "4 h 12 min", "45 min"."""
    hours, minutes = divmod(round(max(0, seconds) / 60), 60)
    if hours:
        return _("{hours} h {minutes} min").format(hours=text.number(hours), minutes=f"{minutes:02}")
    return _("{n} min").format(n=minutes)


def change_words(change: float | None) -> str:
    """ "▲ 8 %", "▼ 12 %", "± 0 %"; nothing where there is nothing to compare with."""
    if change is None:
        return ""
    percent = round(abs(change) * 100)
    sign = "±" if percent == 0 else ("▲" if change > 0 else "▼")
    return f"{sign} {text.number(percent)} %"
