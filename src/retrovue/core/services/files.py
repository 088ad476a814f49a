"""Checking the media files on this computer, and keeping what was found."""

from collections.abc import Callable, Sequence

from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.filecheck import (
    CheckMark,
    CheckProgress,
    CheckSummary,
    FileResult,
    FileToCheck,
    check_files,
)
from retrovue.core.services.mappings import MappingHost
from retrovue.core.system.filesystem import ComputerFileSystem
from retrovue.core.system.volumes import computer_volumes


def check_stored(
    host: MappingHost,
    *,
    server: Server | None = None,
    token: CancelToken | None = None,
    report: Callable[[CheckProgress], None] | None = None,
) -> CheckSummary:
    """Look for every stored file of a server (or of all) and keep its state, batch by batch.

    Raises:
        Cancelled: what was checked so far is kept.
    """
    records = host.file_paths.to_check(None if server is None else server.id)
    files = [
        FileToCheck(
            media_file_id=record.media_file_id,
            local_path=record.local_path,
            size_bytes=record.size_bytes,
            root=record.root,
            previous=record.state,
            was_found=record.was_found,
        )
        for record in records
    ]

    def keep(results: Sequence[FileResult], _mark: CheckMark) -> None:
        host.file_paths.store_states(
            ((result.media_file_id, result.state, result.disk_size_bytes) for result in results),
            now=host.clock.epoch(),
        )

    return check_files(
        files,
        fs=ComputerFileSystem(),
        volumes=computer_volumes().volumes(),
        token=token,
        on_batch=keep,
        on_progress=report or (lambda _progress: None),
    )
