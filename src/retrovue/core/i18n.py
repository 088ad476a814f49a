"""Translation of all user-facing texts of core, cli and gui, with one gettext catalog.

`_` and `ngettext` look up the translation at call time, so a new language applies to all later calls. Without a
catalog the English source text is returned.
"""

import gettext as _gettext
import threading
from datetime import date
from pathlib import Path

DOMAIN = "retrovue"

_WITH_COMMAS = frozenset({"de"})
"""Languages with a decimal comma, and points between thousands."""
_SWAPPED = str.maketrans(",.", ".,")

_lock = threading.Lock()
_current: _gettext.NullTranslations = _gettext.NullTranslations()
_language = "en"


def set_language(language: str | None, locale_dir: Path) -> bool:
    """Use the catalog of `language` (such as "de") below `locale_dir`; None is English.

    Returns:
        Whether a catalog was found. Without one, English is used. Thread: any.
    """
    global _current, _language
    translations: _gettext.NullTranslations = _gettext.NullTranslations()
    if language is not None:
        translations = _gettext.translation(DOMAIN, locale_dir, languages=[language], fallback=True)
    found = isinstance(translations, _gettext.GNUTranslations)
    with _lock:
        _current = translations
        _language = language if found and language is not None else "en"
    return found


def language() -> str:
    """Return the language in use, such as "de"; "en" without a catalog. Thread: any."""
    return _language


def _(message: str) -> str:
    """Return the translation of `message` in the current language. Thread: any."""
    return _current.gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Return the plural form for `count`, with its placeholders. Thread: any."""
    return _current.ngettext(singular, plural, count)


def number(value: int) -> str:
    """Return a whole number as the current language groups it: "12,300", "12.300". Thread: any."""
    return decimal(value, 0)


def decimal(value: float, digits: int) -> str:
    """Return a number with so many decimals as the current language writes it: "1,234.5", "1.234,5". Thread: any."""
    written = f"{value:,.{digits}f}"
    return written.translate(_SWAPPED) if _language in _WITH_COMMAS else written


def written_date(day: date) -> str:
    """Return a day as the current language writes it in a sentence: "1 January 2021". Thread: any."""
    months = (
        _("January"),
        _("February"),
        _("March"),
        _("April"),
        _("May"),
        _("June"),
        _("July"),
        _("August"),
        _("September"),
        _("October"),
        _("November"),
        _("December"),
    )
    return _("{day} {month} {year}").format(day=day.day, month=months[day.month - 1], year=day.year)
