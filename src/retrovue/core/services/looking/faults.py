"""Why a file has its state, and what a disk's refusal means for its files."""

import errno
from enum import StrEnum

from retrovue.core.i18n import _


class FileFault(StrEnum):
    """Why a file has its state, where the state alone does not say it."""

    NO_LOCAL_PATH = "no_local_path"
    OUTSIDE_ROOT = "outside_root"
    BAD_PATH = "bad_path"
    NOT_MOUNTED = "not_mounted"
    ROOT_GONE = "root_gone"
    ROOT_EMPTY = "root_empty"
    ROOT_CHANGED = "root_changed"
    MANY_LOST = "many_lost"
    NO_ANSWER = "no_answer"
    NO_PERMISSION = "no_permission"
    LINK_LOOP = "link_loop"
    READ_ERROR = "read_error"
    FOLDER_GONE = "folder_gone"
    OTHER_SPELLING = "other_spelling"
    OTHER_CASE = "other_case"
    BROKEN_LINK = "broken_link"
    TOO_LONG = "too_long"
    LINK_OUTSIDE = "link_outside"
    NOT_TEXT = "not_text"
    FOLDERS_NOT_TOLD = "folders_not_told"

    @property
    def user_text(self) -> str:
        """What it means, one translated sentence."""
        return _fault_text(self)


def _fault_text(fault: FileFault) -> str:
    return {
        FileFault.NO_LOCAL_PATH: _("No rule maps this file."),
        FileFault.FOLDERS_NOT_TOLD: _(
            "The server does not list its library folders to this account, so nothing here is called extra. Sign in "
            "with an administrator account."
        ),
        FileFault.OUTSIDE_ROOT: _("The path leads outside the mapped folder and was not checked."),
        FileFault.BAD_PATH: _("This path is not valid on this computer."),
        FileFault.NOT_MOUNTED: _("The disk or share is not mounted."),
        FileFault.ROOT_GONE: _("The mapped folder was not found; its disk or share may not be mounted."),
        FileFault.ROOT_EMPTY: _("The mapped folder is empty; its disk or share may not be mounted."),
        FileFault.ROOT_CHANGED: _("The disk of the mapped folder changed during the check."),
        FileFault.MANY_LOST: _("Too many files in this folder disappeared at once; its disk may have a problem."),
        FileFault.NO_ANSWER: _("The disk or share is not responding."),
        FileFault.NO_PERMISSION: _("You do not have permission to read this folder."),
        FileFault.LINK_LOOP: _("The links in this path form a loop."),
        FileFault.READ_ERROR: _("The folder could not be read."),
        FileFault.FOLDER_GONE: _("The file’s folder was not found."),
        FileFault.OTHER_SPELLING: _("The name on disk encodes its accents differently."),
        FileFault.OTHER_CASE: _("There is a file whose name differs only in letter case."),
        FileFault.BROKEN_LINK: _("The name is a broken link."),
        FileFault.TOO_LONG: _("The path is longer than this disk allows."),
        FileFault.NOT_TEXT: _("The name on disk contains bytes that are not valid text."),
        FileFault.LINK_OUTSIDE: _(
            "A link in this path leads outside the mapped folders and was not followed. Map the folder "
            "it points to as well."
        ),
    }[fault]


_GONE = (errno.ENOENT, errno.ENOTDIR)
_VOLUME_GONE = (
    errno.EIO,
    errno.ESTALE,
    errno.ENOTCONN,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ENODEV,
    errno.ENXIO,
    errno.ETIMEDOUT,
)
# Windows tells a share that went away by numbers of its own: network path not found, name deleted, busy …
_WINDOWS_VOLUME_GONE = (21, 53, 54, 55, 59, 64, 65, 67, 121, 1167, 1231, 1232, 1236)


def fault_of(error: OSError) -> tuple[FileFault, bool]:
    """Why a folder could not be read, and whether its whole disk is away."""
    if getattr(error, "winerror", None) in _WINDOWS_VOLUME_GONE or error.errno in _VOLUME_GONE:
        return FileFault.NO_ANSWER, True
    if isinstance(error, TimeoutError):
        return FileFault.NO_ANSWER, True
    if error.errno in _GONE:
        return FileFault.FOLDER_GONE, False
    if error.errno in (errno.EACCES, errno.EPERM):
        return FileFault.NO_PERMISSION, False
    if error.errno == errno.ELOOP:
        return FileFault.LINK_LOOP, False
    if error.errno == errno.ENAMETOOLONG:
        return FileFault.TOO_LONG, False
    return FileFault.READ_ERROR, False
