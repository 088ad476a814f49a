"""A year of 0 and numbers of -1 mean "not known": in items, live sessions and records of plays of every server."""

import json
from datetime import UTC
from pathlib import Path
from typing import Any, cast

import pytest

from retrovue.core.domain.media import ItemKind, RemoteItem
from retrovue.core.domain.playback import session_title
from retrovue.core.sources.http import Answer, HttpClient
from retrovue.core.sources.jellystat import read_jellystat
from retrovue.core.sources.mediabrowser import decode as mb_decode
from retrovue.core.sources.mediabrowser import items as mb_items
from retrovue.core.sources.mediabrowser import sessions as mb_sessions
from retrovue.core.sources.mediabrowser.activity import ActivityReader
from retrovue.core.sources.plex import decode as plex_decode
from retrovue.core.sources.plex import items as plex_items
from retrovue.core.sources.plex import sessions as plex_sessions
from retrovue.core.sources.plex.history import read_history

PLEX: dict[str, Any] = {
    "ratingKey": "9", "type": "episode", "title": "Chapter", "grandparentTitle": "Lantern", "grandparentRatingKey": "5",
    "historyKey": "/h/1", "viewedAt": 1_790_000_000, "accountID": 1, "Player": {"state": "playing"}, "User": {},
    "Session": {"id": "s"}, "sessionKey": "1",
}  # fmt: skip
ROW: dict[str, Any] = {
    "Id": "9", "Type": "Episode", "Name": "Chapter", "SeriesName": "Lantern", "SeriesId": "5", "MediaType": "Video",
    "LocationType": "FileSystem", "Path": "/tv/a.mkv",
    "UserData": {"LastPlayedDate": "2026-01-01T20:00:00Z"},
}  # fmt: skip
ODD = [(0, -1, -1), ("0", "-1", "-1"), (-5, -(2**40), 2**40), (10**9, -1, -1)]
IDS = ["numbers", "texts", "far below", "far above"]


@pytest.mark.parametrize(("year", "season", "episode"), ODD, ids=IDS)
def test_plex(year: Any, season: Any, episode: Any) -> None:
    entry = PLEX | {"year": year, "parentIndex": season, "index": episode}
    document = {"MediaContainer": {"size": 1, "totalSize": 1, "Metadata": [entry]}}
    body = json.dumps(document).encode()
    [item] = plex_items.item_page(plex_decode.full_listing(body), ItemKind.EPISODE, start=0).items
    assert isinstance(item, RemoteItem)
    assert (item.year, item.season_number, item.episode_number) == (None, None, None)
    [session] = plex_sessions.remote_sessions(plex_decode.container(body))
    assert (session.year, session.season_number, session.episode_number) == (None, None, None)
    assert session_title(session) == "Lantern · Chapter"
    [play] = read_history(_http(document), 0)
    assert (play.item.season_number, play.item.episode_number) == (None, None)


@pytest.mark.parametrize(("year", "season", "episode"), ODD, ids=IDS)
def test_emby_and_jellyfin(year: Any, season: Any, episode: Any, tmp_path: Path) -> None:
    row = ROW | {"ProductionYear": year, "ParentIndexNumber": season, "IndexNumber": episode}
    rows = {"Items": [row], "TotalRecordCount": 1}
    listing = mb_decode.full_listing(json.dumps(rows).encode())
    [item] = mb_items.item_page(listing, ItemKind.EPISODE, start=0, parts_of=lambda _id: []).items
    assert isinstance(item, RemoteItem)
    assert (item.year, item.season_number, item.episode_number) == (None, None, None)
    [session] = mb_sessions.remote_sessions([{"Id": "s", "NowPlayingItem": row, "PlayState": {}}])
    assert (session.year, session.season_number, session.episode_number) == (None, None, None)
    reader = ActivityReader(_http(rows, users=[{"Id": "u", "Name": "mira"}]), lambda _user: ("/Items", []))
    [play] = reader.read(0)
    assert (play.item.year, play.item.season_number, play.item.episode_number) == (None, None, None)
    told = {
        "Id": "1", "PlaybackDuration": 9, "NowPlayingItemId": "5", "NowPlayingItemName": "Chapter", "EpisodeId": "9",
        "SeriesName": "Lantern", "UserId": "u", "ActivityDateInserted": "2024-01-01T20:00:00Z",
    }  # fmt: skip
    path = tmp_path / "backup.json"
    path.write_text(json.dumps([{"jf_playback_activity": [told], "jf_library_episodes": [row]}]), encoding="utf-8")
    [kept] = read_jellystat(path, UTC).plays
    assert (kept.year, kept.season_number, kept.episode_number) == (None, None, None)


def _http(document: Any, users: Any = ()) -> HttpClient:
    """A client that knows one list of items, and who there is."""

    class Client:
        host = "attic"

        def get(self, path: str, *_params: Any, **_options: Any) -> Answer:
            found = {"/Users": users, "/accounts": {"MediaContainer": {}}}.get(path, document)
            if path == "/System/ActivityLog/Entries":
                found = {"Items": [], "TotalRecordCount": 0}
            return Answer(json.dumps(found).encode(), {"Content-Type": "application/json"})

    return cast(HttpClient, Client())
