"""Exit codes of errors."""

from retrovue.core.domain.errors import (
    Cancelled,
    ConfigError,
    RetroVueError,
    SecretError,
    SourceError,
    StorageError,
)

DONE = 0
DONE_WITH_FAILURES = 1
WRONG_USAGE = 2
NO_SERVER = 3
STORAGE = 4
INTERRUPTED = 130


def exit_code(error: RetroVueError) -> int:
    """Return the exit code of a command that ends with this error."""
    match error:
        case Cancelled():
            return INTERRUPTED
        case ConfigError():
            return WRONG_USAGE
        case SourceError() | SecretError():
            return NO_SERVER
        case StorageError():
            return STORAGE
        case _:
            return DONE_WITH_FAILURES


def servers_code(asked: int, failed: int) -> int:
    """Return the exit code after requests to several servers: all failed, some, or none."""
    if failed == 0:
        return DONE
    return NO_SERVER if failed == asked else DONE_WITH_FAILURES
