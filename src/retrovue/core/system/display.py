"""Whether this computer can show a window."""

import os
import sys


def has_display() -> bool:
    """Return whether a window can be shown. Linux needs a display server in the environment. Thread: any."""
    if sys.platform in ("win32", "darwin"):
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
