"""The Emby and Jellyfin dialects of the demo server, trap by trap."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import websocket

from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect, MediaBrowserDialect
from retrovue.demo.mediabrowser_users import PASSWORD

HEADER = 'MediaBrowser Client="t", Device="t", DeviceId="desk-1", Version="1.0"'


class Client:
    """Asks with the key in the one header that both take."""

    def __init__(self, server: DemoServer) -> None:
        assert isinstance(server.dialect, MediaBrowserDialect)
        self.server = server
        self.dialect = server.dialect
        self.session = requests.Session()
        self.session.trust_env = False

    def send(self, method: str, path: str, *, token: str | None = None, headers: Any = None, **kwargs: Any):
        key = self.server.token if token is None else token
        headers = {"Authorization": f'{HEADER}, Token="{key}"'} if headers is None else headers
        return self.session.request(method, self.server.url + path, headers=headers, timeout=30, **kwargs)

    def get(self, path: str, **kwargs: Any):
        return self.send("GET", path, **kwargs)

    def items(self, query: str, **kwargs: Any) -> list[dict[str, Any]]:
        answer = self.get(f"/Items?{query}", **kwargs)
        assert answer.status_code == 200, answer.text
        return answer.json()["Items"]


@pytest.fixture(params=[EmbyDialect, JellyfinDialect], ids=["emby", "jellyfin"])
def client(request: pytest.FixtureRequest, library: DemoLibrary) -> Iterator[Client]:
    with DemoServer(library, dialect=request.param) as running:
        asking = Client(running)
        yield asking
        asking.session.close()


@pytest.fixture
def shows(client: Client) -> str:
    """The id of the library of shows."""
    return client.dialect.flavour.item_id(3)


def test_ids_look_like_the_products_own(client: Client, shows: str) -> None:
    ids = [row["Id"] for row in client.items(f"ParentId={shows}&Recursive=true&SortBy=Id")]
    pattern = r"\d+" if client.dialect.flavour.is_emby else r"[0-9a-f]{32}"
    assert ids
    assert all(re.fullmatch(pattern, each) for each in ids)
    assert all(client.dialect.flavour.item_id(client.dialect.flavour.item_number(each)) == each for each in ids)


@pytest.mark.parametrize(
    ("headers", "query", "on_jellyfin"),
    [
        ({"X-Emby-Token": "demo-token"}, "", False),
        ({"X-MediaBrowser-Token": "demo-token"}, "", False),
        ({"Authorization": 'Emby Client="t", Token="demo-token"'}, "", False),
        ({"X-Emby-Authorization": 'MediaBrowser Client="t", Token="demo-token"'}, "", False),
        ({}, "?api_key=demo-token", False),
        ({"Authorization": 'MediaBrowser Client=t, Token=demo-token'}, "", True),
        ({"Authorization": 'MediaBrowser Token="demo%2Dtoken"'}, "", True),
        ({}, "", None),
        ({"Authorization": 'MediaBrowser Token="wrong"'}, "", None),
    ],
)  # fmt: skip
def test_which_forms_of_a_key_are_let_in(
    client: Client, headers: dict[str, str], query: str, on_jellyfin: bool | None
) -> None:
    status = client.get(f"/System/Info{query}", headers=headers).status_code
    allowed = on_jellyfin is not None and (client.dialect.flavour.is_emby or on_jellyfin)
    assert status == (200 if allowed else 401)


def test_some_paths_are_open_and_emby_has_two_prefixes(client: Client) -> None:
    assert client.get("/System/Info/Public", headers={}).json()["Id"]
    assert client.get("/System/Ping", headers={}).status_code == 200
    product = client.get("/System/Info/Public", headers={}).json().get("ProductName")
    assert product == (None if client.dialect.flavour.is_emby else "Jellyfin Server")
    with_prefix = client.get("/emby/System/Info").status_code
    assert with_prefix == (200 if client.dialect.flavour.is_emby else 404)


def test_rows_are_thin_unless_fields_are_named(client: Client, shows: str) -> None:
    base = f"ParentId={shows}&Recursive=true&IncludeItemTypes=Episode&SortBy=Id&Limit=1&EnableUserData=false"
    [thin] = client.items(base)
    unasked = {"PremiereDate", "ProductionYear", "Container", "CommunityRating", "LocationType"} & thin.keys()
    assert bool(unasked) is not client.dialect.flavour.is_emby
    assert not {"Path", "Etag", "ProviderIds", "MediaSources", "Overview", "DateCreated"} & thin.keys()
    assert {"Name", "Id", "Type", "RunTimeTicks", "SeriesId", "SeasonId", "ImageTags"} <= thin.keys()
    [full] = client.items(base + "&fields=path,ETAG,providerids,MediaSources,DateCreated,PremiereDate")
    assert {"Path", "Etag", "ProviderIds", "MediaSources"} <= full.keys()
    assert full["DateCreated"].endswith(".0000000Z")
    [bare] = client.items(base + "&EnableImages=false")
    assert "ImageTags" not in bare


def test_limit_zero_counts_and_counting_can_be_spared(client: Client, shows: str) -> None:
    base = f"/Items?ParentId={shows}&Recursive=true&IncludeItemTypes=Episode&SortBy=Id&IsMissing=false"
    counted = client.get(base + "&Limit=0").json()
    assert counted["Items"] == []
    assert counted["TotalRecordCount"] == len(client.get(base).json()["Items"])
    spared = client.get(base + "&Limit=5&EnableTotalRecordCount=false").json()
    assert spared["TotalRecordCount"] == (0 if client.dialect.flavour.is_emby else 5)
    assert ("StartIndex" in spared) is not client.dialect.flavour.is_emby


def test_without_an_order_pages_do_not_fit_together(client: Client, shows: str) -> None:
    def read(order: str) -> list[str]:
        base = f"ParentId={shows}&Recursive=true&IncludeItemTypes=Episode{order}"
        return [row["Id"] for start in range(0, 200, 50) for row in client.items(f"{base}&StartIndex={start}&Limit=50")]

    ordered = read("&SortBy=DateCreated,SortName,Id")
    assert len(set(ordered)) == len(ordered)
    assert len(set(read(""))) < len(ordered)


def test_missing_episodes_hide_behind_either_filter(client: Client, shows: str) -> None:
    base = f"ParentId={shows}&Recursive=true&IncludeItemTypes=Episode&SortBy=Id&Fields=LocationType,Path"
    everything = client.items(base)
    missing = [row for row in everything if row.get("LocationType") == "Virtual"]
    assert missing
    assert not any("Path" in row for row in missing)
    for filters in ("IsMissing=false", "ExcludeLocationTypes=Virtual", "LocationTypes=FileSystem,Remote,Offline"):
        assert len(client.items(f"{base}&{filters}")) == len(everything) - len(missing)
    assert client.items(f"{base}&IsMissing=true") == missing
    assert client.items(f"{base}&IsVirtualItem=false") == everything


def test_ids_are_looked_up_skipped_refused_and_limited(client: Client) -> None:
    identity = client.dialect.flavour.item_id
    movies = [identity(movie.id) for movie in client.server.library.members("1", "movie")[:3]]
    found = client.items(f"Ids={','.join([*movies, identity(88_888_888)])}")
    assert {row["Id"] for row in found} == set(movies)
    refused = client.get(f"/Items?Ids={movies[0]},item-1")
    assert (refused.status_code, refused.headers["Content-Type"]) == (500, "text/plain")
    assert client.get(f"/Items?Ids={','.join(movies * 200)}").status_code == 414


def test_a_key_reads_items_and_jellyfin_wants_to_know_the_person(client: Client) -> None:
    account = client.dialect.users.accounts[1]
    token = client.dialect.users.issue(account)
    query = "Recursive=true&IncludeItemTypes=Movie&SortBy=Id&Limit=1"
    bare = client.get(f"/Items?{query}", token=token).status_code
    assert bare == (200 if client.dialect.flavour.is_emby else 400)
    assert client.get(f"/Items?{query}&userId={account.id}", token=token).status_code == 200
    assert client.get(f"/Users/{account.id}/Items?{query}", token=token).status_code == 200
    hidden = client.get(f"/Users/{account.id}/Items?{query}&ParentId={client.dialect.flavour.item_id(2)}")
    assert hidden.json()["TotalRecordCount"] == 0
    refused = client.get("/Library/VirtualFolders", token=token).status_code
    assert refused == (401 if client.dialect.flavour.is_emby else 403)


def test_one_item_alone(client: Client) -> None:
    movie = client.server.library.members("1", "movie")[0]
    number = client.dialect.flavour.item_id(movie.id)
    alone = client.get(f"/Items/{number}")
    assert alone.status_code == (404 if client.dialect.flavour.is_emby else 200)
    user = client.dialect.users.accounts[0].id
    whole = client.get(f"/Users/{user}/Items/{number}").json()
    assert {"Path", "MediaSources", "Etag", "Overview", "ProviderIds"} <= whole.keys()


def test_signing_in_out_and_being_refused(client: Client) -> None:
    body = {"Username": "marlow", "Pw": PASSWORD}
    answer = client.send("POST", "/Users/AuthenticateByName", json=body, headers={"Authorization": HEADER})
    token = answer.json()["AccessToken"]
    assert client.get("/Sessions", token=token).status_code == 200
    assert client.send("POST", "/Sessions/Logout", token=token).status_code == 204
    assert client.get("/Sessions", token=token).status_code == 401
    wrong = {**body, "Pw": "x"}
    refused = client.send("POST", "/Users/AuthenticateByName", json=wrong, headers={"Authorization": HEADER})
    assert (refused.status_code, refused.headers["Content-Type"]) == (401, "text/plain")
    assert client.send("POST", "/Users/AuthenticateByName", json=body, headers={}).status_code == 400


def test_counts_seasons_pictures_and_unknown_paths(client: Client) -> None:
    identity = client.dialect.flavour.item_id
    show = client.server.library.members("3", "show")[0]
    assert client.get("/Items/Counts").json()["MovieCount"] == 120
    seasons = client.get(f"/Shows/{identity(show.id)}/Seasons").json()["Items"]
    assert [row["IndexNumber"] for row in seasons] == [s.index for s in client.server.library.children(show.id)]
    picture = client.get(f"/Items/{identity(show.id)}/Images/Primary?maxWidth=40&maxHeight=60")
    assert picture.content.startswith(b"\x89PNG")
    for path in ("/Nothing/Here", f"/Items/{identity(77_777_777)}/Images/Primary"):
        missing = client.get(path)
        assert (missing.status_code, missing.headers["Content-Type"]) == (404, "text/plain")


class Listener:
    """A websocket client that keeps what it hears."""

    def __init__(self, client: Client, *, token: str | None = None) -> None:
        name = "embywebsocket" if client.dialect.flavour.is_emby else "socket"
        key = client.server.token if token is None else token
        names = ("api_key", "deviceId") if client.dialect.flavour.is_emby else ("ApiKey", "deviceId")
        address = client.server.url.replace("http", "ws", 1)
        url = f"{address}/{name}?{names[0]}={key}&{names[1]}=desk-1"
        self.socket = websocket.create_connection(url, timeout=30)
        assert client.server.sockets.wait_for_clients()

    def say(self, kind: str, data: Any = None) -> None:
        self.socket.send(json.dumps({"MessageType": kind, "Data": data}))

    def hear(self, kind: str) -> dict[str, Any]:
        while True:
            message = json.loads(self.socket.recv())
            assert message["MessageId"]
            if message["MessageType"] == kind:
                return message

    def close(self) -> None:
        self.socket.close()


def test_sessions_over_the_websocket(client: Client) -> None:
    listener = Listener(client)
    movie = client.server.library.members("1", "movie")[0]
    if client.dialect.flavour.is_emby:
        listener.say("SessionsStart", "0,50")
        assert not any("NowPlayingItem" in each for each in listener.hear("Sessions")["Data"])
        assert listener.hear("Sessions")
    else:
        assert listener.hear("ForceKeepAlive")["Data"] == 60
        listener.say("KeepAlive")
        assert "Data" not in listener.hear("KeepAlive")
        listener.say("SessionsStart", "0,1500")
        # Nothing comes by itself: an answer shows that the subscription was heard.
        listener.say("KeepAlive")
        listener.hear("KeepAlive")
    client.server.playbacks.start(movie.id)
    while True:
        playing = [each for each in listener.hear("Sessions")["Data"] if "NowPlayingItem" in each]
        if playing:
            break
    assert playing[0]["NowPlayingItem"]["Id"] == client.dialect.flavour.item_id(movie.id)
    listener.close()
    assert client.server.sockets.wait_for_clients(0)


def test_library_changes_are_told_to_people_and_on_emby_to_keys(client: Client) -> None:
    account = client.dialect.users.accounts[0]
    key, person = Listener(client), Listener(client, token=client.dialect.users.issue(account))
    assert client.server.sockets.wait_for_clients(2)
    client.dialect.announcer.library_changes = True
    movie = client.server.library.add_movie("Fresh", year=2001)
    identity = client.dialect.flavour.item_id
    change = person.hear("LibraryChanged")["Data"]
    assert (change["ItemsAdded"], change["ItemsRemoved"]) == ([identity(movie.id)], [])
    assert change["CollectionFolders"] == [identity(1)]
    client.server.library.remove(movie.id)
    assert person.hear("LibraryChanged")["Data"]["ItemsRemoved"] == [identity(movie.id)]
    told = client.dialect.announcer.announce_library({"ItemsAdded": []})
    assert told == (2 if client.dialect.flavour.is_emby else 1)
    key.close()
    person.close()
    assert client.server.sockets.wait_for_clients(0)


def test_a_listing_goes_on_while_the_library_changes(client: Client, shows: str) -> None:
    library = client.server.library
    done = threading.Event()

    def change() -> None:
        show = library.members("3", "show")[0]
        while not done.is_set():
            library.remove(library.add_episode(show, "Passing").id)

    changing = threading.Thread(target=change)
    changing.start()
    try:
        base = f"ParentId={shows}&Recursive=true&IncludeItemTypes=Episode&SortBy=DateCreated,Id&IsMissing=false"
        for start in range(0, 200, 20):
            assert client.get(f"/Items?{base}&StartIndex={start}&Limit=20&Fields=MediaSources").status_code == 200
    finally:
        done.set()
        changing.join(30)
