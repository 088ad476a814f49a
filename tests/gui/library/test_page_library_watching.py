"""Who is watching what the details show."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from tests.gui.history.conftest import play_row

from retrovue.core.domain.browse import View
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.playback import RemoteSession
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.services.catalog.picked import Picked
from retrovue.core.services.monitor import ActiveSession
from retrovue.core.storage.tables import plays
from retrovue.demo.playback import BROWSER, USERS
from retrovue.gui.pages.library.facts import ItemFacts
from retrovue.gui.pages.library.playedlist import PlayedBlock
from retrovue.gui.pages.library.watching import watchers
from retrovue.gui.tables.columns import ROW_ROLE

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|grabbing the keyboard|does not support raise")

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def session(server_id: int = 1, remote_id: str | None = "7", **facts: Any) -> ActiveSession:
    told = {"session_key": "k", "kind": "movie", "title": "Alien", "state": "playing", "user": "mira", **facts}
    remote = RemoteSession(remote_id=remote_id, **told)
    return ActiveSession("Attic", server_id, "plex", remote, NOW, NOW, NOW)


MOVIE = ItemFacts(Picked(movies=(1,)), "Alien", items=((1, "7"), (2, "x9")))
SHOW = ItemFacts(Picked(shows=(1,)), "Twin Peaks", kind=ItemKind.SHOW, items=((1, "3"),))


@pytest.mark.parametrize(
    ("active", "details", "said"),
    [
        (session(position_ms=1_458_000), MOVIE, ("mira is watching · 24:18",)),
        (session(2, "x9"), MOVIE, ("mira is watching",)),
        (session(state="paused", position_ms=0, user=None), MOVIE, ("Someone paused · 0:00",)),
        (session(2, "7"), MOVIE, ()),
        (session(remote_id=None), MOVIE, ()),
        (session(show_title="Twin Peaks", season_number=2, episode_number=7), SHOW, ("mira is watching · S02E07",)),
        (session(2, show_title="Twin Peaks"), SHOW, ()),
        (session(show_title="Fargo"), SHOW, ()),
    ],
)
def test_a_session_of_a_copy_is_told(active: ActiveSession, details: ItemFacts, said: tuple[str, ...]) -> None:
    assert watchers([active], details, NOW) == said


def test_the_position_moves_on() -> None:
    (said,) = watchers([session(position_ms=60_000)], MOVIE, NOW + timedelta(seconds=5))
    assert said.endswith("1:05")


@pytest.mark.slow
def test_the_details_say_who_is_watching_as_long_as_it_is_so(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    row = page.area.current.model.index(0, 0).data(ROW_ROLE)
    item = desk.context.catalog.get(ItemKind.MOVIE, row.id)
    board = desk.world.server.playbacks
    key = board.start(int(item.remote_id), USERS[0], BROWSER, offset_ms=60_000).session_key
    monitor = page._services.monitor
    try:
        monitor.watch(desk.context.servers.all())
        desk.qtbot.waitUntil(lambda: bool(monitor.sessions))
        desk.select(0)
        assert page.details.watchers.sentences[0].startswith(f"{USERS[0].name} is watching · 1:0")
        assert page.details.watchers.isVisibleTo(page)
    finally:
        board.stop(key)
    desk.qtbot.waitUntil(lambda: monitor.poll_now() or not monitor.sessions)
    assert page.details.watchers.sentences == ()
    assert not page.details.watchers.isVisibleTo(page)
    monitor.stop()


def test_the_details_say_who_played_it_and_lead_to_the_plays(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    row = page.area.current.model.index(0, 0).data(ROW_ROLE)
    item = desk.context.catalog.get(ItemKind.MOVIE, row.id)
    desk.select(0)
    assert page.details.findChild(PlayedBlock) is None
    yesterday = datetime.now(UTC) - timedelta(days=1)
    facts: dict[str, Any] = {"server_id": item.server_id, "title": item.title}
    with desk.context.database.write() as connection:
        for number, remote_id, guid in ((1, item.remote_id, None), (2, "gone", str(item.ids[0])), (3, "else", None)):
            played = play_row(number, yesterday, **facts, remote_id=remote_id, guid=guid)
            connection.execute(insert(plays).values(**played))
    desk.runner.changed.emit(ChangeSet(frozenset({"plays"}), "monitor"))
    desk.qtbot.waitUntil(lambda: page.details.details is not None and page.details.details.played.count == 2)
    block = page.details.findChild(PlayedBlock)
    assert block.link.text() == "2 plays"
    block.link.click()
    key, wanted = desk.opened[-1]
    assert (key, wanted.title, wanted.is_show) == ("history", item.title, False)
    assert (item.server_id, item.remote_id) in wanted.addresses
