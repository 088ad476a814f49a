"""A server followed through its own notices: what changes there is here soon, and costs what changed."""

from collections.abc import Callable

import pytest
from tests.services.follow.conftest import MOVIES, SHOWS, House

from retrovue.core.domain.servers import ServerKind, ServerState, SyncMode
from retrovue.core.domain.sync import Initiator, SyncTier
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.follow.follower import Follower
from retrovue.core.services.follow.pace import Gentle
from retrovue.core.services.follow.states import FollowPhase
from retrovue.core.system.power import PowerState
from retrovue.demo.fault_kinds import Status
from retrovue.demo.faults import path
from retrovue.demo.mediabrowser import MediaBrowserDialect
from retrovue.demo.server import RequestRecord


def first(house: House, section: str = MOVIES, kind: str = "movie") -> int:
    return house.library.members(section, kind)[0].id  # type: ignore[arg-type]


def test_a_new_title_is_here_after_one_request(house: House) -> None:
    movie = first(house)
    with house.heard() as heard:
        house.library.edit(movie, title="The Salt Lamp")
        heard.wait(lambda: any("items" in change.kinds for change in heard.changes))
    assert house.title(movie) == "The Salt Lamp"
    assert len(house.by_id()) == 1
    assert house.listings() == []
    assert heard.states[-1].changed_at is not None


def test_a_new_episode_brings_its_new_show(house: House) -> None:
    with house.heard() as heard:
        show = house.library.add_show("Lantern Street", section=SHOWS)
        episode = house.library.add_episode(show, "The Tide Table")
        heard.wait(lambda: house.title(episode.id, "episodes") is not None)
    assert house.title(show.id, "shows") == "Lantern Street"
    assert house.title(episode.id, "episodes") == "The Tide Table"
    assert house.listings() == []


def test_a_show_that_is_renamed(house: House) -> None:
    show = first(house, SHOWS, "show")
    with house.heard() as heard:
        house.library.edit(show, title="Lantern Street")
        heard.wait(lambda: house.title(show, "shows") == "Lantern Street")
    assert house.listings() == []


def test_a_removal_is_verified_before_anything_goes(house: House) -> None:
    movie = first(house)
    with house.heard() as heard:
        house.library.remove(movie)
        heard.wait(lambda: house.title(movie) is None)
    (run,) = [run for run in house.host.runs.recent() if run.removed]
    assert (run.mode, run.initiator, run.removed) == (SyncTier.SWEEP, Initiator.SERVER_HINT, 1)
    # By its id first, then in a complete list, then by its id again.
    assert house.by_id()
    assert house.listings()


def test_a_connection_that_finds_all_as_it_was_leaves_no_line_among_the_runs(house: House) -> None:
    before = [run.id for run in house.host.runs.recent()]
    with house.heard() as heard:
        heard.wait(lambda: heard.states and heard.states[-1].caught_up_at is not None)
    assert [run.id for run in house.host.runs.recent()] == before


def test_an_item_that_comes_back_under_a_new_id_is_the_old_row(house: House) -> None:
    movie = house.library.members(MOVIES, "movie")[3]
    path_, guid, facts = movie.versions[0].parts[0].file, movie.guid, {"year": movie.year, "title": movie.title}
    with house.heard() as heard:
        row = row_of(house, movie.id)
        house.library.remove(movie.id)
        heard.wait(lambda: house.title(movie.id) is None)
        again = house.library.add_movie(file=path_, guid=guid, external_ids=movie.external_ids, **facts)
        heard.wait(lambda: house.title(again.id) is not None)
    assert row_of(house, again.id) == row


def row_of(house: House, item_id: int) -> int:
    with house.host.database.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT id FROM movies WHERE remote_id = ? AND removed_at IS NULL", (house.remote_id(item_id),)
        )
        return int(found.scalar_one())


def test_a_removal_that_is_not_true_removes_nothing_and_costs_no_listing(house: House) -> None:
    movie = first(house)
    with house.heard() as heard:
        say_removed(house, movie)
        house.library.edit(first(house, SHOWS, "show"), title="Afterwards")
        heard.wait(lambda: house.title(first(house, SHOWS, "show"), "shows") == "Afterwards")
        heard.wait(lambda: any(house.remote_id(movie) in each.path + each.query for each in house.by_id()))
        heard.wait(lambda: heard.states[-1].waiting == 0)
    assert house.title(movie) is not None
    assert house.listings() == []


def say_removed(house: House, item_id: int) -> None:
    dialect = house.server.dialect
    if isinstance(dialect, MediaBrowserDialect):
        identity = dialect.flavour.item_id
        dialect.announcer.announce_library(
            {"ItemsRemoved": [identity(item_id)], "CollectionFolders": [identity(int(MOVIES))]}
        )
    else:
        dialect.announcer.removed(item_id, MOVIES)  # type: ignore[attr-defined]


def test_an_item_without_its_library_is_found_by_what_is_stored(house: House, product: ServerKind) -> None:
    if product is ServerKind.PLEX:
        pytest.skip("Plex always names the library")
    dialect = house.server.dialect
    assert isinstance(dialect, MediaBrowserDialect)
    movie = first(house)
    with house.heard() as heard:
        dialect.announcer.library_changes = False
        house.library.edit(movie, title="The Salt Lamp")
        added = house.library.add_movie("The Second Lamp", year=2021)
        ids = [dialect.flavour.item_id(each) for each in (movie, added.id)]
        dialect.announcer.announce_library({"ItemsUpdated": ids})
        heard.wait(lambda: house.title(added.id) is not None)
        heard.wait(lambda: house.title(movie) == "The Salt Lamp")


def test_what_was_watched_and_unmarked_is_here_at_once(house: House) -> None:
    if house.kind is ServerKind.PLEX:
        pytest.skip("its timeline says that an item changed, whatever it was")
    if house.stored.remote_user_id is None:
        pytest.skip("a token that was only handed over names no account on Emby: nobody's watching is known")
    movie, episode = first(house), first(house, SHOWS, "episode")

    def views(item_id: int, table: str) -> int:
        with house.host.database.read() as connection:
            sql = f"SELECT view_count FROM {table} WHERE remote_id = ?"
            return int(connection.exec_driver_sql(sql, (house.remote_id(item_id),)).scalar_one())

    with house.heard() as heard:
        house.library.mark(movie, 0)
        house.library.mark(episode, 3)
        heard.wait(lambda: views(movie, "movies") == 0 and views(episode, "episodes") > 0)
        # The season that is named beside it is no item: nothing is gone through for it.
        assert house.listings() == []
        house.library.mark(movie, 2)
        house.library.mark(episode, 0)
        heard.wait(lambda: views(movie, "movies") > 0 and views(episode, "episodes") == 0)
    assert house.listings() == []


def test_what_a_server_has_gathered_is_not_waited_for(new_house: Callable[..., House]) -> None:
    house = new_house(quiet_s=60.0)
    if house.kind is ServerKind.PLEX:
        pytest.skip("it tells each step of a change: they are gathered here")
    house.sync()
    movie = first(house)
    with house.heard() as heard:
        house.library.edit(movie, title="The Salt Lamp")
        heard.wait(lambda: house.title(movie) == "The Salt Lamp")


def test_a_file_that_was_replaced(house: House) -> None:
    movie = first(house)
    with house.heard() as heard:
        house.library.replace_file(movie, size_bytes=77_000_000_000)
        heard.wait(lambda: any("files" in change.kinds for change in heard.changes))
    with house.host.database.read() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM media_files WHERE size_bytes = 77000000000").scalar()
    assert found == 1


def test_a_sync_after_a_live_fetch_goes_through_nothing(house: House) -> None:
    movie = first(house)
    with house.heard() as heard:
        house.library.edit(movie, title="The Salt Lamp")
        heard.wait(lambda: any("items" in change.kinds for change in heard.changes))
    report = house.sync(initiator=Initiator.SCHEDULE)
    assert {each.mode for each in report.libraries} <= {SyncTier.MARKER, SyncTier.DELTA}
    assert not report.wrote


@pytest.mark.slow
def test_what_happened_while_nothing_was_heard_is_asked_for_on_return(house: House) -> None:
    movie = first(house)
    with house.heard() as heard:
        house.server.dialect.announcer.library_changes = False
        house.server.drop_connections()
        house.library.edit(movie, title="The Salt Lamp", bump=False)
        heard.wait(lambda: any(state.phase is FollowPhase.WAITING for state in heard.states))
        heard.wait(lambda: house.title(movie) == "The Salt Lamp")
    waiting = next(state for state in heard.states if state.phase is FollowPhase.WAITING)
    assert waiting.reason
    assert waiting.retry_at is not None
    # What changed, not everything.
    assert all("MinDateLastSaved" in each.query or "%3E%3E" in each.query or _counts(each) for each in house.listings())


def _counts(request: RequestRecord) -> bool:
    """Whether it asks how many there are: of a library without items, of all with the newest or the latest watched."""
    of_all = request.path.endswith("/Items") and "ParentId" not in request.query
    return of_all or "Limit=0" in request.query or "Container-Size=0" in request.query


def test_libraries_that_nobody_wants_to_follow_are_left_alone(house: House) -> None:
    movie = first(house)
    house.host.libraries.change(house.stored_library(MOVIES).id, sync_mode=SyncMode.BY_HAND.value)
    with house.heard() as heard:
        house.library.edit(movie, title="The Salt Lamp")
        show = first(house, SHOWS, "show")
        house.library.edit(show, title="Lantern Street")
        heard.wait(lambda: house.title(show, "shows") == "Lantern Street")
        heard.wait(lambda: heard.states[-1].waiting == 0)
    assert house.title(movie) != "The Salt Lamp"
    assert not any(house.remote_id(movie) in each.path for each in house.by_id())


@pytest.mark.slow
def test_a_library_that_was_never_imported_is_not_imported_by_a_hint(new_house: Callable[..., House]) -> None:
    # Long enough quiet for its state to be told, however late a busy machine wakes the follower.
    house = new_house(quiet_s=1.5)
    with house.following() as heard:
        heard.wait_for(FollowPhase.CONNECTED)
        assert house.server.sockets.wait_for_clients()
        house.library.edit(first(house), title="The Salt Lamp")
        heard.wait(lambda: any(state.waiting for state in heard.states))
        heard.wait(lambda: heard.states[-1].waiting == 0)
    assert house.listings() == []
    assert house.by_id() == []


@pytest.mark.slow
def test_a_fetch_waits_for_a_sync_of_its_library(new_house: Callable[..., House]) -> None:
    house = new_house(quiet_s=1.0)
    house.sync()
    movie = first(house)
    with house.heard() as heard:
        with house.host.library_lock(house.stored_library(MOVIES).id, CancelToken()):
            house.library.edit(movie, title="The Salt Lamp")
            heard.wait(lambda: any(state.waiting for state in heard.states))
            heard.wait(lambda: heard.states[-1].waiting == 0)
            assert house.by_id() == []
            # What comes meanwhile is not lost.
            second = house.library.members(MOVIES, "movie")[1].id
            house.library.edit(second, title="The Second Lamp")
        heard.wait(lambda: house.title(second) == "The Second Lamp")
    assert house.title(movie) == "The Salt Lamp"


@pytest.mark.slow
def test_a_server_that_fails_is_asked_again(house: House) -> None:
    movie = first(house)
    match = path(r"/library/metadata/.*|.*/Items")
    with house.heard() as heard:
        fault = house.server.faults.add(Status(status=500, match=match))
        house.library.edit(movie, title="The Salt Lamp")
        heard.wait(lambda: heard.states[-1].reason, timeout_s=30)
        house.server.faults.remove(fault)
        heard.wait(lambda: house.title(movie) == "The Salt Lamp", timeout_s=30)
        heard.wait(lambda: not heard.states[-1].reason)


@pytest.mark.slow
def test_a_revoked_token_ends_it_and_is_said(house: House) -> None:
    with house.heard() as heard:
        house.server.token = "another"
        dialect = house.server.dialect
        if isinstance(dialect, MediaBrowserDialect):
            dialect.users.tokens.clear()
        else:
            dialect.token = "another"  # type: ignore[attr-defined]
        house.server.drop_connections()
        heard.wait(lambda: heard.last is not None)
    assert heard.last is not None
    assert heard.last.phase is FollowPhase.SIGNED_OUT
    stored = house.host.servers.get(house.stored.id)
    assert stored is not None
    assert stored.state is ServerState.SIGN_IN_AGAIN


def test_without_a_token_it_does_not_begin(house: House) -> None:
    house.host.secrets.delete(house.stored.uuid)
    last = Follower(house.host, house.stored).run(CancelToken(), lambda _told: None)
    assert last.phase is FollowPhase.SIGNED_OUT
    assert last.reason


def test_a_server_that_has_no_notices(house: House) -> None:
    with house.server.faults.using(Status(status=404, match=path(r".*(websocket|socket).*"))):
        last = Follower(house.host, house.stored).run(CancelToken(), lambda _told: None)
    assert last.phase is FollowPhase.NOT_OFFERED
    assert last.reason


def test_another_server_at_the_address_is_not_followed(house: House) -> None:
    movie = first(house)
    before = house.title(movie)
    house.library.machine_identifier = "f" * 40
    sent = len(house.server.requests)
    with house.following() as heard:
        heard.wait(lambda: heard.last is not None)
    assert heard.last is not None
    assert heard.last.phase is FollowPhase.STOPPED
    assert heard.last.reason
    assert house.title(movie) == before
    # It got neither the token nor a question.
    assert not any(each.status == 101 for each in house.server.requests[sent:])
    assert len(house.server.requests) == sent + 1


@pytest.mark.slow
def test_a_stranger_that_takes_the_address_meanwhile_gets_no_token(house: House) -> None:
    with house.heard() as heard:
        house.library.machine_identifier = "f" * 40
        house.server.drop_connections()
        heard.wait(lambda: heard.last is not None)
    assert heard.last is not None
    assert heard.last.phase is FollowPhase.STOPPED
    assert not any(each.status == 101 for each in house.server.requests)


def test_an_api_key_of_jellyfin_is_told_nothing(house: House, product: ServerKind) -> None:
    if product is not ServerKind.JELLYFIN:
        pytest.skip("only Jellyfin is known to do so")
    house.host.servers.change(house.stored.id, remote_user_id=None)
    stored = house.host.servers.get(house.stored.id)
    assert stored is not None
    last = Follower(house.host, stored).run(CancelToken(), lambda _told: None)
    assert last.phase is FollowPhase.NOT_OFFERED
    assert "API" in last.reason


def test_it_goes_gently_while_somebody_streams(house: House) -> None:
    house.streaming = True
    movie = first(house)
    with house.heard() as heard:
        house.library.edit(movie, title="The Salt Lamp")
        heard.wait(lambda: house.title(movie) == "The Salt Lamp")
        assert heard.states[-1].gentle is Gentle.STREAMING
        house.streaming = False
        house.power.state = PowerState(on_battery=True)
        house.library.edit(movie, title="The Second Lamp")
        heard.wait(lambda: heard.states[-1].gentle is Gentle.BATTERY)


def test_cancelling_ends_it_at_once(house: House) -> None:
    with house.heard() as heard:
        heard.token.cancel()
        heard.thread.join(30)
        assert not heard.thread.is_alive()
    assert house.server.sockets.wait_for_clients(0)


def test_an_account_that_may_not_listen_is_not_signed_out(house: House) -> None:
    """A refusal of the notices alone: the token is good for everything else."""
    with house.server.faults.using(Status(status=401, match=path(r".*(websocket|socket).*"))):
        last = Follower(house.host, house.stored).run(CancelToken(), lambda _told: None)
    assert last.phase is FollowPhase.NOT_OFFERED
    stored = house.host.servers.get(house.stored.id)
    assert stored is not None
    assert stored.state is ServerState.ONLINE


@pytest.mark.slow
def test_a_server_that_is_away_is_waited_for(house: House) -> None:
    house.server.stop()
    with house.following() as heard:
        waiting = heard.wait_for(FollowPhase.WAITING)
        assert waiting.reason
        house.server.start()
        heard.wait(lambda: heard.states[-1].caught_up_at is not None, timeout_s=20)


def test_nothing_is_lost_when_the_catalog_is_busy(house: House) -> None:
    movie = first(house)
    with house.heard() as heard:
        with house.host.database.write() as connection:
            connection.exec_driver_sql("UPDATE movies SET title = title WHERE id = 1")
            house.library.edit(movie, title="The Salt Lamp")
            heard.wait(lambda: any(state.waiting for state in heard.states))
            heard.wait(lambda: heard.states[-1].waiting == 0)
        heard.wait(lambda: house.title(movie) == "The Salt Lamp", timeout_s=30)
