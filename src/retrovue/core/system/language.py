"""The language of the program: from the setting, else from the system, else English."""

import locale
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from retrovue.core import i18n
from retrovue.core.system.files import read_private_json
from retrovue.core.system.resources import resource_path

VARIABLE = "RETROVUE_LANGUAGE"
FOLDER_VARIABLE = "RETROVUE_TRANSLATIONS"
"""The environment variable of a folder with translations to try instead of the built-in ones."""
# In the order of GNU gettext. Only LANGUAGE is a list.
_SYSTEM_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def speak(setting: str, environ: Mapping[str, str] | None = None) -> str:
    """Use the language of `setting` ("de"), or the system's when it is empty. Fall back to English.

    Returns:
        The language in use, such as "en". Thread: any.
    """
    variables = os.environ if environ is None else environ
    wanted = [setting] if setting else system_languages(variables)
    try:
        folder = Path(variables.get(FOLDER_VARIABLE) or resource_path("translations"))
    except FileNotFoundError:
        folder, wanted = Path(), []
    for language in wanted:
        # English has no file. Stop here, or the next language of the list would win.
        if language.partition("_")[0].partition("-")[0].lower() in ("en", "c", "posix"):
            break
        if i18n.set_language(language.replace("-", "_"), folder):
            return i18n.language()
    i18n.set_language(None, Path())
    return i18n.language()


def chosen_language(settings_file: Path, environ: Mapping[str, str]) -> str:
    """Return the language of the environment or the settings file; empty for the system's.

    Texts are needed before the settings are opened. Opening writes a file; this only reads.
    """
    if VARIABLE in environ:
        return environ[VARIABLE].strip()
    try:
        stored = read_private_json(settings_file).get("language")
    except (OSError, ValueError):
        # `SettingsStore` reports a damaged file when it is opened.
        return ""
    return stored if isinstance(stored, str) else ""


def system_languages(environ: Mapping[str, str]) -> list[str]:
    """Return the preferred languages of the system, best first."""
    named = next((environ[name] for name in _SYSTEM_VARIABLES if environ.get(name)), "")
    if named:
        return [part.partition(".")[0].partition("@")[0] for part in named.split(":") if part]
    if sys.platform == "win32":
        import ctypes

        # Python's locale is called "German_Germany" on Windows, and no translation has that name.
        number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return [locale.windows_locale.get(number, "en")]
    if sys.platform == "darwin":
        return _macos_languages()
    return []


def _macos_languages() -> list[str]:
    """Return the languages of the macOS preferences: the Finder sets no variables for a program it starts."""
    try:
        done = subprocess.run(
            ["defaults", "read", "-g", "AppleLanguages"], capture_output=True, text=True, timeout=2, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return re.findall(r"[A-Za-z]{2,3}(?:-[A-Za-z]+)*", done.stdout)


def translations() -> list[str]:
    """Return the languages with a translation, such as ["de"]."""
    return sorted(path.parts[-3] for path in resource_path("translations").glob(f"*/LC_MESSAGES/{i18n.DOMAIN}.mo"))
