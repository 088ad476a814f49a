"""From an error to an exit code and to what a person reads. The one place that decides both."""

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
    """The exit code that an error ends a command with."""
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
    """The exit code after asking several servers: all of them failed, some, or none."""
    if failed == 0:
        return DONE
    return NO_SERVER if failed == asked else DONE_WITH_FAILURES
