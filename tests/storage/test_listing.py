"""Listed plays and sittings are those of the plays, whatever was written, deleted, brought back, merged or chosen."""

import itertools
import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from tests.storage.engines import PostgresServer

from retrovue.core.domain.history import PlayFilter, Span, grouped
from retrovue.core.domain.ordering import key_of
from retrovue.core.domain.text import fold
from retrovue.core.storage import schema
from retrovue.core.storage.database import Database
from retrovue.core.storage.listing import choosing
from retrovue.core.storage.listing.choosing import Wanted
from retrovue.core.storage.listing.ordered import By, sort
from retrovue.core.storage.listing.reading import BY_LAST, PLAYS, SITTINGS, ListedRepository, Order, Totals
from retrovue.core.storage.listing.whole import DaySums, Stretch, WholeList, WholeLists
from retrovue.core.storage.people import PeopleRepository
from retrovue.core.storage.plays import PlayRepository, wanted
from retrovue.core.storage.tables import listed_devices, listed_ways, listed_works, media_users, plays, servers
from retrovue.core.storage.upgrade import upgrade

HOUR = 3600
WINDOWS = [0.0, 2 * HOUR, 12 * HOUR]

WHO = [(1, "Attic", 10, "mira"), (2, "Cabin", 20, "mira"), (None, "Old", None, "Søren")]
WHAT = [
    {"title": "Amélie", "guid": "g1"},
    {"title": "Amélie", "remote_id": "7"},
    {"title": "Pilot", "show_title": "Kessler", "kind": "episode", "guid": "g2"},
]
LENGTHS = [0, 600, HOUR, 30 * HOUR]

_play = st.fixed_dictionaries(
    {
        "who": st.sampled_from(WHO),
        "what": st.sampled_from(WHAT),
        "started_at": st.integers(0, 60).map(lambda n: n * HOUR // 2),
        "length_s": st.sampled_from(LENGTHS),
        "player": st.sampled_from([None, "TV 1"]),
        "stream_decision": st.sampled_from([None, "transcode"]),
        "is_watched": st.booleans(),
    }
)
_step = st.one_of(
    st.tuples(st.just("insert"), st.lists(_play, min_size=1, max_size=6)),
    st.tuples(st.just("delete"), st.integers(0, 9)),
    st.tuples(st.just("restore"), st.integers(0, 9)),
    st.tuples(st.just("remove"), st.integers(0, 9)),
    st.tuples(st.just("move"), st.tuples(st.integers(0, 9), st.integers(0, 60))),
    st.tuples(st.just("merge"), st.sampled_from(["Ada", None])),
    st.tuples(st.just("lose"), st.sampled_from([1, 2])),
    st.tuples(st.just("window"), st.sampled_from(WINDOWS)),
    st.tuples(st.just("past us"), _play),
)


class House:
    """A catalog, what happens to its plays, and what lists then have to say."""

    def __init__(self, database: Database, few: int) -> None:
        self.database = database
        self.window_s = WINDOWS[-1]
        self.listed = ListedRepository(self.database, lambda: self.window_s, few=few)
        self.plays = PlayRepository(self.database, self.listed)
        self.people = PeopleRepository(self.database)
        self.uid = 0
        with self.database.write() as connection:
            for n, name in ((1, "Attic"), (2, "Cabin")):
                about = {"uuid": name, "kind": "plex", "url": "x", "machine_identifier": "m", "version": "1"}
                connection.execute(insert(servers).values(id=n, name=name, created_at=1, **about))
                account = {"server_id": n, "user_key": "u", "name": "mira", "first_seen_at": 1, "last_seen_at": 1}
                connection.execute(insert(media_users).values(id=n * 10, **account))

    def row(self, play: dict[str, Any]) -> dict[str, Any]:
        self.uid += 1
        server_id, server, user_id, user = play["who"]
        what = {"kind": "movie", "show_title": None, "guid": None, "remote_id": None, **play["what"]}
        with self.database.read() as connection:
            if connection.execute(select(media_users.c.id).where(media_users.c.id == user_id)).first() is None:
                server_id = user_id = None
        words = (what["title"], what["show_title"], user, server, play["player"])
        return {
            "uid": str(self.uid),
            "server_id": server_id,
            "server_name": server,
            "media_user_id": user_id,
            "user_name": user,
            **what,
            "player": play["player"],
            "stream_decision": play["stream_decision"],
            "started_at": play["started_at"],
            "stopped_at": play["started_at"] + play["length_s"],
            "play_s": play["length_s"],
            "paused_s": self.uid % 3 * 60,
            "percent": (None, 0, 40)[self.uid % 3],
            "duration_ms": (None, 7_200_000)[self.uid % 2],
            "platform": (None, "tvOS", "TVOS", "Roku")[self.uid % 4],
            "address": (None, "10.0.0.2")[self.uid % 2],
            "is_watched": play["is_watched"],
            "is_live": False,
            "is_inferred": False,
            "buffered": 0,
            "source": "live",
            "folded": fold(" ".join(word for word in words if word)),
        }

    def do(self, what: str, how: Any) -> None:
        match what:
            case "insert":
                rows = [self.row(play) for play in how]
                with self.database.write() as connection:
                    connection.execute(insert(plays), rows)
            case "delete":
                self.plays.delete(now=5, ids=[row.id for row in self.rows()[how : how + 3]])
            case "restore":
                with self.database.read() as connection:
                    gone = connection.execute(select(plays.c.deletion).where(plays.c.deletion.is_not(None))).scalars()
                    names = sorted(set(gone))
                for name in names[how : how + 1]:
                    self.plays.restore(name)
            case "remove":
                with self.database.write() as connection:
                    for row in self.rows()[how : how + 1]:
                        connection.execute(delete(plays).where(plays.c.id == row.id))
            case "move":
                with self.database.write() as connection:
                    for row in self.rows()[how[0] : how[0] + 1]:
                        moved = update(plays).where(plays.c.id == row.id)
                        connection.execute(moved.values(started_at=how[1] * HOUR, stopped_at=how[1] * HOUR + 600))
            case "merge":
                self.people.set_person(self.people.accounts(), how)
            case "lose":
                with self.database.write() as connection:
                    connection.execute(delete(servers).where(servers.c.id == how))
            case "window":
                self.window_s = how
            case _:
                # As another program writes, which keeps nothing in step.
                with self.database.engine.begin() as connection:
                    connection.execute(insert(plays), [self.row(how)])

    def rows(self) -> Sequence[Any]:
        with self.database.read() as connection:
            return connection.execute(select(plays).where(plays.c.deleted_at.is_(None)).order_by(plays.c.id)).all()

    def groups(self) -> list[list[Any]]:
        return grouped(self.rows(), window=self.window_s, span_of=_span)

    def check(self, chosen: PlayFilter, passes: Callable[[Any], bool]) -> None:
        asked = wanted(chosen)
        begins, ends = asked.started_from or 0, asked.started_before or 2**40
        alone = sorted(
            ((row.started_at, row.id, row.play_s) for row in self.rows() if passes(row) and _watched(chosen, [row])),
            reverse=True,
        )
        alone = [each for each in alone if begins <= each[0] < ends]
        assert self.listed.plays(asked, limit=None) == [each[1] for each in alone]
        assert self.listed.plays(asked, limit=2, offset=1) == [each[1] for each in alone[1:3]]
        sums = Totals(len(alone), len(alone), sum(each[2] for each in alone))
        assert self.listed.totals(asked, grouped=False) == sums
        self._check_whole(asked, [[each[0], each[1], 1, each[2]] for each in alone[::-1]], grouped=False)
        joined = [
            group
            for group in self.groups()
            if begins <= group[0].started_at < ends and any(map(passes, group)) and _watched(chosen, group)
        ]
        self._check_sittings(asked, joined)

    def _check_sittings(self, asked: Wanted, joined: list[list[Any]]) -> None:
        by_last = [[row.id for row in group] for group in joined]
        assert self.listed.sittings(asked, limit=None, by_last=True) == by_last
        joined.sort(key=lambda group: (group[0].started_at, group[0].id), reverse=True)
        expected = [[row.id for row in group] for group in joined]
        assert self.listed.sittings(asked, limit=None) == expected
        assert self.listed.sittings(asked, limit=2, offset=1, rising=True) == expected[::-1][1:3]
        every = [row.play_s for group in joined for row in group]
        assert self.listed.totals(asked, grouped=True) == Totals(len(joined), len(every), sum(every))
        entries = [
            [group[0].started_at, group[0].id, len(group), sum(row.play_s for row in group)] for group in joined[::-1]
        ]
        self._check_whole(asked, entries, grouped=True)

    def _check_whole(self, asked: Wanted, entries: list[list[int]], *, grouped: bool) -> None:
        """Entries: start, id, plays and seconds of each, oldest first. A day is here a stretch of seven hours."""
        whole = WholeLists(self.listed)
        day_s, first = 7 * HOUR, min((row.started_at for row in self.rows()), default=0)
        by_day = whole.by_day(asked, grouped=grouped, days=lambda a, b: list(range(a, b + 2 * day_s, day_s)))
        totals = Totals(len(entries), sum(each[2] for each in entries), sum(each[3] for each in entries))
        assert by_day.totals == totals
        days: dict[int, list[int]] = {}
        for started_at, _id, count, play_s in entries:
            sums = days.setdefault((started_at - first) // day_s, [0, 0, 0])
            sums[:] = [sums[0] + 1, sums[1] + count, sums[2] + play_s]
        assert by_day.days == [DaySums(number, *sums) for number, sums in sorted(days.items())]
        ids = [each[1] for each in entries]
        assert by_day.ids in (ids, None)
        self._check_stretches(whole, asked, by_day, entries, grouped=grouped)
        assert whole.sorted(asked, By("play_s", False), grouped=grouped).totals == totals

    def check_orders(self, chosen: PlayFilter, passes: Callable[[Any], bool], turn: int) -> None:
        """By each column, in one of the directions and by one of the starts, pages are those of everything sorted."""
        alone = [[row] for row in self.rows() if passes(row)]
        joined = [group for group in self.groups() if any(map(passes, group))]
        for n, (name, (value, texts)) in enumerate(self._orders().items(), turn):
            by = By(name, n % 2 == 0, texts)
            order, tie = (SITTINGS, 0) if n % 4 < 2 else (BY_LAST, -1)
            is_falling = tie == -1 or by.is_falling
            for entries, of in ((alone, PLAYS), (joined, order)):
                ranked = sorted(entries, key=lambda group: (group[tie].started_at, group[tie].id), reverse=is_falling)
                ranked.sort(key=lambda group: key_of(value(group)), reverse=by.is_falling)
                self._check_order(wanted(chosen), of, by, is_falling, [group[0].id for group in ranked])

    def _check_order(self, asked: Wanted, order: Order, by: By, is_falling: bool, expected: list[int]) -> None:
        with self.listed.found(asked) as found:
            about = (found.connection, found.matching)
            how = {"is_falling": is_falling, "entries": len(expected)}
            sorting = sort(*about, order, [by], **how)
            assert sorting.page(*about, 0, len(expected) + 1) == expected
            for offset in (len(expected) // 3, len(expected) - 2):
                assert sorting.page(*about, max(0, offset), 3) == expected[max(0, offset) :][:3]
            place = len(expected) // 2
            assert sorting.places(*about, expected[place : place + 1]) == dict(
                zip(expected[place:], [place], strict=False)
            )
            # Equal ones by a second column, and then as before.
            second = sort(*about, order, [by, By(by.column, True, by.texts)], **how)
            assert second.page(*about, place, 2) == expected[place : place + 2]

    def _orders(self) -> dict[str, tuple[Callable[[list[Any]], Any], dict[int, str] | None]]:
        with self.database.read() as connection:
            titles = {row.id: row.title.casefold() for row in connection.execute(select(listed_works))}
            players = {row.id: row.player.casefold() for row in connection.execute(select(listed_ways))}
            platforms = {row.id: row.platform.casefold() for row in connection.execute(select(listed_devices))}
        return {
            "work_id": (lambda group: group[-1].title, titles),
            "way_id": (lambda group: group[-1].player, players),
            "device_id": (lambda group: group[-1].platform, platforms),
            "stopped_at": (lambda group: max(row.stopped_at for row in group), None),
            "play_s": (lambda group: sum(row.play_s for row in group), None),
            "paused_s": (lambda group: sum(row.paused_s for row in group), None),
            "percent": (lambda group: max((-1 if row.percent is None else row.percent) for row in group), None),
            "duration_ms": (lambda group: group[-1].duration_ms, None),
        }

    def _check_stretches(
        self, whole: WholeLists, asked: Wanted, by_day: WholeList, entries: list[list[int]], *, grouped: bool
    ) -> None:
        """Part by part, a list is what it is as a whole, from either end."""
        is_falling = len(entries) % 2 == 1
        in_order = [each[1] for each in (entries[::-1] if is_falling else entries)]
        days = by_day.days[::-1] if is_falling else by_day.days
        if not days:
            return
        number = len(entries) % len(days)
        skipped = sum(day.entries for day in days[:number])
        parts = [Stretch(by_day.bounds[days[number].number + is_falling], n, 3, is_falling) for n in (0, 1)]
        expected = [in_order[skipped + n :][:3] for n in (0, 1)]
        assert whole.stretches(asked, by_day, parts, grouped=grouped) == expected


def _span(row: Any) -> Span:
    item = row.guid or row.remote_id or row.title
    server, account = row.server_id or row.server_name, row.media_user_id or row.user_name
    return Span(server, account, item, row.started_at, row.stopped_at, row.id)


def _watched(chosen: PlayFilter, group: Sequence[Any]) -> bool:
    return chosen.watched is None or any(row.is_watched for row in group) is chosen.watched


def _check_all(house: House) -> None:
    at = [datetime.fromtimestamp(n * HOUR, UTC) for n in (9, 20)]
    house.check(PlayFilter(), lambda row: True)
    house.check(PlayFilter(started_from=at[0], started_before=at[1]), lambda row: True)
    house.check(PlayFilter(search="amelie"), lambda row: row.title == "Amélie")
    house.check(PlayFilter(search="tv mira"), lambda row: row.player == "TV 1" and row.user_name == "mira")
    house.check(PlayFilter(search="i"), lambda row: "i" in row.folded)
    house.check(PlayFilter(search="no such words"), lambda row: False)
    house.check(PlayFilter(user="Ada", kinds=("movie",)), lambda row: row.person == "Ada" and row.kind == "movie")
    house.check(PlayFilter(decisions=("transcode",), watched=False), lambda row: row.stream_decision == "transcode")
    house.check(PlayFilter(server_id=1, started_from=at[0]), lambda row: row.server_id == 1)
    house.check_orders(PlayFilter(), lambda row: True, 0)
    house.check_orders(PlayFilter(search="i"), lambda row: "i" in row.folded, 1)
    house.check_orders(PlayFilter(server_id=1), lambda row: row.server_id == 1, 2)
    some = tuple(row.id for row in house.rows()[::3])
    house.check(PlayFilter(ids=some), lambda row: row.id in some)


def _run(open_empty: Callable[[], Database], steps: Sequence[tuple[str, Any]], few: int) -> None:
    house = House(open_empty(), few)
    for what, how in steps:
        house.do(what, how)
        stored = house.listed.sittings(Wanted(), limit=None, by_last=True)
        assert stored == [[row.id for row in group] for group in house.groups()]
    _check_all(house)
    house.database.close()


@pytest.fixture
def open_empty(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Database]:
    """Opens one empty catalog after the other."""
    if engine_name == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        return server.open
    template = tmp_path / "template.db"
    schema.open_catalog(template, now=lambda: 1).close()
    numbers = itertools.count(1)

    def copied() -> Database:
        path = tmp_path / f"{next(numbers)}.db"
        path.write_bytes(template.read_bytes())
        return schema.open_catalog(path, now=lambda: 1)

    return copied


@pytest.mark.parametrize(
    "few", [0, pytest.param(choosing.FEW, marks=pytest.mark.slow)], ids=["on the way", "looked up"]
)
def test_listed_sittings_are_those_of_the_rule_whatever_happens(open_empty: Callable[[], Database], few: int) -> None:
    dice = random.Random(4)

    def some(count: int) -> list[dict[str, Any]]:
        return [
            {
                "who": dice.choice(WHO),
                "what": dice.choice(WHAT),
                "started_at": dice.randrange(61) * HOUR // 2,
                "length_s": dice.choice(LENGTHS),
                "player": dice.choice([None, "TV 1"]),
                "stream_decision": dice.choice([None, "transcode"]),
                "is_watched": dice.random() < 0.5,
            }
            for _n in range(count)
        ]

    steps: list[tuple[str, Any]] = [("insert", some(8)), ("delete", 2), ("insert", some(8)), ("window", 2.0 * HOUR)]
    steps += [("past us", some(1)[0]), ("restore", 0), ("merge", "Ada"), ("move", (1, 3)), ("remove", 2)]
    _run(open_empty, [*steps, ("lose", 1), ("insert", some(4))], few)


@pytest.mark.slow
@pytest.mark.parametrize("few", [0, choosing.FEW], ids=["on the way", "looked up"])
def test_listed_sittings_are_those_of_the_rule_after_many_things(
    open_empty: Callable[[], Database], engine_name: str, few: int
) -> None:
    @settings(
        # A catalog on a server takes twenty times as long to make.
        max_examples=25 if engine_name == "sqlite" else 5,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    @given(st.lists(_step, min_size=1, max_size=8))
    def run(steps: list[tuple[str, Any]]) -> None:
        _run(open_empty, steps, few)

    run()


def test_a_catalog_of_an_older_version_is_listed_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "retrovue.db"
    upgrade(path, target="0009")
    with closing(sqlite3.connect(path)) as older, older:
        older.executemany(
            "INSERT INTO plays (uid, server_name, kind, title, guid, started_at, stopped_at, paused_s, play_s, "
            "is_watched, is_live, is_inferred, buffered, source, folded) "
            "VALUES (?, 'Old', 'movie', 'Amélie', 'g1', ?, ?, 0, 600, 0, 0, 0, 0, 'live', '')",
            [(str(n), at, at + 600) for n, at in enumerate((0, HOUR, 40 * HOUR))],
        )
    told: list[str] = []
    schema.open_catalog(path, now=lambda: 1, tell=told.append).close()
    steps = len(schema.REVISIONS) - 9
    assert [words.partition(": ")[2] for words in told] == [
        "a backup is made…",
        *(f"step {n} of {steps}…" for n in range(1, steps + 1)),
        "the lists of the history are made…",
        # Each play is met twice; the last percent is that of the indexes.
        *(f"the lists of the history are made ({percent} %)…" for percent in (16, 33, 50, 66, 83, 99)),
    ]
    count = len(told)
    schema.open_catalog(path, now=lambda: 1, tell=told.append).close()
    assert len(told) == count, "nothing is told where nothing is upgraded"
    with closing(sqlite3.connect(path)) as newer:
        assert newer.execute("SELECT id, plays, play_s FROM listed_sittings ORDER BY id").fetchall() == [
            (1, 2, 1200),
            (3, 1, 600),
        ]
        assert newer.execute("SELECT count(*) FROM listed_changes").fetchone() == (0,)
