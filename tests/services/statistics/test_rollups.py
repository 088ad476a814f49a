"""Sums beside the plays are those of the plays, whatever was written, deleted, renamed, and wherever one travels."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import delete, select, update
from tests.programs import Program
from tests.services.statistics.past import (
    DECISIONS,
    add_play,
    instant,
    open_profile,
    reference,
    reference_peaks,
    reference_people,
)

from retrovue.core.context import AppContext
from retrovue.core.domain.days import DayRange
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.played_titles import Within, within
from retrovue.core.domain.statistics import TIME_VIEWS, Amount, Bar, Chosen, View
from retrovue.core.services.history import people
from retrovue.core.services.history.plays import list_plays
from retrovue.core.services.statistics import views
from retrovue.core.services.statistics.behind import filter_of
from retrovue.core.services.statistics.watched import most_popular, recently_watched
from retrovue.core.storage.tables import libraries, media_users, plays, servers
from retrovue.core.system.dirs import resolve_dirs

pytestmark = pytest.mark.usefixtures("each_engine")

FIRST, DAYS = date(2026, 2, 20), 250
START = instant("2026-02-20T12:00Z")
ZONES = ["Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe", "UTC"]
COUNTED = [view for view in View if view is not View.CONCURRENT]

starts = st.one_of(
    st.integers(0, DAYS * 86_400),
    # Around midnight and the change of a month, where it matters.
    st.builds(lambda day, off: day * 86_400 + off, st.integers(0, DAYS), st.integers(-7200, 7200)),
).map(lambda second: START + second)
minutes = st.sampled_from([-5, 0, 1, 45, 90, 700, 1441, 5000, 60_000])
PARTS = [
    Within("Kessler"),
    Within("Kessler", 1),
    Within("Kessler", 1, 2),
    within("Static Hour\x1f1987"),
    Within("Home video"),
]
players = st.sampled_from(
    [(1, "Attic", 10), (1, "Attic", 11), (1, "Attic", None), (2, "Cabin", 20), (None, "Old", None)]
)
titles = st.sampled_from(
    [
        {"title": "Static Hour", "year": 1987, "guid": "g1"},
        {"title": "Static Hour", "year": 2011, "guid": "g2", "remote_id": "5"},
        {"title": "Pilot", "show_title": "Kessler", "year": 2020, "remote_id": "7", "season_number": 1},
        {"title": "Second", "show_title": "Kessler", "guid": "", "season_number": 1, "episode_number": 2},
        {"title": "Special", "show_title": "Kessler", "guid": "", "season_number": 0, "episode_number": 2},
        {"title": "Home video", "year": None},
    ]
)
facts = st.fixed_dictionaries(
    {
        "library_id": st.sampled_from([None, 10, 11, 20]),
        "library_name": st.sampled_from([None, "Gone"]),
        "user_name": st.sampled_from([None, "mira", "guest"]),
        "platform": st.sampled_from([None, "", "tvOS"]),
        "player": st.sampled_from([None, "TV"]),
        "stream_decision": st.sampled_from([None, "odd", *DECISIONS]),
        "source_label": st.sampled_from([None, "4K HEVC · AAC 5.1", "1080p", "FLAC 2.0", "SD MPEG2VIDEO", "480i"]),
        "delivered_label": st.sampled_from([None, "1080p H264"]),
        "genre": st.sampled_from([None, "", "Drama", "Comedy"]),
        "play_s": st.integers(0, 9000),
        "is_watched": st.booleans(),
        "percent": st.sampled_from([None, 0, 24, 25, 74, 75, 100]),
    }
)


class Rollups(RuleBasedStateMachine):
    """Anything that can happen to plays, and every view after it."""

    template: Path

    @initialize(zone=st.sampled_from(ZONES))
    def open(self, zone: str) -> None:
        self.folder = Path(tempfile.mkdtemp(dir=self.template.parent))
        if Program.server is None:
            shutil.copytree(self.template, self.folder, dirs_exist_ok=True)
            self.context = reopen(self.folder)
        else:
            self.context = open_profile(self.folder)
        self.zone = zone
        self.written = 0

    def teardown(self) -> None:
        if hasattr(self, "context"):
            self.context.close()
            shutil.rmtree(self.folder)

    @rule(added=st.lists(st.tuples(starts, minutes, players, titles, facts), min_size=1, max_size=6))
    def insert(self, added: list[tuple[int, int, tuple[int | None, str, int | None], dict[str, Any], Any]]) -> None:
        with self.context.database.write() as connection:
            for started_at, length, (server_id, server, user_id), title, more in added:
                self.written += 1
                if connection.execute(select(servers.c.id).where(servers.c.id == server_id)).first() is None:
                    server_id = user_id = None
                of_server = (libraries.c.id == more["library_id"]) & (libraries.c.server_id == server_id)
                if connection.execute(select(libraries.c.id).where(of_server)).first() is None:
                    more = {**more, "library_id": None}
                person = {"server_id": server_id, "server_name": server, "media_user_id": user_id}
                add_play(connection, started_at, length, uid=str(self.written), **{**more, **title, **person})

    @rule(started_at=starts, gaps=st.lists(st.integers(0, 13 * 60), min_size=1, max_size=5), title=titles)
    def watch_on(self, started_at: int, gaps: list[int], title: dict[str, Any]) -> None:
        """A title that goes on after pauses, some longer than a sitting allows."""
        with self.context.database.write() as connection:
            for gap in [0, *gaps]:
                self.written += 1
                started_at += gap * 60
                add_play(connection, started_at, 30, uid=str(self.written), **title)
                started_at += 1800

    @rule(pick=st.integers(0, 99), data=st.data())
    def change(self, pick: int, data: st.DataObject) -> None:
        with self.context.database.write() as connection:
            ids = connection.scalars(select(plays.c.id).order_by(plays.c.id)).all()
            if ids:
                values = data.draw(st.one_of(facts, titles, st.fixed_dictionaries({"started_at": starts})))
                values = {name: value for name, value in values.items() if name != "library_id"}
                connection.execute(update(plays).where(plays.c.id == ids[pick % len(ids)]).values(values))

    @rule(modulus=st.integers(1, 5), hard=st.booleans())
    def remove(self, modulus: int, hard: bool) -> None:
        some = plays.c.id % modulus == 0
        with self.context.database.write() as connection:
            connection.execute(delete(plays).where(some) if hard else update(plays).where(some).values(deleted_at=1))

    @rule()
    def restore(self) -> None:
        with self.context.database.write() as connection:
            connection.execute(update(plays).values(deleted_at=None))

    @rule()
    def purge(self) -> None:
        self.context.plays.purge()

    @rule(user_id=st.sampled_from([10, 11, 20, 21]), name=st.sampled_from(["mira", "Søren", "guest"]))
    def call_the_same(self, user_id: int, name: str) -> None:
        with self.context.database.write() as connection:
            connection.execute(update(media_users).where(media_users.c.id == user_id).values(name=name))

    @rule(
        names=st.lists(st.sampled_from(["mira", "Søren 1", "guest"]), min_size=1),
        person=st.sampled_from(["mira", "Ana"]),
    )
    def merge(self, names: list[str], person: str) -> None:
        try:
            people.merge(self.context, names, person=person)
        except ConfigError:
            # Nobody has played under one of these names yet.
            self.context.people.set_person(people.accounts(self.context), None)

    @rule(library=st.booleans())
    def lose(self, library: bool) -> None:
        with self.context.database.write() as connection:
            connection.execute(
                delete(libraries).where(libraries.c.id == 11) if library else delete(servers).where(servers.c.id == 2)
            )

    @rule(zone=st.sampled_from(ZONES))
    def travel(self, zone: str) -> None:
        self.zone = zone

    @rule(hours=st.sampled_from([0, 1, 12, 48]))
    def join_within(self, hours: int) -> None:
        self.context.settings_store.update(sitting_hours=float(hours))

    @rule()
    def sum_up(self) -> None:
        """As it is done in the background: without, a few months are counted from their plays."""
        window = timedelta(hours=self.context.settings.sitting_hours)
        self.context.statistics.prepare(ZoneInfo(self.zone), window.total_seconds())

    @rule(
        first=st.one_of(st.none(), st.integers(-10, DAYS)),
        length=st.one_of(st.none(), st.integers(0, DAYS)),
        joined=st.booleans(),
        who=st.sampled_from(
            [{}, {}, {"server_id": 1}, {"user": "mira"}, {"library_id": 10}, {"server_id": 2, "user": "mira"}]
        ),
        part=st.sampled_from([None, None, None, *PARTS]),
        data=st.data(),
    )
    def count(
        self,
        first: int | None,
        length: int | None,
        joined: bool,
        who: dict[str, Any],
        part: Within | None,
        data: st.DataObject,
    ) -> None:
        begins = None if first is None else FIRST + timedelta(days=first)
        ends = None if length is None else (begins or FIRST) + timedelta(days=length)
        chosen = Chosen(DayRange(begins, ends, ZoneInfo(self.zone)), joined, within=part, **who)
        for view in COUNTED:
            table = views.statistics(self.context, view, chosen)
            found = {
                row.ref: Amount(row.plays, row.play_s) for row in table.rows if row.plays or view not in TIME_VIEWS
            }
            assert found == reference(self.context, chosen, view), (view, chosen)
            assert table.total == sum(found.values(), Amount())
            if view not in views.UNDIVIDED:
                assert all(sum(row.streams.values(), Amount()) == Amount(row.plays, row.play_s) for row in table.rows)
        self.look_at_titles(chosen, table.total)
        self.look_behind(view=View(data.draw(st.sampled_from(COUNTED))), chosen=chosen, data=data)
        streams = views.concurrent(self.context, chosen)
        assert {row.key: row.max for row in streams.rows} == reference_peaks(self.context, streams.chosen), chosen
        assert streams.total == table.total

    def look_at_titles(self, chosen: Chosen, total: Amount) -> None:
        """The most popular titles and those that were watched last have the plays of all others."""
        titles = reference(self.context, chosen, View.TITLES)
        popular = most_popular(self.context, chosen)
        assert {row.ref: Amount(row.plays, row.play_s) for row in popular} == titles
        assert {row.ref: row.users for row in popular} == reference_people(self.context, chosen), chosen
        recent = recently_watched(self.context, chosen)
        assert {row.ref: Amount(row.plays, row.play_s) for row in recent.titles} == titles
        assert [row.at for row in recent.titles] == sorted((row.at for row in recent.titles), reverse=True)
        assert recent.total == total

    def look_behind(self, view: View, chosen: Chosen, data: st.DataObject) -> None:
        """The plays of a row are as many as it says."""
        rows = [row for row in views.statistics(self.context, view, chosen).rows if row.plays]
        if rows:
            row = data.draw(st.sampled_from(rows))
            behind = filter_of(self.context, Bar(view, row.ref, chosen))
            found = list_plays(self.context, behind, joined=chosen.sittings)
            assert Amount(len(found), sum(play.play_s for play in found)) == Amount(row.plays, row.play_s), (view, row)


def reopen(folder: Path) -> AppContext:
    return Program(resolve_dirs(folder, {}), environ={}, keyring=lambda: None, write_log=False)


@pytest.fixture
def machine(tmp_path: Path) -> Callable[[int, int], None]:
    template = tmp_path / "template"
    open_profile(template).close()

    def run(examples: int, steps: int) -> None:
        made = type("Machine", (Rollups,), {"template": template})
        checks = [HealthCheck.too_slow, HealthCheck.data_too_large]
        run_state_machine_as_test(
            made,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                suppress_health_check=checks,
            ),
        )

    return run


def test_days_of_plays_that_are_gone_have_no_peak(tmp_path: Path) -> None:
    """The last play of a month went: no month runs there any more, and its stored peaks are not read again."""
    context = open_profile(tmp_path)
    try:
        with context.database.write() as connection:
            for uid, day in (("1", "2026-02-20T12:00Z"), ("2", "2026-05-11T12:00Z"), ("3", "2026-08-01T12:00Z")):
                add_play(connection, instant(day), uid=uid)
        chosen = Chosen(DayRange(FIRST, date(2026, 10, 1), ZoneInfo("UTC")))
        assert sum(row.max for row in views.concurrent(context, chosen).rows) == 3
        for gone, left in ((plays.c.uid == "3", 2), (plays.c.uid != "3", 0)):
            with context.database.write() as connection:
                connection.execute(delete(plays).where(gone))
            assert sum(row.max for row in views.concurrent(context, chosen).rows) == left
    finally:
        context.close()


@pytest.mark.slow
def test_sums_are_those_of_the_plays(machine: Callable[[int, int], None]) -> None:
    machine(3, 8)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_sums_are_those_of_the_plays_after_anything(machine: Callable[[int, int], None]) -> None:
    # Counting every view asks 700 statements, and each is a way to the server and back: a tenth of a second in a file,
    # most of one there. What to ask is decided by the same code; that the server answers the same, a few show.
    if Program.server is None:
        machine(40, 30)
    else:
        machine(3, 20)
