"""Which computer this is, for catalogs that several computers share.

The ID is random and is kept in the profile, under a mark of the machine. A profile that is copied to another computer,
or carried between two on a stick, has an ID for each of them, so that neither takes the path rules of the other.
"""

import ctypes
import hashlib
import logging
import platform
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

from retrovue.core.domain.computers import Computer
from retrovue.core.domain.errors import ReadOnlyError
from retrovue.core.i18n import _
from retrovue.core.system.files import read_private_json, write_private_json

log = logging.getLogger(__name__)

COMPUTER_FILE = "computer.json"
_LINUX_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_PLATFORMS = {"win32": "Windows", "darwin": "macOS"}


def this_computer(folder: Path, *, machine: Callable[[], str | None] | None = None) -> Computer:
    """Return this computer as the profile in `folder` knows it. The first call on a computer makes its ID.

    Callers hold a lock: two processes that start together must not make two IDs. Thread: any.

    Args:
        machine: the system's own ID of the machine, for tests.

    Raises:
        ReadOnlyError: a new ID cannot be stored.
    """
    path = folder / COMPUTER_FILE
    known = _stored(path)
    mark = _mark((machine or machine_id)())
    own = known.get(mark)
    if own is None:
        own = known[mark] = uuid.uuid4().hex
        _store(path, known)
    return Computer(own, platform.node() or own[:8], _PLATFORMS.get(sys.platform, "Linux"))


def machine_id() -> str | None:
    """Return the system's own ID of this machine, which a copied folder does not take along, or None."""
    if sys.platform == "win32":
        return _windows_id()
    if sys.platform == "darwin":
        return _mac_id()
    for path in _LINUX_FILES:
        try:
            text = path.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            continue
        # systemd writes "uninitialized" into images that have not started yet.
        if text and text != "uninitialized":
            return text
    return None


def _mark(machine: str | None) -> str:
    """systemd asks programs to keep a hash of the machine ID with a salt of their own, never the ID (machine-id(5))."""
    return "unknown" if machine is None else hashlib.sha256(f"retrovue:{machine}".encode()).hexdigest()[:32]


def _stored(path: Path) -> dict[str, str]:
    try:
        content = read_private_json(path).get("computers", {})
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read (%s); this computer gets another ID", path, type(error).__name__)
        return {}
    pairs = content.items() if isinstance(content, dict) else ()
    return {str(mark): own for mark, own in pairs if isinstance(own, str) and own}


def _store(path: Path, known: dict[str, str]) -> None:
    try:
        write_private_json(path, {"computers": known})
    except OSError as error:
        raise ReadOnlyError(
            _("The ID of this computer cannot be saved: {path}").format(path=path),
            hint=_("Check the permissions and free space of the data folder."),
            detail=f"{type(error).__name__}: {error.strerror}",
        ) from error


if sys.platform == "win32":
    import winreg

    def _windows_id() -> str | None:
        try:
            # The 64-bit view: a 32-bit Python would otherwise read another key.
            access = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography", 0, access) as key:
                return str(winreg.QueryValueEx(key, "MachineGuid")[0])
        except OSError:
            return None


def _mac_id() -> str | None:
    """gethostuuid(2) gives the ID of the hardware."""
    try:
        ask = ctypes.CDLL(None).gethostuuid
    except (OSError, AttributeError):
        return None
    answer = (ctypes.c_ubyte * 16)()
    wait = (ctypes.c_long * 2)(1, 0)
    return uuid.UUID(bytes=bytes(answer)).hex if ask(answer, wait) == 0 else None
