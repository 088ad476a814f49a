"""Tautulli's words, compared with recorded answers key by key and type by type, and numbers that agree."""

import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, event, select, update
from tests.api.conftest import DAYS, Asker

from retrovue.api.tautulli.commands import COMMANDS
from retrovue.core.domain.days import DayRange
from retrovue.core.domain.images import image_format
from retrovue.core.domain.sharing import ORDERS
from retrovue.core.domain.statistics import Chosen, View
from retrovue.core.services.statistics.views import statistics
from retrovue.core.storage.tables import episodes, libraries, movies, plays, servers

SAME_SHAPE = {
    "status": {},
    "status_database": {},
    "server_status": {},
    "get_server_info": {},
    "get_server_identity": {},
    "get_server_friendly_name": {},
    "get_tautulli_info": {},
    "get_date_formats": {},
    "get_notifiers": {},
    "get_newsletters": {},
    "get_notification_log": {},
    "get_exports_table": {},
    "get_synced_items": {},
    "get_user_logins": {"user_id": "user"},
    "delete_history_no_rows": {},
    "sql_disabled": {},
    "get_activity": {},
    "get_history": {},
    "get_history_grouping_0": {},
    "get_history_bad_date": {},
    "get_users": {},
    "get_user": {"user_id": "user"},
    "get_user_missing": {},
    "get_user_names": {},
    "get_users_table": {},
    "get_user_watch_time_stats": {"user_id": "user"},
    "get_user_player_stats": {"user_id": "user"},
    "get_user_ips": {"user_id": "user"},
    "get_libraries": {},
    "get_library": {"section_id": "movies"},
    "get_library_missing": {},
    "get_library_names": {},
    "get_libraries_table": {},
    "get_library_watch_time_stats": {"section_id": "movies"},
    "get_library_user_stats": {"section_id": "movies"},
    "get_library_media_info_movies": {"section_id": "movies"},
    "get_library_media_info_shows": {"section_id": "shows"},
    "get_item_watch_time_stats_movie": {"rating_key": "movie"},
    "get_item_user_stats_movie": {"rating_key": "movie"},
    "get_metadata_movie": {"rating_key": "movie"},
    "get_metadata_episode": {"rating_key": "episode"},
    "get_metadata_missing": {},
    "get_children_metadata_show": {"rating_key": "show"},
    "get_stream_data": {"row_id": "play"},
    "get_home_stats": {},
    "get_plays_by_date": {},
    "get_plays_by_dayofweek": {},
    "get_plays_by_hourofday": {},
    "get_plays_per_month": {},
    "get_plays_by_stream_type": {},
    "get_plays_by_source_resolution": {},
    "get_plays_by_stream_resolution": {},
    "get_plays_by_top_10_users": {},
    "get_plays_by_top_10_platforms": {},
    "get_stream_type_by_top_10_users": {},
    "get_stream_type_by_top_10_platforms": {},
    "get_concurrent_streams_by_stream_type": {},
}
# What another house has otherwise: a null is a kind of its own for what nobody knows, and lists may be empty.
_FREE = (type(None),)


@pytest.fixture(scope="module")
def named(shared: Asker) -> Mapping[str, object]:
    """Numbers of this house in place of those of the recorded one."""
    libraries = {
        each["section_type"]: each["section_id"] for each in shared.data("get_libraries") if each["count"] != "0"
    }
    history = shared.data("get_history", include_activity=0, length=500, grouping=0)["data"]
    movie = next(row for row in history if row["media_type"] == "movie" and row["rating_key"])
    episode = next(row for row in history if row["media_type"] == "episode" and row["rating_key"])
    return {
        "user": history[0]["user_id"],
        "movies": libraries["movie"],
        "shows": libraries["show"],
        "movie": movie["rating_key"],
        "episode": episode["rating_key"],
        "show": episode["grandparent_rating_key"],
        "play": history[0]["row_id"],
    }


@pytest.mark.parametrize("name", SAME_SHAPE)
def test_answers_have_the_recorded_keys_and_types(
    shared: Asker, named: Mapping[str, object], fixtures_dir: Path, name: str
) -> None:
    recorded = json.loads((fixtures_dir / "tautulli" / f"{name}.json").read_text("utf-8"))
    asked = {**recorded["request"], **{key: named[value] for key, value in SAME_SHAPE[name].items()}}
    status, response = shared.envelope(**asked)
    assert status == recorded["status"]
    assert response["message"] == recorded["body"]["response"]["message"]
    problems: list[str] = []
    compare(recorded["body"]["response"]["data"], response["data"], name, problems)
    assert not problems


def test_of_several_servers_the_plex_server_is_spoken_of_and_all_are_named(shared: Asker) -> None:
    # By name the first is the other one.
    info = shared.data("get_server_info")
    plex = next(each for each in shared.house.host.servers.all() if each.name == "Plex")
    assert (info["pms_name"], info["pms_identifier"], info["servers"]) == (
        "Plex",
        plex.machine_identifier,
        ["Jellyfin", "Plex"],
    )
    assert shared.data("get_server_identity")["machine_identifier"] == plex.machine_identifier
    one = shared.data("get_server_info", at="/servers/Jellyfin/api/v2")
    assert (one["pms_name"], one["servers"]) == ("Jellyfin", ["Jellyfin"])


def test_one_server_that_is_down_does_not_turn_the_others_away(shared: Asker) -> None:
    board = shared.house.board
    up = [state for each in shared.house.host.servers.all() if (state := board.state(each.id)) is not None]
    try:
        for down, connected in ((1, True), (2, False)):
            board.show([*(replace(each, is_down=True) for each in up[:down]), *up[down:]])
            told = shared.data("server_status")
            assert told == {"connected": connected, "servers": {"Jellyfin": False, "Plex": connected}}
        board.show(up[:1])
        assert shared.data("server_status", at="/servers/Plex/api/v2")["connected"] is False
    finally:
        board.show(up)


OTHERWISE = {
    "get_home_stats_after": "its date parameters fail in that version",
    "get_home_stats_between": "its date parameters fail in that version",
    "search": "the server behind it could not search, and so it had no results by kind",
    "error_bad_key": "compared below",
    "error_no_key": "compared below",
    "error_no_command": "compared below",
    "error_unknown_command": "compared below",
    "db_columns": "no answer",
}


@pytest.mark.slow
def test_every_other_recorded_answer_has_its_keys_and_types_too(
    shared: Asker, named: Mapping[str, object], fixtures_dir: Path
) -> None:
    """Variants with other parameters; the numbers of items and people are those of this house."""
    problems: list[str] = []
    compared = 0
    for path in sorted((fixtures_dir / "tautulli").glob("*.json")):
        recorded = json.loads(path.read_text("utf-8"))
        asked = dict(recorded.get("request", {})) if isinstance(recorded, dict) else {}
        if path.stem in OTHERWISE or path.stem in SAME_SHAPE:
            continue
        assert asked["cmd"] in COMMANDS, path.stem
        item = "show" if "show" in path.stem else "movie" if "movie" in path.stem else "episode"
        section = "shows" if item == "show" else "movies"
        ours = {"user_id": named["user"], "section_id": named[section], "rating_key": named[item]}
        asked |= {name: number for name, number in ours.items() if asked.get(name)}
        status, response = shared.envelope(**asked)
        if (status, response["message"]) != (recorded["status"], recorded["body"]["response"]["message"]):
            problems.append(f"{path.stem}: {status} {response['message']}")
        compare(recorded["body"]["response"]["data"], response["data"], path.stem, problems)
        compared += 1
    assert problems == []
    assert compared > 80


NULL_HERE = {
    # Of a library from which nothing was played, whose row Tautulli's own query leaves empty: all of theirs had plays.
    "get_libraries_table": set(
        "content_rating guid history_row_id last_accessed last_played live media_type originally_available_at "
        "parent_title rating_key thumb year".split()
    ),
    # What no record of ours holds. Tautulli has null there for plays that it recorded before it knew these.
    "get_history": {"relayed", "secure"},
    # No server is asked for it. A number is what typed clients take it for, so an empty text is none.
    "get_home_stats": {"rating"},
}


@pytest.mark.slow
def test_nothing_is_null_that_is_never_null_there(
    shared: Asker, named: Mapping[str, object], fixtures_dir: Path
) -> None:
    """Typed clients take a number or a text for granted where Tautulli always has one."""
    theirs: dict[str, dict[str, set[bool]]] = {}
    ours: dict[str, dict[str, set[bool]]] = {}
    for path in sorted((fixtures_dir / "tautulli").glob("*.json")):
        recorded = json.loads(path.read_text("utf-8"))
        if path.stem in OTHERWISE:
            continue
        asked = {**recorded["request"], **{key: named[value] for key, value in SAME_SHAPE.get(path.stem, {}).items()}}
        _status, response = shared.envelope(**asked)
        nulls(recorded["body"]["response"]["data"], theirs.setdefault(asked["cmd"], {}))
        nulls(response["data"], ours.setdefault(asked["cmd"], {}))
    wrong = {
        f"{cmd}: {key}"
        for cmd, found in ours.items()
        for key, are_null in found.items()
        if True in are_null and theirs[cmd].get(key) == {False} and key not in NULL_HERE.get(cmd, ())
    }
    assert wrong == set()
    assert sum(map(len, ours.values())) > 800


def nulls(value: Any, found: dict[str, set[bool]]) -> None:
    """Whether each key has nulls and anything else, wherever it stands."""
    for key, below in value.items() if isinstance(value, dict) else ():
        found.setdefault(key, set()).add(below is None)
        nulls(below, found)
    for each in value if isinstance(value, list) else ():
        nulls(each, found)


def compare(theirs: Any, ours: Any, where: str, problems: list[str]) -> None:
    """Every key of theirs is one of ours with a value of its type."""
    if theirs is None or ours is None:
        return
    if isinstance(theirs, bool) or isinstance(ours, bool) or not isinstance(theirs, int | float):
        kinds: tuple[type, ...] = (type(theirs),)
    else:
        kinds = (int, float)
    if theirs == "" or ours == "":
        # Tautulli writes an empty text for a number that it does not know, and so do we.
        return
    if not isinstance(ours, kinds):
        problems.append(f"{where}: {type(ours).__name__} instead of {type(theirs).__name__}")
    elif isinstance(theirs, dict):
        missing = [key for key in theirs if key not in ours]
        if missing and ours:
            problems.append(f"{where}: without {missing}")
        for key in theirs.keys() & ours.keys():
            compare(theirs[key], ours[key], f"{where}.{key}", problems)
    elif isinstance(theirs, list) and theirs and ours:
        for row in ours[:20]:
            compare(theirs[0], row, f"{where}[]", problems) if not _by_name(theirs) else _same_named(
                theirs, row, where, problems
            )


def _by_name(rows: list[Any]) -> bool:
    return isinstance(rows[0], dict) and "stat_id" in rows[0]


def _same_named(theirs: list[Any], row: Any, where: str, problems: list[str]) -> None:
    twin = next(each for each in theirs if each["stat_id"] == row["stat_id"])
    compare(twin, row, f"{where}[{row['stat_id']}]", problems)


@pytest.mark.parametrize("name", ["error_bad_key", "error_no_key", "error_no_command", "error_unknown_command"])
def test_errors_are_what_tautulli_says(shared: Asker, fixtures_dir: Path, name: str) -> None:
    recorded = json.loads((fixtures_dir / "tautulli" / f"{name}.json").read_text("utf-8"))
    key = {"error_bad_key": "x" * 32, "error_no_key": None}.get(name, "right")
    words = {**recorded["request"]}
    query = "&".join(f"{k}={v}" for k, v in words.items())
    if key is not None:
        query += f"&apikey={shared.house.key.text if key == 'right' else key}"
    status, body = shared.raw(f"/api/v2?{query}")
    theirs, ours = recorded["body"]["response"], json.loads(body)["response"]
    begins = "Possible commands are: "
    assert status == recorded["status"]
    assert (ours["result"], ours["data"]) == (theirs["result"], theirs["data"])
    assert ours["message"].partition(begins)[:2] == theirs["message"].partition(begins)[:2]


def totals(answer: dict[str, Any]) -> int:
    return sum(sum(series["data"]) for series in answer["series"] if series["name"] != "Total")


@pytest.mark.parametrize("grouping", [0, 1])
@pytest.mark.parametrize("axis", ["plays", "duration"])
def test_every_chart_has_the_same_total(shared: Asker, grouping: int, axis: str) -> None:
    names = (
        "get_plays_by_date get_plays_by_dayofweek get_plays_by_hourofday get_plays_by_stream_type "
        "get_plays_by_top_10_users get_plays_by_top_10_platforms get_stream_type_by_top_10_users"
    ).split()
    found = {name: totals(shared.data(name, time_range=30, y_axis=axis, grouping=grouping)) for name in names}
    history = shared.data(
        "get_history",
        include_activity=0,
        grouping=grouping,
        length=5000,
        after=shared.data("get_plays_by_date", time_range=30)["categories"][0],
    )["data"]
    expected = len(history) if axis == "plays" else sum(row["play_duration"] for row in history)
    assert expected > 0
    assert set(found.values()) == {expected}, found


def test_resolutions_of_a_library_are_those_of_its_items(shared: Asker) -> None:
    """Plex says "1080" and "4k"; tools that look for 4K compare with that."""
    films = [each for each in shared.data("get_libraries") if each["section_type"] == "movie"]
    section = max(films, key=lambda each: int(each["count"]))["section_id"]
    rows = shared.data("get_library_media_info", section_id=section, length=6)["data"]
    assert any(row["video_resolution"] == "1080" for row in rows)
    for row in rows:
        (media, *_others) = shared.data("get_metadata", rating_key=row["rating_key"])["media_info"]
        assert row["video_resolution"] == media["video_resolution"] == row["video_resolution"].lower()


def test_a_platform_that_no_record_has_is_called_unknown(shared: Asker) -> None:
    """Playback Reporting of Emby and Jellyfin says no platform."""
    silent = plays.c.platform == shared.data("get_plays_by_top_10_platforms", time_range=60)["categories"][-1]
    with shared.house.host.database.write() as connection:
        ids = list(connection.execute(select(plays.c.id, plays.c.platform).where(silent)))
        connection.execute(update(plays).where(silent).values(platform=None))
    try:
        categories = shared.data("get_stream_type_by_top_10_platforms", time_range=60)["categories"]
        assert ("Unknown" in categories, "" in categories) == (True, False)
        card = shared.data("get_home_stats", time_range=60, stat_id="top_platforms", stats_count=50)["rows"]
        assert ("Unknown", "default") in {(row["platform"], row["platform_name"]) for row in card}
    finally:
        with shared.house.host.database.write() as connection:
            back = plays.c.id.in_([each.id for each in ids])
            connection.execute(update(plays).where(back).values(platform=ids[0].platform))


@pytest.mark.parametrize("grouping", [0, 1])
def test_numbers_are_those_of_the_statistics(shared: Asker, grouping: int) -> None:
    days = shared.data("get_plays_by_date", time_range=30, grouping=grouping)
    host = shared.house.host
    first, last = (date.fromisoformat(days["categories"][place]) for place in (0, -1))
    chosen = Chosen(DayRange(first, last, shared.house.zone), sittings=bool(grouping))
    table = statistics(host, View.DAYS, chosen)  # type: ignore[arg-type]
    ours = dict(zip(days["categories"], days["series"][-1]["data"], strict=True))
    assert {str(row.key): row.plays for row in table.rows} == ours
    seconds = shared.data("get_plays_by_date", time_range=30, grouping=grouping, y_axis="duration")
    assert sum(seconds["series"][-1]["data"]) == table.total.play_s > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_any_question_has_the_numbers_of_the_statistics(shared: Asker, seed: int) -> None:
    """Ranges, people and grouping at random: days, people and libraries are what the Statistics page has."""
    dice, house = random.Random(seed), shared.house
    people = shared.house.host.shared.users()
    for _ in range(12):
        days, grouping = dice.randint(1, DAYS + 5), dice.randint(0, 1)
        user = dice.choice([None, *people])
        last = house.now().date()
        one = {} if user is None else {"user_id": user.id}
        asked = {"time_range": days, "grouping": grouping, **one}
        chosen = Chosen(
            DayRange(last - timedelta(days=days - 1), last, house.zone),
            sittings=bool(grouping),
            user=None if user is None else user.name,
            server_id=None if user is None else user.server_id,
        )
        table = statistics(house.host, View.DAYS, chosen)  # type: ignore[arg-type]
        plays = shared.data("get_plays_by_date", **asked)
        seconds = shared.data("get_plays_by_date", y_axis="duration", **asked)
        assert dict(zip(plays["categories"], plays["series"][-1]["data"], strict=True)) == {
            str(row.key): row.plays for row in table.rows
        }, asked
        assert sum(seconds["series"][-1]["data"]) == table.total.play_s, asked
        if user is not None:
            stats = shared.data("get_user_watch_time_stats", user_id=user.id, query_days=days, grouping=grouping)
            assert (stats[0]["total_plays"], stats[0]["total_time"]) == (table.total.plays, table.total.play_s), asked


def test_a_day_and_a_month_agree_with_the_history(shared: Asker) -> None:
    by_date = shared.data("get_plays_by_date", time_range=DAYS + 2, grouping=0)
    rows = shared.data("get_history", include_activity=0, grouping=0, length=5000)["data"]
    assert by_date["series"][-1]["name"] == "Total"
    assert sum(by_date["series"][-1]["data"]) == len(rows)
    busiest = max(zip(by_date["series"][-1]["data"], by_date["categories"], strict=True))
    of_day = shared.data("get_history", include_activity=0, grouping=0, length=5000, start_date=busiest[1])
    assert (of_day["recordsFiltered"], len(of_day["data"])) == (busiest[0], busiest[0])
    assert totals(shared.data("get_plays_per_month", time_range=4, grouping=0)) == len(rows)


def test_history_is_paged_and_sorted(shared: Asker) -> None:
    everything = shared.data("get_history", include_activity=0, grouping=0, length=5000)
    ids = [row["row_id"] for row in everything["data"]]
    assert everything["recordsFiltered"] == everything["recordsTotal"] == len(ids)
    page = shared.data("get_history", include_activity=0, grouping=0, start=3, length=4)["data"]
    assert [row["row_id"] for row in page] == ids[3:7]
    assert shared.data("get_history", include_activity=0, length=0)["data"] == []
    assert shared.data("get_history", include_activity=0, start=10**6)["data"] == []
    by_player = shared.data("get_history", include_activity=0, order_column="player", order_dir="asc", length=5000)
    players = [row["player"].casefold() for row in by_player["data"]]
    assert players == sorted(players)
    unknown = shared.data("get_history", include_activity=0, grouping=0, order_column="nonsense", length=5000)
    assert {row["row_id"] for row in unknown["data"]} == set(ids)


def test_who_is_watching_comes_first_and_can_be_left_out(shared: Asker) -> None:
    live = [row for row in shared.data("get_history", length=10)["data"] if row["state"]]
    activity = shared.data("get_activity")
    assert len(live) == int(activity["stream_count"]) == 2
    assert all(row["row_id"] is None for row in live)
    assert {session["server"] for session in activity["sessions"]} == {"Plex", "Jellyfin"}
    key = activity["sessions"][0]["session_key"]
    assert shared.data("get_activity", session_key=key)["session_key"] == key
    assert shared.data("get_activity", session_key="nobody") == {}


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_pages_in_a_row_are_the_whole_with_those_who_watch(shared: Asker, order: str) -> None:
    """Each row once, also where a page begins or ends among those who watch."""

    def asked(start: int, length: int) -> list[tuple[Any, Any]]:
        rows = shared.data("get_history", start=start, length=length, order_dir=order, grouping=0)["data"]
        return [(row["row_id"], row["session_key"]) for row in rows]

    whole = asked(0, 5000)
    edge = len(whole) - 3 if order == "asc" else 0
    assert sum(play is None for play, _session in whole) == 2
    assert [row for start in range(edge, edge + 3) for row in asked(start, 1)] == whole[edge : edge + 3]
    assert asked(edge, 2) + asked(edge + 2, 2) == whole[edge : edge + 4]


def by_hand(rows: list[dict[str, Any]], by: list[tuple[str, bool]]) -> list[dict[str, Any]]:
    """What Tautulli's tables do: everything, sorted by one column after the other."""
    found = list(rows)
    for name, falls in reversed(by):
        found.sort(key=lambda row, name=name: comparable(row[name]), reverse=falls)  # type: ignore[misc]
    return found


def comparable(value: object) -> tuple[bool, Any]:
    """What is not known comes first, and letter case does not count."""
    return value not in (None, ""), value.casefold() if isinstance(value, str) and value else value or 0


@pytest.mark.parametrize("grouping", [pytest.param(0, marks=pytest.mark.slow), 1])
@pytest.mark.parametrize(
    ("columns", "directions"),
    [
        ("friendly_name,nonsense,date", "asc,asc,desc"),
        *(
            pytest.param(name, way, marks=pytest.mark.slow)
            for name in [*sorted(ORDERS - {"date"}), "player,full_title"]
            for way in ("asc", "desc")
        ),
    ],
)
def test_any_order_is_that_of_the_whole_and_reads_its_page_only(
    shared: Asker, columns: str, directions: str, grouping: int
) -> None:
    """Also with those who watch among the rest, in pages that begin and end anywhere, and with a filter."""
    dice, words = random.Random(columns + directions), {"grouping": grouping, "search": "e"}
    newest = shared.data("get_history", **words, length=5000)["data"]
    with shared.house.host.database.read() as connection:
        lengths = dict(connection.execute(select(plays.c.id, plays.c.duration_ms)).all())
    names, ways = columns.split(","), directions.split(",")
    by = [(name, ways[min(n, len(ways) - 1)] == "desc") for n, name in enumerate(names) if name != "nonsense"]
    order = {"order_column": columns, "order_dir": directions, **words}
    whole = shared.data("get_history", **order, length=5000)["data"]
    assert sum(row["row_id"] is None for row in whole) == 2
    if columns == "duration":
        # The length of the media, which no row says.
        newest = [row | {"duration": lengths[row["row_id"]]} for row in newest if row["row_id"] is not None]
        ended = [row for row in whole if row["row_id"] is not None]
        assert ids_of(ended) == ids_of(by_hand(newest, by))
    else:
        assert ids_of(whole) == ids_of(by_hand(newest, by))
    for _ in range(3):
        start, length = dice.randrange(len(whole)), dice.randrange(1, 20)
        with plays_read(shared) as read:
            page = shared.data("get_history", **order, start=start, length=length)["data"]
        assert ids_of(page) == ids_of(whole[start : start + length])
        # A sitting has a few plays.
        assert sum(read) <= 6 * length < sum(row["group_count"] or 0 for row in whole)


def ids_of(rows: list[dict[str, Any]]) -> list[tuple[Any, Any]]:
    """Rows by what names them."""
    return [(row["row_id"], row["session_key"]) for row in rows]


@contextmanager
def plays_read(shared: Asker) -> Iterator[list[int]]:
    """How many plays each statement named that read whole ones."""
    read: list[int] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "plays.delivered_label" in statement:
            read.append(len(parameters))

    engine = shared.house.host.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield read
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_search_looks_names_up_once(shared: Asker) -> None:
    """Its sums and its page come of one look: each reads every title, and a long history has many."""
    looks: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "FROM listed_works" in statement and "folded" in statement:
            looks.append(statement)

    title = shared.data("get_history", include_activity=0, length=1)["data"][0]["title"]
    engine = shared.house.host.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        found = shared.data("get_history", include_activity=0, search=title.split()[0])
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert found["data"]
    assert len(looks) == 1


def test_the_ids_of_the_server_stand_beside_our_numbers(shared: Asker) -> None:
    rows = shared.data("get_history", include_activity=0, grouping=0, length=500)["data"]
    row = next(each for each in rows if each["server"] == "Jellyfin" and each["media_type"] == "episode")
    found = shared.data("get_metadata", rating_key=row["rating_key"])
    assert (found["server"], found["remote_id"]) == ("Jellyfin", row["remote_id"])
    libraries = {each["section_id"]: each for each in shared.data("get_libraries")}
    home = libraries[found["section_id"]]
    assert home["remote_id"] != home["section_id"]
    kept = next(each for each in shared.house.host.libraries.all() if each.remote_id == home["remote_id"])
    assert (kept.name, home["server"]) == (home["section_name"], "Jellyfin")
    users = {each["user_id"]: each for each in shared.data("get_users")}
    person = next(u for u in shared.house.host.shared.users() if u.id == row["user_id"])
    assert (users[person.id]["server"], users[person.id]["remote_user_id"]) == ("Jellyfin", person.key)
    children = shared.data("get_children_metadata", rating_key=found["parent_rating_key"])["children_list"]
    assert row["remote_id"] in {each["remote_id"] for each in children}


def test_who_watches_is_answered_as_of_now(shared: Asker) -> None:
    """The answer to everybody who asks in the same moment is made once, but not kept when a session ends."""
    before = shared.data("get_activity")
    state = shared.house.board.state(shared.house.host.servers.all()[0].id)
    assert state is not None
    shared.house.board.take(replace(state, sessions=()))
    try:
        after = shared.data("get_activity")
    finally:
        shared.house.board.take(state)
    assert int(after["stream_count"]) == int(before["stream_count"]) - len(state.sessions) < 2
    assert shared.data("get_activity")["stream_count"] == before["stream_count"]


def test_one_plex_server_keeps_its_own_numbers(shared: Asker) -> None:
    at = "/servers/Plex/api/v2"
    rows = shared.data("get_history", at=at, include_activity=0, length=50)["data"]
    remote = {row["remote_id"] for row in rows}
    assert rows
    assert {str(row["rating_key"]) for row in rows} == remote
    found = shared.data("get_metadata", at=at, rating_key=rows[0]["rating_key"])
    assert found["title"] == rows[0]["title"]
    assert {row["server"] for row in rows} == {"Plex"}


@pytest.mark.slow
def test_items_of_every_server_have_numbers_that_lead_back(shared: Asker) -> None:
    rows = shared.data("get_history", include_activity=0, length=200)["data"]
    assert {row["server"] for row in rows} == {"Plex", "Jellyfin"}
    for row in rows[:30]:
        if row["rating_key"]:
            assert shared.data("get_metadata", rating_key=row["rating_key"])["title"] == row["title"]
            again = shared.data("get_history", include_activity=0, rating_key=row["rating_key"], length=500)["data"]
            assert {each["rating_key"] for each in again} == {row["rating_key"]}


def test_what_left_the_catalog_keeps_a_number(shared: Asker) -> None:
    rows = shared.data("get_history", include_activity=0, grouping=0, length=500)["data"]
    row = next(each for each in rows if each["media_type"] == "movie" and each["server"] == "Jellyfin")
    known = row["rating_key"]
    forget = update(movies).where(movies.c.remote_id == row["remote_id"])
    with shared.house.host.database.write() as connection:
        connection.execute(forget.values(removed_at=1))
    try:
        gone = shared.data("get_history", include_activity=0, grouping=0, guid=row["guid"], length=500)["data"]
        numbers = {each["rating_key"] for each in gone if each["remote_id"] == row["remote_id"]}
        assert len(numbers) == 1
        assert numbers != {known}
        again = shared.data("get_history", include_activity=0, grouping=0, rating_key=numbers.pop(), length=500)["data"]
        assert {each["remote_id"] for each in again} == {row["remote_id"]}
        stats = shared.data("get_item_watch_time_stats", rating_key=again[0]["rating_key"], grouping=0, query_days=0)
        assert stats[0]["total_plays"] == len(again)
    finally:
        with shared.house.host.database.write() as connection:
            connection.execute(forget.values(removed_at=None))


def test_a_session_is_found_by_the_words_that_find_it_once_it_has_ended(shared: Asker) -> None:
    def live(**given: object) -> set[object]:
        rows = shared.data("get_history", length=100, **given)["data"]
        return {row["session_key"] for row in rows if row["state"] is not None}

    row = next(each for each in shared.data("get_history")["data"] if each["state"] is not None)
    for word in (row["full_title"], row["friendly_name"], row["server"], row["player"]):
        assert row["session_key"] in live(search=word), word
    assert live(search=row["ip_address"] or "192.0.2.") == set()


@pytest.mark.parametrize(("name", "kind", "table"), [("Plex", "movie", movies), ("Jellyfin", "episode", episodes)])
def test_an_item_with_a_new_id_is_still_that_item(shared: Asker, name: str, kind: str, table: Table) -> None:
    """What the server calls it is in plays of before: they are found by its guid, for Emby and Jellyfin as for Plex."""

    def asked(**given: object) -> tuple[dict[int, tuple[object, ...]], int]:
        rows = shared.data("get_history", include_activity=0, grouping=0, length=500, **given)["data"]
        keys = ("rating_key", "parent_rating_key", "grandparent_rating_key")
        return {row["row_id"]: tuple(row[key] for key in keys) for row in rows}, len(rows)

    played = shared.data("get_history", include_activity=0, grouping=0, length=500, media_type=kind)["data"]
    row = next(each for each in played if each["server"] == name and each["guid"])
    above = {"grandparent_rating_key": row["grandparent_rating_key"]} if kind == "episode" else {}
    # A play learns its library when plays are counted.
    shared.data("get_plays_by_date", time_range=30)
    section = {"section_id": shared.data("get_metadata", rating_key=row["rating_key"])["section_id"]}
    wanted = [{"guid": row["guid"]}, {"rating_key": row["rating_key"]}, section, *([above] if above else [])]
    before = [asked(**each) for each in wanted]
    homes = select(libraries.c.id).join(servers, servers.c.id == libraries.c.server_id).where(servers.c.name == name)

    def rename(old: str, new: str) -> int:
        change = update(table).where(table.c.remote_id == old, table.c.library_id.in_(homes)).values(remote_id=new)
        with shared.house.host.database.write() as connection:
            return connection.execute(change).rowcount

    assert rename(row["remote_id"], "x1") == 1
    try:
        assert [asked(**each) for each in wanted] == before
        stats = shared.data("get_item_watch_time_stats", rating_key=row["rating_key"], grouping=0, query_days=0)
        assert stats[0]["total_plays"] == before[1][1] > 0
    finally:
        rename("x1", row["remote_id"])


def test_pictures_are_those_of_known_items(shared: Asker) -> None:
    key = shared.data("get_activity")["sessions"][0]["rating_key"]
    begins = f"/api/v2?apikey={shared.house.key.text}&cmd=pms_image_proxy"
    status, body = shared.raw(f"{begins}&img=/library/metadata/{key}/thumb/1")
    assert (status, image_format(body) is not None) == (200, True)
    for img in ("/library/metadata/999999991/thumb/1", "http://127.0.0.1:1/x.png", "/../../etc/passwd", ""):
        assert shared.raw(f"{begins}&img={img}")[0] == 400


def test_streams_are_not_stopped_unless_that_is_allowed(shared: Asker) -> None:
    key = shared.data("get_activity")["sessions"][0]["session_key"]
    status, response = shared.envelope("terminate_session", session_key=key)
    assert (status, response["result"]) == (400, "error")
    assert "turned off" in response["message"]
