"""The folders for data, logs, cache, backups and locks."""

import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from retrovue.core.domain.errors import ReadOnlyError
from retrovue.core.i18n import _

APP_NAME = "RetroVue"
DATA_DIR_VARIABLE = "RETROVUE_DATA_DIR"
CATALOG_NAME = "retrovue.db"
PORTABLE_NAME = "retrovue-data"

_NETWORK_TYPES = frozenset(
    "9p afpfs afs beegfs ceph cifs davfs fuse.davfs2 fuse.glusterfs fuse.rclone fuse.sshfs glusterfs lustre ncpfs nfs "
    "nfs4 smb3 smbfs webdav".split()
)
_WINDOWS_REMOTE_DRIVE = 4


@dataclass(frozen=True, slots=True)
class AppDirs:
    """The folders of one profile."""

    data_dir: Path
    log_dir: Path
    cache_dir: Path
    backup_dir: Path
    lock_dir: Path

    @property
    def catalog(self) -> Path:
        """Return the path of the database file."""
        return self.data_dir / CATALOG_NAME

    @property
    def settings_file(self) -> Path:
        """Return the path of the settings file."""
        return self.data_dir / "settings.json"

    @property
    def waiting_plays(self) -> Path:
        """Return the path of the plays that could not be stored yet."""
        return self.data_dir / "waiting-plays.json"

    def private_files(self) -> list[Path]:
        """The files of this profile that only this user may read; a folder that was named may have others, too."""
        patterns = (
            f"{CATALOG_NAME}*",
            "settings.json*",
            "secrets.json*",
            "computer.json",
            "waiting-plays.json",
            "window.ini",
            "views.ini",
            "crash.txt",
        )
        ours = [path for pattern in patterns for path in self.data_dir.glob(pattern)]
        return [*ours, *self.backup_dir.glob("retrovue-*.db")]

    def is_open_to_others(self) -> bool:
        """Whether other users of this computer can put files into the data folder, or take ours away."""
        if os.name == "nt":
            return False
        mode = self.data_dir.stat().st_mode
        return bool(mode & 0o002) and not mode & stat.S_ISVTX

    def open_words(self) -> str:
        """What to do about a folder that is open to others."""
        return _(
            "Other users of this computer can change files in {path}. Take their permission to write away."
        ).format(path=self.data_dir)

    def create(self) -> "AppDirs":
        """Create the missing folders, readable by this user only.

        Raises:
            ReadOnlyError: one cannot be created.
        """
        for directory in (self.data_dir, self.log_dir, self.cache_dir, self.backup_dir, self.lock_dir):
            try:
                directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise ReadOnlyError(
                    _("Could not create this folder: {path}").format(path=directory),
                    hint=_("Check the permissions of the folder above it, or choose another folder."),
                    command_hint=_(
                        "Check the permissions of the folder above it, or choose another one with --data-dir."
                    ),
                    detail=f"{type(error).__name__}: {error}",
                ) from error
        return self


def resolve_dirs(data_dir: Path | None = None, environ: Mapping[str, str] | None = None) -> AppDirs:
    """Return the folders of a profile: in `data_dir`, else in RETROVUE_DATA_DIR, else in a portable folder, else where
    the system keeps such data.

    A profile with its own folder is completely inside it, with logs and cache, so that it can be copied or deleted in
    one piece. Nothing is created. Thread: any.
    """
    environment = os.environ if environ is None else environ
    named = data_dir
    if named is None:
        value = environment.get(DATA_DIR_VARIABLE, "").strip()
        named = Path(value) if value else portable_folder(environment)
    if named is not None:
        root = Path(os.path.abspath(named.expanduser()))  # noqa: PTH100  # resolve() would follow links
        return AppDirs(root, root / "logs", root / "cache", root / "backups", root / "locks")
    # appauthor=False: no second folder level with the author's name on Windows.
    root = Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))
    return AppDirs(
        data_dir=root,
        log_dir=Path(platformdirs.user_log_dir(APP_NAME, appauthor=False)),
        cache_dir=Path(platformdirs.user_cache_dir(APP_NAME, appauthor=False)),
        backup_dir=root / "backups",
        lock_dir=root / "locks",
    )


def portable_folder(environ: Mapping[str, str], program: Path | None = None) -> Path | None:
    """Return the folder `retrovue-data` beside the packaged program, or None where there is none.

    Whoever makes this folder wants everything in it: on a stick, say. An AppImage is mounted elsewhere at each start,
    so its file is read from the variable APPIMAGE.

    Args:
        program: the executable, for tests; else this one, if it is packaged.
    """
    if program is None:
        if not getattr(sys, "frozen", False):
            return None
        program = Path(environ.get("APPIMAGE") or sys.executable)
    folder = program.parent / PORTABLE_NAME
    return folder if folder.is_dir() else None


def is_network_path(path: Path) -> bool:
    """Return whether `path` is on a network share, where SQLite's write-ahead log is not safe. Thread: any."""
    if sys.platform == "win32":
        return _is_windows_remote(path)
    mounts = _mac_mounts() if sys.platform == "darwin" else _linux_mounts()
    return network_type(path, mounts) is not None


def network_type(path: Path, mounts: Mapping[str, str]) -> str | None:
    """Return the type of the network file system of `path`, or None for a local disk."""
    best, kind = -1, ""
    real = path.expanduser().resolve()
    for point, file_system in mounts.items():
        mount = Path(point)
        if (real == mount or mount in real.parents) and len(mount.parts) > best:
            best, kind = len(mount.parts), file_system
    return kind if kind.lower() in _NETWORK_TYPES else None


def _linux_mounts() -> dict[str, str]:
    try:
        text = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return {}
    mounts: dict[str, str] = {}
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) > 2:
            # The kernel writes spaces in mount points as octal escapes.
            point = fields[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
            mounts[point] = fields[2]
    return mounts


def _mac_mounts() -> dict[str, str]:
    try:
        done = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return {}
    mounts: dict[str, str] = {}
    for line in done.stdout.splitlines():
        _device, found, rest = line.partition(" on ")
        point, opened, options = rest.rpartition(" (")
        if found and opened:
            mounts[point] = options.split(",", 1)[0].rstrip(")")
    return mounts


def _is_windows_remote(path: Path) -> bool:
    drive = path.drive
    if drive.startswith("\\\\"):
        return True
    if sys.platform == "win32" and drive:
        import ctypes

        return bool(ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == _WINDOWS_REMOTE_DRIVE)
    return False
