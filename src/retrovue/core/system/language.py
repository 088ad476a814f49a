"""Which language the program speaks: the setting's, else the system's, else English."""

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
"""A folder of translations to use in place of the program's own, for trying one out."""
# In the order in which GNU gettext asks them; only LANGUAGE is a list.
_SYSTEM_VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def speak(setting: str, environ: Mapping[str, str] | None = None) -> str:
    """Use the language of `setting` ("de"), or the system's when it is empty; English where there is no translation.

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
        # English needs no translation: whoever prefers it to German must not get German.
        if language.partition("_")[0].partition("-")[0].lower() in ("en", "c", "posix"):
            break
        if i18n.set_language(language.replace("-", "_"), folder):
            return i18n.language()
    i18n.set_language(None, Path())
    return i18n.language()


def chosen_language(settings_file: Path, environ: Mapping[str, str]) -> str:
    """What the environment or a settings file asks for, empty for the system's language.

    Texts are needed before the settings are opened, which writes a file; this only looks.
    """
    if VARIABLE in environ:
        return environ[VARIABLE].strip()
    try:
        stored = read_private_json(settings_file).get("language")
    except (OSError, ValueError):
        # The settings themselves say what is wrong with them, once they are opened.
        return ""
    return stored if isinstance(stored, str) else ""


def system_languages(environ: Mapping[str, str]) -> list[str]:
    """The languages that the system prefers, the best first."""
    named = next((environ[name] for name in _SYSTEM_VARIABLES if environ.get(name)), "")
    if named:
        return [part.partition(".")[0].partition("@")[0] for part in named.split(":") if part]
    if sys.platform == "win32":
        import ctypes

        # Python's own locale is called "German_Germany" on Windows, which no catalog is.
        number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return [locale.windows_locale.get(number, "en")]
    if sys.platform == "darwin":
        return _macos_languages()
    return []


def _macos_languages() -> list[str]:
    """A program started from the Finder has no variables: the languages are in the preferences."""
    try:
        done = subprocess.run(
            ["defaults", "read", "-g", "AppleLanguages"], capture_output=True, text=True, timeout=2, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return re.findall(r"[A-Za-z]{2,3}(?:-[A-Za-z]+)*", done.stdout)


def translations() -> list[str]:
    """The languages that there is a translation for, such as ["de"]."""
    return sorted(path.parts[-3] for path in resource_path("translations").glob(f"*/LC_MESSAGES/{i18n.DOMAIN}.mo"))
