"""Words for states, types and results, the same in the window and on the command line. JSON has the enum values.

What the words are for is imported where they are asked for: whoever has such a value has loaded it, and nobody else has
to (an eighth of the processor time of `servers list`, where nothing of items and syncs is said).
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from retrovue.core.domain.servers import LibraryKind, ServerState
from retrovue.core.i18n import _, ngettext

if TYPE_CHECKING:
    from retrovue.core.domain.media import FileState, ItemKind
    from retrovue.core.domain.sync import RemovalState, SyncOutcome, SyncTier
    from retrovue.core.services.files.disks import CapacitySource
    from retrovue.core.services.looking import FileFault
    from retrovue.core.services.mapping.rules import MappingState


def server_state(state: ServerState) -> str:
    """Return the word for a server state."""
    return {
        ServerState.UNKNOWN: _("Not tested"),
        ServerState.ONLINE: _("Online"),
        ServerState.CONNECTING: _("Connecting"),
        ServerState.CERTIFICATE: _("Check certificate"),
        ServerState.SIGN_IN_AGAIN: _("Sign in again"),
        ServerState.KEYRING_LOCKED: _("Keyring locked"),
        ServerState.NOT_REACHABLE: _("Unreachable"),
        ServerState.DISABLED: _("Disabled"),
    }[state]


def library_kind(kind: LibraryKind) -> str:
    """Return the word for a library type."""
    return {
        LibraryKind.MOVIES: _("Movies"),
        LibraryKind.SHOWS: _("TV shows"),
        LibraryKind.MIXED: _("Mixed"),
        LibraryKind.MUSIC: _("Music"),
        LibraryKind.PHOTOS: _("Photos"),
        LibraryKind.HOME_VIDEOS: _("Home videos"),
        LibraryKind.OTHER: _("Other"),
    }[kind]


def item_kind(kind: "ItemKind") -> str:
    """Return the word for an item type."""
    from retrovue.core.domain.media import ItemKind

    return {ItemKind.MOVIE: _("Movie"), ItemKind.SHOW: _("Show"), ItemKind.EPISODE: _("Episode")}[kind]


def file_state(state: "FileState") -> str:
    """Return the word for a file state."""
    from retrovue.core.domain.media import FileState

    return {
        FileState.FOUND: _("Found"),
        FileState.MISSING: _("Missing"),
        FileState.SIZE_DIFFERS: _("Size differs"),
        FileState.UNMAPPED: _("Unmapped"),
        FileState.UNCHECKED: _("Not checked"),
        FileState.UNREACHABLE: _("Unreachable"),
    }[state]


def files_in_state(state: "FileState", n: int, number: Callable[[int], str]) -> str:
    """Return how many files are in a state, such as "56 found".

    Args:
        number: writes a number as the reader does.
    """
    from retrovue.core.domain.media import FileState

    return {
        FileState.FOUND: ngettext("{n} found", "{n} found", n),
        FileState.MISSING: ngettext("{n} missing", "{n} missing", n),
        FileState.SIZE_DIFFERS: ngettext("{n} size differs", "{n} sizes differ", n),
        FileState.UNMAPPED: ngettext("{n} unmapped", "{n} unmapped", n),
        FileState.UNCHECKED: ngettext("{n} not checked", "{n} not checked", n),
        FileState.UNREACHABLE: ngettext("{n} unreachable", "{n} unreachable", n),
    }[state].format(n=number(n))


def file_fault(fault: "FileFault | None") -> str:
    """Return two or three words for the problem of a file or of a mapped folder."""
    from retrovue.core.services.looking import FileFault

    if fault is None:
        return ""
    return {
        FileFault.FOLDER_GONE: _("folder missing"),
        FileFault.OTHER_CASE: _("letter case differs"),
        FileFault.BROKEN_LINK: _("broken link"),
        FileFault.TOO_LONG: _("path too long"),
        FileFault.NOT_MOUNTED: _("disk not mounted"),
        FileFault.ROOT_GONE: _("folder not found"),
        FileFault.ROOT_EMPTY: _("folder is empty"),
        FileFault.ROOT_CHANGED: _("disk has changed"),
        FileFault.MANY_LOST: _("too many files gone"),
        FileFault.NO_ANSWER: _("no response"),
        FileFault.NO_PERMISSION: _("no permission"),
        FileFault.LINK_LOOP: _("links form a loop"),
        FileFault.READ_ERROR: _("cannot be read"),
        FileFault.OUTSIDE_ROOT: _("outside the mapped folder"),
        FileFault.LINK_OUTSIDE: _("link out of the mapped folder"),
        FileFault.BAD_PATH: _("not a valid path here"),
        FileFault.NOT_TEXT: _("name is not valid text"),
    }.get(fault, fault.user_text)


def mapping_state(state: "MappingState") -> str:
    """Return the word for the state of a rule."""
    from retrovue.core.services.mapping.rules import MappingState

    return {
        MappingState.INVALID: _("Cannot match"),
        MappingState.FOLDER_MISSING: _("Folder not found"),
        MappingState.SHADOWED: _("Overridden"),
        MappingState.TWO_TO_ONE: _("Same folder"),
        MappingState.REDUNDANT: _("Redundant"),
        MappingState.UNUSED: _("Never used"),
        MappingState.UNCHECKED: _("Not checked"),
        MappingState.PARTLY_FOUND: _("Partly found"),
        MappingState.FOUND: _("Found"),
    }[state]


def tier(mode: "SyncTier") -> str:
    """Return the word for the mode of a sync."""
    from retrovue.core.domain.sync import SyncTier

    return {
        SyncTier.MARKER: _("Quick"),
        SyncTier.DELTA: _("Changes"),
        SyncTier.SWEEP: _("Compare"),
        SyncTier.FULL: _("Full"),
    }[mode]


def outcome(ended: "SyncOutcome") -> str:
    """Return the word for the result of a sync."""
    from retrovue.core.domain.sync import SyncOutcome

    return {
        SyncOutcome.OK: _("Complete"),
        SyncOutcome.HELD_BACK: _("Held back"),
        SyncOutcome.INCOMPLETE: _("Incomplete"),
        SyncOutcome.UNAVAILABLE: _("Unavailable"),
        SyncOutcome.CANCELLED: _("Canceled"),
        SyncOutcome.FAILED: _("Failed"),
    }[ended]


def removal_state(state: "RemovalState") -> str:
    """Return the word for the state of a removal."""
    from retrovue.core.domain.sync import RemovalState

    return {
        RemovalState.HELD_BACK: _("Held back"),
        RemovalState.REMOVED: _("Removed"),
        RemovalState.KEPT: _("Kept"),
    }[state]


def planned_action(action: str) -> str:
    """Return the word for a planned action: add, update, remove or hold_back."""
    return {"add": _("Add"), "update": _("Update"), "remove": _("Remove"), "hold_back": _("Hold back")}[action]


def capacity_source(source: "CapacitySource") -> str:
    """Return the word for the source of a disk's capacity."""
    from retrovue.core.services.files.disks import CapacitySource

    return {
        CapacitySource.READ: _("read from the disk"),
        CapacitySource.REMEMBERED: _("last known"),
        CapacitySource.MANUAL: _("entered manually"),
        CapacitySource.UNKNOWN: _("unknown"),
    }[source]


def counted(what: str) -> str:
    """Return the heading of a count in the catalog."""
    return {
        "servers": _("Servers"),
        "libraries": _("Libraries"),
        "shows": _("TV shows"),
        "episodes": _("Episodes"),
        "movies": _("Movies"),
        "files": _("Files"),
    }[what]


def backup_reason(reason: str) -> str:
    """Return the word for the reason of a backup. The name of a foreign file is returned as it is."""
    return {
        "by-hand": _("manual"),
        "weekly": _("weekly"),
        "before-purge": _("before a purge"),
        "before-upgrade": _("before an upgrade"),
    }.get(reason, reason)
