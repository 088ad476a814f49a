"""When Tautulli is read by itself, and when its counts are out of date."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from retrovue.core.domain.connections import StoredConnection

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVERY = timedelta(hours=12)
FRESH = StoredConnection(1, "u", "tautulli", "Attic", "http://x", 1, "m", "2.17.2", 9, 9, NOW, NOW, None)


def test_it_is_read_every_twelve_hours_and_not_each_minute_after_a_failure() -> None:
    assert not FRESH.is_due(NOW + timedelta(hours=11), every=EVERY)
    assert FRESH.is_due(NOW + timedelta(hours=12), every=EVERY)
    assert FRESH.is_due(NOW - timedelta(days=2), every=EVERY)
    new = replace(FRESH, synced_at=None, tried_at=None)
    assert new.is_due(NOW, every=EVERY)
    failed = replace(new, tried_at=NOW, error="away")
    assert not failed.is_due(NOW + timedelta(minutes=5), every=EVERY)
    assert failed.is_due(NOW + timedelta(minutes=20), every=EVERY)


def test_counts_are_out_of_date_after_six_hours_of_failure() -> None:
    failed = replace(FRESH, error="away")
    assert not FRESH.is_stale(NOW + timedelta(days=9))
    assert not failed.is_stale(NOW + timedelta(hours=5))
    assert failed.is_stale(NOW + timedelta(hours=6))
