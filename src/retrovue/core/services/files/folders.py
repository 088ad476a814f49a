"""What is known of a mapped folder after checks: which files are missing, and what changed when."""

from dataclasses import dataclass
from datetime import datetime

from retrovue.core.context import AppContext
from retrovue.core.domain.media import FileState
from retrovue.core.domain.servers import Server
from retrovue.core.services.files.check import LastCheck, last_check
from retrovue.core.services.looking import CheckSummary

_MOST_EVENTS = 5_000


@dataclass(frozen=True, slots=True)
class StateChange:
    """A file whose state another check found changed."""

    at: datetime
    server_path: str
    local_path: str | None
    old: FileState
    new: FileState


@dataclass(frozen=True, slots=True)
class RootDetail:
    """A mapped folder.

    Attributes:
        root: as the rule writes it.
        missing: local paths, sorted; of these `missing_count` there are the first ones.
        changes: the newest first.
    """

    root: str
    missing: tuple[str, ...]
    missing_count: int
    changes: tuple[StateChange, ...]


def newest_check(host: AppContext, server: Server) -> LastCheck | None:
    """The last finished check that looked for the files of a server: its own, or that of all servers.

    Of a check of all servers only the folders of this one's rules are in the summary, and the counts are theirs.
    """
    own, whole = last_check(host, server), last_check(host)
    if whole is None or (own is not None and own.finished_at >= whole.finished_at):
        return own
    folders = {rule.local_path for rule in host.mappings.all(server.id)}
    roots = [root for root in whole.summary.roots if root.root in folders]
    counts: dict[FileState, int] = {}
    for root in roots:
        for state, count in root.counts.items():
            counts[state] = counts.get(state, 0) + count
    return LastCheck(whole.finished_at, CheckSummary(roots, counts))


def root_detail(host: AppContext, server: Server, root: str, *, limit: int = 500) -> RootDetail:
    """Missing files under a mapped folder, and its changes of state; `limit` of each at most.

    Thread: any but the GUI's.
    """
    files = {file.media_file_id: file for file in host.file_paths.to_check(server.id) if file.root == root}
    missing = sorted(
        file.local_path for file in files.values() if file.previous == FileState.MISSING and file.local_path is not None
    )
    changes = [
        StateChange(
            event.at, event.server_path, files[event.media_file_id].local_path, event.old_state, event.new_state
        )
        for event in host.checks.events(limit=_MOST_EVENTS)
        if event.media_file_id in files
    ]
    return RootDetail(root, tuple(missing[:limit]), len(missing), tuple(changes[:limit]))
