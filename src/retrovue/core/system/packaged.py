"""The packaged program, where it differs from the one that is run from its source."""

import sys
from collections.abc import MutableMapping

is_packaged = bool(getattr(sys, "frozen", False))


def forget_start(environ: MutableMapping[str, str]) -> None:
    """Take out what PyInstaller tells processes of the same start.

    Every program that is opened inherits it: a browser would hand it on to the RetroVue that a `retrovue://` link
    starts later, and that one looks for the unpacked files of this one and ends with exit code 255 where they are gone.
    So would the window that starts itself again.
    """
    for name in [name for name in environ if name.startswith("_PYI_")]:
        del environ[name]
