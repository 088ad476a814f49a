"""One gettext catalog for every user-facing text of core, cli and gui.

`_` and `ngettext` look the translation up at call time, so a language set later applies to every text
asked for from then on. Without a catalog the English source text is returned.
"""

import gettext as _gettext
import threading
from pathlib import Path

DOMAIN = "retrovue"

_lock = threading.Lock()
_current: _gettext.NullTranslations = _gettext.NullTranslations()
_language = "en"


def set_language(language: str | None, locale_dir: Path) -> bool:
    """Use the catalog of `language` (such as "de") below `locale_dir`; None is English.

    Returns:
        Whether a catalog was found. Without one English is used. Thread: any.
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
    """The language in use, such as "de"; "en" without a catalog. Thread: any."""
    return _language


def _(message: str) -> str:
    """The translation of `message` in the current language. Thread: any."""
    return _current.gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The plural form that `count` asks for, still holding its placeholders. Thread: any."""
    return _current.ngettext(singular, plural, count)
