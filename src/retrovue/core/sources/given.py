"""Files that a person gives: read whole, where they are plain files of a size that memory can hold."""

import stat
from pathlib import Path

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.sizes import format_size
from retrovue.core.i18n import _

MOST_BYTES = 2 * 1024**3


def read_given(path: Path, *, most_bytes: int = MOST_BYTES) -> bytes:
    """Return what is in a file.

    Raises:
        ConfigError: it cannot be read, is no plain file or too large.
    """
    check_given(path, most_bytes=most_bytes)
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def check_given(path: Path, *, most_bytes: int | None = None) -> None:
    """Refuse what is no plain file: a device can be without end, and a pipe can wait for ever.

    Raises:
        ConfigError: it is none, cannot be looked at, or is too large.
    """
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(_("{path} is not a file.").format(path=path), hint=_("Choose a file."))
    if most_bytes is not None and found.st_size > most_bytes:
        raise ConfigError(
            _("{path} is too large.").format(path=path),
            hint=_("Choose a file of at most {size}.").format(size=format_size(most_bytes)),
        )


def _unreadable(path: Path, error: Exception) -> ConfigError:
    return ConfigError(
        _("{path} cannot be read.").format(path=path),
        hint=_("Check the path and its permissions."),
        detail=str(error),
    )
