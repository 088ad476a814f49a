"""Numbers, sizes and times as people read them, in the language of the system."""

from datetime import date, datetime, timedelta

from PySide6.QtCore import QDate, QDateTime, QLocale

from retrovue.core.i18n import _, language, ngettext

DASH = "–"
_LONG_AGO = timedelta(days=300)
"""Before this, a day and a month alone could be those of another year."""
_UNITS = ("B", "KB", "MB", "GB", "TB", "PB")


def number(value: int) -> str:
    """ "12,300"."""
    return QLocale().toString(value)


def size(size_bytes: int | None) -> str:
    """ "8.1 GB" in powers of 1,000, as disks are sold; a dash for an unknown size."""
    if size_bytes is None:
        return DASH
    value = float(size_bytes)
    for unit in _UNITS:
        if abs(value) < 1000 or unit == _UNITS[-1]:
            digits = 0 if unit in ("B", "KB") or abs(value) >= 100 else 1
            return f"{QLocale().toString(value, 'f', digits)} {unit}"
        value /= 1000
    return DASH


def inside(name: str) -> str:
    """A heading or label in the middle of a sentence: in small letters, but for German with its nouns."""
    return name if language().startswith("de") else name.lower()


def minutes(duration_ms: int | None) -> str:
    """ "52 min"; a dash for an unknown length."""
    if not duration_ms:
        return DASH
    return _("{n} min").format(n=number(max(1, round(duration_ms / 60_000))))


def seconds(duration_s: float) -> str:
    """ "0.9 s", "2 min 5 s"."""
    if duration_s < 60:
        return _("{n} s").format(n=QLocale().toString(duration_s, "f", 1 if duration_s < 10 else 0))
    whole = round(duration_s)
    return _("{minutes} min {seconds} s").format(minutes=whole // 60, seconds=whole % 60)


def exact(moment: datetime | None) -> str:
    """The instant in local time, with seconds; for tooltips."""
    if moment is None:
        return _("never")
    local = QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))
    return QLocale().toString(local, QLocale.FormatType.LongFormat)


def when(moment: datetime | None, now: datetime) -> str:
    """Return "today, 18:02", "yesterday, 18:02", "14 Feb" or "14 Feb 2024", for the middle of a sentence."""
    if moment is None:
        return DASH
    local, today = moment.astimezone(), now.astimezone()
    clock = local.strftime("%H:%M")
    days = (today.date() - local.date()).days
    if days == 0:
        return _("today, {time}").format(time=clock)
    if days == -1:
        return _("tomorrow, {time}").format(time=clock)
    if days == 1:
        return _("yesterday, {time}").format(time=clock)
    return day(moment, now)


def last_synced(moment: datetime | None, now: datetime) -> str:
    """When something was synced last, in the one wording that every page has."""
    if moment is None:
        return _("Never synced")
    return _("Last synced {when}").format(when=when(moment, now))


def sync_plan(schedule: str, hours: int) -> str:
    """What the setting `sync_schedule` does by itself, in words."""
    match schedule:
        case "every":
            return ngettext("Every hour", "Every {n} hours", hours).format(n=hours)
        case "at_start":
            return _("At startup")
        case _:
            return _("Manual only")


def when_cell(moment: datetime | None, now: datetime) -> str:
    """Return `when` for a cell or label of its own: "Today, 18:02"."""
    said = when(moment, now)
    return said[:1].upper() + said[1:]


def clock_or_day(moment: datetime | None, now: datetime) -> str:
    """ "18:02" for today, else "14 Feb": the short form for narrow columns, with the year only of what is long ago."""
    if moment is None:
        return DASH
    local, passed = moment.astimezone(), now - moment
    if local.date() == now.astimezone().date():
        return local.strftime("%H:%M")
    return short_date(local.date(), year=passed > _LONG_AGO)


def day(moment: datetime | None, now: datetime) -> str:
    """ "14 Feb", or with the year when it is not this one."""
    if moment is None:
        return DASH
    local = moment.astimezone()
    return short_date(local.date(), year=local.year != now.astimezone().year)


def short_date(day: date, *, year: bool = False) -> str:
    """ "14 Feb", "14 Feb 2024"."""
    return _written(day, _("d MMM yyyy") if year else _("d MMM"))


def weekday_date(day: date) -> str:
    """ "Sat 14 Feb"."""
    return _written(day, _("ddd d MMM"))


def long_date(day: date) -> str:
    """ "Sat 14 February 2026"."""
    return _written(day, _("ddd d MMMM yyyy"))


def full_date(day: date, *, year: bool = False) -> str:
    """ "Saturday 14 February", "Saturday 14 February 2026"."""
    return _written(day, _("dddd d MMMM yyyy") if year else _("dddd d MMMM"))


def short_month(day: date) -> str:
    """ "Feb 2024"."""
    return _written(day, "MMM yyyy")


def full_month(day: date) -> str:
    """ "February 2026"."""
    return _written(day, "MMMM yyyy")


def _written(day: date, pattern: str) -> str:
    # The patterns are texts: where a day is an ordinal number, it takes a point, which no pattern of QLocale adds.
    return QLocale().toString(QDate(day.year, day.month, day.day), pattern)


def ago(moment: datetime | None, now: datetime) -> str:
    """ "just now", "3 minutes ago", "2 days ago"; "never" without a moment."""
    if moment is None:
        return _("never")
    passed = max(timedelta(0), now - moment)
    if passed < timedelta(minutes=1):
        return _("just now")
    if passed < timedelta(hours=1):
        n = passed.seconds // 60
        return ngettext("{n} minute ago", "{n} minutes ago", n).format(n=n)
    if passed < timedelta(days=1):
        n = passed.seconds // 3600
        return ngettext("{n} hour ago", "{n} hours ago", n).format(n=n)
    return ngettext("{n} day ago", "{n} days ago", passed.days).format(n=number(passed.days))
