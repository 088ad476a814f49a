"""Lists that never end: a server that sends the same page whatever is asked for, with a total of a billion."""

import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from tests.servers.tautulli import KEY, row

from retrovue.core.domain.errors import ProtocolError
from retrovue.core.domain.servers import LibraryKind, RemoteLibrary
from retrovue.core.sources.http import Answer, HttpClient
from retrovue.core.sources.mediabrowser.activity import ActivityReader
from retrovue.core.sources.mediabrowser.collections import box_sets
from retrovue.core.sources.paging import PageWatch
from retrovue.core.sources.plex.collections import plex_collections
from retrovue.core.sources.plex.history import read_history
from retrovue.core.sources.tautulli import TautulliClient

BILLION = 10**9
ENOUGH = 20
"""No list here needs more questions."""


class SamePage:
    """An HTTP client that answers a path with the same document each time, and ends what asks for too much."""

    host = "attic"

    def __init__(self, answers: Callable[[str], Any]) -> None:
        self.answers, self.asked = answers, 0

    def get(self, path: str, params: Any = (), **_options: Any) -> Answer:
        self.asked += 1
        assert self.asked < ENOUGH, "it goes on for ever"
        return Answer(json.dumps(self.answers(path)).encode(), {"Content-Type": "application/json"})


def client(answers: Callable[[str], Any]) -> tuple[SamePage, HttpClient]:
    found = SamePage(answers)
    return found, cast(HttpClient, found)


def plex(*entries: dict[str, Any], **facts: Any) -> Callable[[str], Any]:
    return lambda _path: {"MediaContainer": {"Metadata": list(entries), **facts}}


def rows(*entries: dict[str, Any], total: int = BILLION) -> dict[str, Any]:
    return {"Items": list(entries), "TotalRecordCount": total}


@pytest.mark.parametrize("key", ["/status/1", None], ids=["keys", "no keys"])
def test_the_history_of_plex_ends(key: str | None) -> None:
    entry = {"historyKey": key, "viewedAt": 9_000, "type": "movie", "title": "Again", "accountID": 1, "ratingKey": "7"}
    _, http = client(plex(entry, totalSize=BILLION))
    assert [play.item.title for play in read_history(http, 0)] == ["Again"]


@pytest.mark.parametrize("has_log", [True, False], ids=["log", "what was played last"])
def test_the_record_of_emby_and_jellyfin_ends(has_log: bool) -> None:
    played = {"Id": "7", "Name": "Again", "Type": "Movie", "UserData": {"LastPlayedDate": "2026-01-01T20:00:00Z"}}
    entry = {"Id": 1, "Type": "VideoPlayback", "Date": "2026-01-01T20:00:00Z", "UserId": "u", "ItemId": "7"}

    def answers(path: str) -> Any:
        if path == "/Users":
            return [{"Id": "u", "Name": "mira"}]
        if path == "/System/ActivityLog/Entries":
            return rows(entry) if has_log else rows(total=0)
        return rows(played)

    _, http = client(answers)
    plays = ActivityReader(http, lambda _user: ("/Items", [])).read(0)
    assert {play.remote_id for play in plays} == {"7"}


def test_collections_that_go_round_are_refused_and_change_nothing() -> None:
    _, http = client(plex({"ratingKey": "7", "title": "Again"}, totalSize=BILLION))
    with pytest.raises(ProtocolError, match="incomplete"):
        plex_collections(http, [RemoteLibrary(remote_id="1", name="Movies", kind=LibraryKind.MOVIES)])
    page = json.dumps(rows({"Id": "7", "Name": "Again"})).encode()
    asked = iter(range(ENOUGH))

    def ask(_params: Any) -> Answer:
        next(asked)
        return Answer(page, {})

    with pytest.raises(ProtocolError, match="incomplete"):
        box_sets(ask)


def test_a_list_of_collections_without_a_total_is_read_on_and_an_empty_one_with_a_total_is_not_believed() -> None:
    def ask(params: Any) -> Answer:
        asked = dict(params)
        if "ParentId" in asked:
            return Answer(json.dumps(rows(total=3)).encode(), {})
        start = int(cast(int, asked["StartIndex"]))
        page = [{"Id": str(n), "Name": f"Box {n}"} for n in range(start, min(start + 500, 501))]
        return Answer(json.dumps({"Items": page}).encode(), {})

    found = box_sets(ask)
    assert (len(found), {one.member_ids for one in found}) == (501, {()})
    with pytest.raises(ProtocolError):
        box_sets(lambda _params: Answer(json.dumps(rows(total=3)).encode(), {}))


@pytest.mark.parametrize("total", [BILLION, None], ids=["a billion", "no total"])
def test_the_history_of_tautulli_ends(total: int | None) -> None:
    data = {"recordsFiltered": total, "data": [row(2, 9_000), row(1, 1_000)]}
    _, http = client(lambda _path: {"response": {"result": "success", "data": data}})
    with pytest.raises(ProtocolError, match="again and again"):
        list(TautulliClient("http://attic", KEY, client=http).pages(length=2))


def test_a_page_without_news_is_no_circle() -> None:
    watch = PageWatch()
    pages = [["a"], ["a"], [], ["b"], ["b"], ["a"], [], ["c"]]
    assert not any(watch.is_endless(page) for page in pages)
    assert [watch.is_endless(["c"]) for _ in range(4)] == [False, False, False, True]


def test_an_answer_that_repeats_the_key_does_not_show_it() -> None:
    _, http = client(lambda _path: {"response": {"result": "error", "message": f"no such call: {KEY}"}})
    with pytest.raises(ProtocolError, match="no such call") as caught:
        TautulliClient("http://attic", KEY, client=http).ask("status")
    assert KEY not in caught.value.text + caught.value.detail
