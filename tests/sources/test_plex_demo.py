"""The Plex source against the demo server: everything a catalog stores comes through, in JSON and in XML."""

import pytest

from retrovue.core.domain.errors import AuthError, NotFoundError, ProtocolError
from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.servers import LibraryKind, ServerKind
from retrovue.core.sources.base import Connection, Since
from retrovue.core.sources.plex.items import resolution_label
from retrovue.core.sources.registry import open_source
from retrovue.demo.fault_kinds import Flag, Status
from retrovue.demo.faults import path

KINDS = [
    (ItemKind.MOVIE, LibraryKind.MOVIES),
    (ItemKind.SHOW, LibraryKind.SHOWS),
    (ItemKind.EPISODE, LibraryKind.SHOWS),
]


def everything(plex, size=100):
    """All items of all imported libraries, by (library, id)."""
    found = {}
    for library in plex.libraries():
        for kind, of in KINDS:
            if library.kind is not of:
                continue
            start = 0
            while True:
                page = plex.items_page(library, kind, start=start, size=size)
                assert not page.bad
                found.update({(library.remote_id, item.remote_id): item for item in page.items})
                start += page.arrived
                if start >= page.total:
                    break
    return found


def test_every_stored_field_comes_through(plex, library):
    found = everything(plex)
    truths = {(t.section, t.remote_id): t for t in library.truth().values() if t.kind in ("movie", "show", "episode")}
    assert set(found) == set(truths)
    for key, truth in truths.items():
        item = found[key]
        named = {f"{e.provider}://{e.external_id}" for e in item.external_ids if e.source == "guids"}
        assert named == set(truth.external_ids)
        assert item.genre == (truth.genres[0] if truth.genres else None)
        assert (item.trashed_at is not None) == truth.in_server_trash
        assert (
            item.kind.value, item.source_guid, item.title, item.sort_title, item.original_title, item.year,
            item.summary or "", item.content_rating, item.studio, item.duration_ms, item.added_at, item.updated_at,
        ) == (
            truth.kind, truth.guid, truth.title, truth.sort_title, truth.original_title, truth.year,
            truth.summary, truth.content_rating, truth.studio, truth.duration_ms, truth.added_at, truth.updated_at,
        )  # fmt: skip
        assert item.originally_available_at == ((truth.originally_available_at or "")[:10] or None)
        if item.kind is ItemKind.EPISODE:
            assert (item.show_remote_id, item.season_number, item.episode_number) == (
                truth.show_remote_id, truth.season_number, truth.episode_number,
            )  # fmt: skip
        assert [
            (f.server_path, f.size_bytes, f.change_stamp, f.duration_ms, f.version_index, f.part_index, f.container,
             f.video_codec, f.audio_codec, f.resolution)
            for f in item.files
        ] == [
            (f.path, f.size_bytes, str(f.stamp), f.duration_ms, f.version_index, f.part_index, f.container,
             f.video_codec, f.audio_codec, resolution_label(f.resolution))
            for f in truth.files
        ]  # fmt: skip


def test_xml_tells_the_same_as_json(plex, server):
    in_json = everything(plex)
    with server.faults.using(Flag(flag="always_xml")):
        in_xml = everything(plex)
        libraries = plex.libraries()
    assert libraries == plex.libraries()
    # Characters that XML cannot hold are missing there; nothing else may differ.
    differing = [key for key in in_json if in_json[key] != in_xml[key]]
    assert set(in_xml) == set(in_json)
    assert all(any(ord(c) < 32 for c in f"{in_json[key]!s}") or "\\x" in repr(in_json[key]) for key in differing)


@pytest.mark.parametrize("xml", [False, True])
def test_hoisted_attributes_are_given_back(plex, server, shows, xml):
    plain = plex.items_page(shows, ItemKind.EPISODE, start=0, size=1000).items
    faults = [Flag(flag="hoist"), *([Flag(flag="always_xml")] if xml else [])]
    with server.faults.using(*faults):
        for size in (1, 7, 1000):
            page = plex.items_page(shows, ItemKind.EPISODE, start=0, size=size)
            assert list(page.items) == list(plain[:size])


@pytest.mark.parametrize("flags", [[], ["ignore_slim"], ["always_xml"]])
@pytest.mark.parametrize("kind", [ItemKind.EPISODE, ItemKind.SHOW])
def test_slim_pages_have_the_same_keys_in_the_same_order(plex, server, shows, flags, kind):
    page = plex.items_page(shows, kind, start=0, size=1000)
    with server.faults.using(*(Flag(flag=flag) for flag in flags)):
        slim = plex.stubs_page(shows, kind, start=0, size=1000)
    assert [(i.remote_id, i.change_key) for i in page.items] == [(s.remote_id, s.change_key) for s in slim.stubs]
    assert (slim.arrived, slim.total, slim.declared) == (page.arrived, page.total, page.declared)


def test_a_slim_page_is_less_than_two_thirds_of_a_full_one(plex, shows):
    plex.items_page(shows, ItemKind.EPISODE, start=0, size=200)
    full = plex.traffic.received_bytes
    plex.stubs_page(shows, ItemKind.EPISODE, start=0, size=200)
    assert plex.traffic.received_bytes - full < full * 2 / 3


def test_details_are_equal_to_the_list(plex, shows):
    page = plex.items_page(shows, ItemKind.EPISODE, start=0, size=60)
    details = plex.details(shows, ItemKind.EPISODE, [item.remote_id for item in page.items])
    assert {item.remote_id: item for item in details.items} == {item.remote_id: item for item in page.items}


def test_details_of_unknown_ids_are_absent(plex, shows):
    known = plex.items_page(shows, ItemKind.EPISODE, start=0, size=1).items[0].remote_id
    assert [i.remote_id for i in plex.details(shows, ItemKind.EPISODE, [known, "99999999"]).items] == [known]
    assert plex.details(shows, ItemKind.EPISODE, ["99999999"]).arrived == 0
    assert plex.details(shows, ItemKind.EPISODE, []).items == ()


def test_details_of_an_item_that_moved_to_another_library_are_absent(plex, shows, movies):
    movie = plex.items_page(movies, ItemKind.MOVIE, start=0, size=1).items[0]
    other = next(each for each in plex.libraries() if each.name == "4K Movies")
    page = plex.details(other, ItemKind.MOVIE, [movie.remote_id])
    assert (page.items, page.skipped_ids) == ([], [movie.remote_id])


@pytest.mark.parametrize(
    "change",
    [
        lambda lib, item: lib.rename_file(item.id, "/media/tv/elsewhere/renamed.mkv"),
        lambda lib, item: lib.trash(item.id),
        lambda lib, item: lib.edit(item.id, title="Renamed"),
    ],
)
def test_the_change_key_moves_with_every_change(plex, library, shows, change):
    before = plex.stubs_page(shows, ItemKind.EPISODE, start=0, size=1).stubs[0]
    change(library, library.items[int(before.remote_id)])
    stubs = plex.stubs_page(shows, ItemKind.EPISODE, start=0, size=1000).stubs
    after = next(stub for stub in stubs if stub.remote_id == before.remote_id)
    assert after.change_key != before.change_key


def test_counts(plex, library, shows, movies):
    truth = list(library.truth("3").values())
    assert plex.count(shows, ItemKind.EPISODE) == sum(t.kind == "episode" for t in truth)
    assert plex.count(shows, ItemKind.SHOW) == sum(t.kind == "show" for t in truth)
    assert plex.count(movies, ItemKind.MOVIE) == sum(t.kind == "movie" for t in library.truth("1").values())
    assert plex.traffic.received_bytes < 10_000


def test_a_delta_holds_what_changed_after_an_instant(plex, library, shows, server):
    item = plex.items_page(shows, ItemKind.EPISODE, start=0, size=1).items[0]
    now = library.now()
    library.edit(int(item.remote_id), title="Changed now")
    page = plex.items_page(shows, ItemKind.EPISODE, start=0, size=100, since=Since(now - 1))
    assert [each.title for each in page.items] == ["Changed now"]
    added = plex.items_page(shows, ItemKind.EPISODE, start=0, size=100, since=Since(now - 1, "added"))
    assert added.items == []
    assert "updatedAt%3E%3E=" in server.requests[-2].query
    assert "addedAt%3E%3E=" in server.requests[-1].query


def test_the_listing_order_does_not_move_when_something_is_added(plex, library, shows):
    before = [i.remote_id for i in plex.stubs_page(shows, ItemKind.EPISODE, start=0, size=1000).stubs]
    show = library.add_show("Aardvark Alley")
    library.add_episode(show, "First")
    after = [i.remote_id for i in plex.stubs_page(shows, ItemKind.EPISODE, start=0, size=1000).stubs]
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1


def test_shows_are_found_by_exact_title_and_year(plex, library, shows):
    for title, year in (("Sex, Lies & Static", 1999), ("The 100% Show", 2001), ("Amélie’s House", 2002)):
        library.add_show(title, year=year)
        assert [s.title for s in plex.find_shows(shows, title.upper(), year)] == [title]
        assert plex.find_shows(shows, title[:-1], None) == []
        assert plex.find_shows(shows, title, 1901) == []
    library.add_show("Twice", year=1990)
    library.add_show("Twice", year=2010)
    assert sorted(s.year for s in plex.find_shows(shows, "twice", None)) == [1990, 2010]


def test_all_episodes_of_a_show_in_pages(plex, library, shows):
    show = max(
        plex.items_page(shows, ItemKind.SHOW, start=0, size=100).items,
        key=lambda s: library.leaf_count(int(s.remote_id)),
    )
    found, start = [], 0
    while True:
        page = plex.episodes_of(shows, show.remote_id, start=start, size=10)
        found += page.items
        start += page.arrived
        if start >= page.total:
            break
    listed = plex.items_page(shows, ItemKind.EPISODE, start=0, size=1000).items
    assert {e.remote_id: e for e in found} == {e.remote_id: e for e in listed if e.show_remote_id == show.remote_id}


def test_episodes_of_a_show_that_is_gone(plex, shows):
    with pytest.raises(NotFoundError):
        plex.episodes_of(shows, "99999999", start=0, size=10)


def test_libraries(plex, library):
    libraries = plex.libraries()
    assert [(each.remote_id, each.name) for each in libraries] == [(s.key, s.title) for s in library.sections.values()]
    assert [each.kind.value for each in libraries] == ["movies", "movies", "shows", "shows", "music", "photos"]
    assert [root.path for root in libraries[2].roots] == ["/media/tv", "/mnt/archive/tv"]
    before = libraries[0].change_marker
    library.touch_section("1")
    assert plex.libraries()[0].change_marker != before


def test_who_is_there(plex, server, library):
    info = plex.identify()
    assert (info.kind, info.machine_identifier) == (ServerKind.PLEX, library.machine_identifier)
    assert "x-plex-token" not in server.requests[-1].headers
    signed_in = plex.probe()
    assert (signed_in.name, signed_in.is_owner) == ("Lanternhouse", True)
    assert signed_in.account == "demo@example.invalid"


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_see_sessions_is_no_owner(plex, server, status):
    with server.faults.using(Status(status=status, match=path("/status/sessions"))):
        assert not plex.probe().is_owner


def test_a_refused_token(server, library):
    source = open_source(ServerKind.PLEX, Connection(server.url, token="old"))
    assert source.identify().machine_identifier == library.machine_identifier
    with pytest.raises(AuthError) as caught:
        source.probe()
    assert caught.value.hint == "Sign in again."
    assert len(server.requests) == 2
    source.close()


def test_the_token_is_sent_as_a_header_only(plex, server, shows):
    plex.items_page(shows, ItemKind.SHOW, start=0, size=10)
    plex.libraries()
    assert all(record.headers["x-plex-token"] == "demo-token" for record in server.requests)
    assert not any("token" in record.query.lower() for record in server.requests)


def test_artwork_is_scaled_or_else_plain(plex, server, movies):
    address = plex.items_page(movies, ItemKind.MOVIE, start=0, size=1).items[0].artwork
    scaled = plex.artwork(address, width=40, height=60)
    assert scaled.startswith(b"\x89PNG")
    with server.faults.using(Status(status=500, match=path("/photo/"))):
        plain = plex.artwork(address, width=40, height=60)
    assert plain.startswith(b"\x89PNG")
    assert plain != scaled
    with pytest.raises((ProtocolError, NotFoundError)):
        plex.artwork("/library/metadata/99999999/thumb/1", width=40, height=60)
    with pytest.raises((ProtocolError, NotFoundError)):
        plex.artwork("https://elsewhere.invalid/poster.jpg", width=40, height=60)
    assert all("elsewhere" not in record.path for record in server.requests)


def test_connections_are_kept_over_many_requests(plex, server, shows):
    server.reset_counters()
    for start in range(0, 100, 10):
        plex.items_page(shows, ItemKind.EPISODE, start=start, size=10)
    assert server.connections_opened == 0
    assert len(server.requests) == 10


def test_dropped_connections_are_replaced(plex, server, shows):
    plex.items_page(shows, ItemKind.EPISODE, start=0, size=10)
    server.drop_connections()
    assert plex.items_page(shows, ItemKind.EPISODE, start=0, size=10).arrived == 10
