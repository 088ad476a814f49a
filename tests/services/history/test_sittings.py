"""Sittings are made before a list is filtered: which plays belong together never depends on what is asked."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tests.services.statistics.past import add_play, open_profile

from retrovue.core.context import AppContext
from retrovue.core.domain.history import PlayFilter, PlayQuery, PlaySort
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.history import lists
from retrovue.core.services.history.plays import delete, list_plays, restore

pytestmark = pytest.mark.usefixtures("each_engine")

MIDNIGHT = datetime.fromisoformat("2026-11-20T00:00+01:00")


@pytest.fixture
def context(tmp_path: Path) -> Iterator[AppContext]:
    """A film in three parts over midnight, the second of which was transcoded, and another film after it."""
    context = open_profile(tmp_path)
    with context.database.write() as connection:
        for begins, decision in (("19T23:30", "direct_play"), ("20T00:10", "transcode"), ("20T10:00", "direct_play")):
            add_play(connection, f"2026-11-{begins}+01:00", 20, guid="g1", stream_decision=decision)
        add_play(connection, "2026-11-20T12:00+01:00", 90, guid="g2", title="Lantern", stream_decision="direct_play")
    yield context
    context.close()


def _listed(context: AppContext, chosen: PlayFilter) -> list[tuple[str, int, int]]:
    return [(play.title, play.plays, play.play_s) for play in list_plays(context, chosen, joined=True)]


def test_a_sitting_is_of_the_day_on_which_it_begins_and_whole(context: AppContext) -> None:
    film, lantern = ("Static Hour", 3, 3600), ("Lantern", 1, 5400)
    assert _listed(context, PlayFilter()) == [lantern, film]
    assert _listed(context, PlayFilter(started_before=MIDNIGHT)) == [film]
    assert _listed(context, PlayFilter(started_from=MIDNIGHT)) == [lantern]
    assert _listed(context, PlayFilter(decisions=("transcode",))) == [film]
    assert _listed(context, PlayFilter(limit=1)) == [lantern]
    assert [play.title for play in list_plays(context, PlayFilter(limit=1), joined=True, offset=1)] == ["Static Hour"]
    # One by one, a play is of the day on which it begins itself.
    assert len(list_plays(context, PlayFilter(started_before=MIDNIGHT))) == 1
    context.settings_store.update(sitting_hours=1.0)
    assert _listed(context, PlayFilter()) == [lantern, ("Static Hour", 1, 1200), ("Static Hour", 2, 2400)]


def test_a_list_by_value_deals_equal_ones_out_by_their_start(context: AppContext) -> None:
    def shown(**how: object) -> list[tuple[int, int, tuple[int, ...]]]:
        listing = lists.open_list(context, PlayQuery(**how), CancelToken())  # type: ignore[arg-type]
        found = lists.rows(context, listing, range(len(listing)))
        return [(each.place, each.shown.plays, each.members) for each in found]

    one_by_one = [(n, 1, (play_id,)) for n, play_id in enumerate((4, 1, 2, 3))]
    assert shown(sort_key=PlaySort.TITLE, grouped=False, descending=False) == one_by_one
    assert shown(sort_key=PlaySort.PLAYED) == [(0, 1, (4,)), (1, 3, (1, 2, 3))]


def test_a_sitting_that_was_never_looked_at_is_deleted_whole(context: AppContext) -> None:
    count, undo = delete(context, ids=[], sittings=[1])
    assert count == 3
    assert _listed(context, PlayFilter()) == [("Lantern", 1, 5400)]
    assert restore(context, undo) == 3
    assert len(_listed(context, PlayFilter())) == 2
