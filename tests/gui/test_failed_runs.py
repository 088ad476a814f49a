"""Which past runs a page warns of."""

from datetime import UTC, datetime

from retrovue.core.domain.sync import Initiator, SyncOutcome, SyncRun, SyncTier
from retrovue.gui.pages.sync.outcome import failed_runs

_AT = datetime(2026, 1, 2, tzinfo=UTC)


def _run(run_id: int, library_id: int | None, outcome: SyncOutcome) -> SyncRun:
    return SyncRun(
        run_id, "Home", 1, "Movies", library_id, SyncTier.FULL, Initiator.PERSON, _AT, _AT, outcome, None, *([0] * 9)
    )


def test_a_server_that_was_away_is_no_failed_run_of_a_library() -> None:
    """Its return writes no line where nothing had moved: the warning would never go."""
    away = _run(3, None, SyncOutcome.UNAVAILABLE)
    failed, fine = _run(2, 7, SyncOutcome.FAILED), _run(1, 8, SyncOutcome.OK)
    assert failed_runs([away, failed, fine]) == [failed]
