"""The packaged program, where it differs from the one that is run from its source."""

import os
import sys
from collections.abc import Mapping, MutableMapping

is_packaged = bool(getattr(sys, "frozen", False))
QT_FOLDERS = ("QT_PLUGIN_PATH", "QML2_IMPORT_PATH")


def forget_start(environ: MutableMapping[str, str]) -> None:
    """Take out what PyInstaller tells processes of the same start.

    Every program that is opened inherits it: a browser would hand it on to the RetroVue that a `retrovue://` link
    starts later, and that one looks for the unpacked files of this one and ends with exit code 255 where they are gone.
    So would the window that starts itself again.
    """
    for name in [name for name in environ if name.startswith("_PYI_")]:
        del environ[name]


def keep_own_plugins(environ: MutableMapping[str, str]) -> None:
    """Put aside where the system has plugins for Qt, before Qt is loaded: those are of another version than ours.

    Linux only. Elsewhere PyInstaller has replaced these by our folders (`build_installer.spec`).
    """
    for name in QT_FOLDERS:
        if name in environ:
            environ[f"{name}_ORIG"] = environ.pop(name)


def find_zones(folder: str, path: list[str]) -> None:
    """Let Python find the time zones that are packed, for a system that has none.

    They are one archive, which `tools/package/slim.py` makes.
    """
    path.append(os.path.join(folder, "tzdata.zip"))  # noqa: PTH118 - pathlib is not loaded for --version


def child_environment() -> dict[str, str]:
    """The environment for programs of the system that are started."""
    return clean_environment(os.environ) if is_packaged else dict(os.environ)


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment that the packaged program was started with, for programs of the system.

    Its library path would break them, and so would its plugins: players and file managers use Qt as well, in another
    version.
    """
    clean = dict(environ)
    forget_start(clean)
    for name in ("LD_LIBRARY_PATH", *QT_FOLDERS):
        original = clean.pop(f"{name}_ORIG", None)
        clean.pop(name, None)
        if original:
            clean[name] = original
    return clean
