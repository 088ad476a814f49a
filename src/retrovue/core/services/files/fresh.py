"""Files are proven without being asked: what a rule or a sync has just touched, and what a person looks at."""

from collections.abc import Sequence

from retrovue.core.context import AppContext
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.files.check import changed_file
from retrovue.core.services.looking import CheckMark, CheckOptions, FileResult, check_files
from retrovue.core.services.mapping.mapper import mapped_folders
from retrovue.core.storage.files import NO_MARK, CheckedFile

_SCOPE = "fresh"
"""No check of that name is stored: these looks leave no mark, and are no check of everything."""


def prove(host: AppContext, file_ids: Sequence[int] | None = None, *, token: CancelToken | None = None) -> int:
    """Look for these files, or for all that nobody has looked for yet; returns how many are other than was stored.

    A rule that is saved and a sync leave what they touched unlooked for. Only the path that was looked at is marked,
    where it still is the file's own.

    Raises:
        Cancelled: what was seen so far is kept.

    Thread: any but the GUI's.
    """
    files = host.file_paths.to_look_at(file_ids)
    if not files:
        return 0
    before = {file.media_file_id: file for file in files}
    kept = 0

    def keep(results: list[FileResult], _mark: CheckMark) -> None:
        nonlocal kept
        rows: list[CheckedFile] = []
        for file_id, state, size_bytes, _fault, actual_path in results:
            row = changed_file(before[file_id], state, size_bytes, actual_path)
            if row is not None:
                rows.append(row)
        if rows:
            host.checks.keep(_SCOPE, rows, after=NO_MARK, mark=NO_MARK, now=host.clock.epoch())
            kept += len(rows)

    check_files(
        files,
        fs=host.file_system,
        volumes=host.volume_provider.volumes(),
        options=CheckOptions(mapped_folders=mapped_folders(host), only_changes=True),
        token=token,
        on_batch=keep,
    )
    return kept
