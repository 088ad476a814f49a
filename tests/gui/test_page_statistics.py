"""The Statistics page over a catalog with plays, asked on real lanes."""

import logging
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from sqlalchemy import insert

from retrovue.core.context import AppContext
from retrovue.core.domain.days import DayRange
from retrovue.core.domain.errors import StorageError
from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.played_titles import Within
from retrovue.core.domain.servers import ServerInfo, ServerKind
from retrovue.core.domain.statistics import Amount, Bar, Chosen, StatTable, View
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.history.plays import list_plays
from retrovue.core.storage.tables import libraries, movies, plays
from retrovue.core.system.clock import SystemClock
from retrovue.core.system.dirs import resolve_dirs
from retrovue.gui.controllers.follow import FollowController
from retrovue.gui.controllers.monitor import MonitorController
from retrovue.gui.controllers.sync import SyncController
from retrovue.gui.pages.history.criteria import ImportWanted, PickedPlays, PlayCriteria, PlayFilters
from retrovue.gui.pages.services import PageServices
from retrovue.gui.pages.statistics.cards import Extra
from retrovue.gui.pages.statistics.choice import Choice, Measure, Span, time_view
from retrovue.gui.pages.statistics.counting import CatalogCounting
from retrovue.gui.pages.statistics.grid import spans
from retrovue.gui.pages.statistics.page import StatisticsPage
from retrovue.gui.pages.statistics.words import change_words, plays_count, range_words, since_words
from retrovue.gui.pages.statistics.year import longest_streak
from retrovue.gui.theme.style import Theme, ThemeController
from retrovue.gui.work.tasks import TaskRunner

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 9, 20, tzinfo=UTC)
_PEOPLE = ("mira", "Søren", "Yui")
_DECISIONS = ("direct_play", "direct_play", "transcode")


class Clock(SystemClock):
    """Monday evening, always."""

    def now(self) -> datetime:
        return NOW

    def epoch(self) -> int:
        return int(NOW.timestamp())


def row(number: int, started_at: datetime, *, play_s: int = 1800) -> dict[str, object]:
    """One play; people, decisions and titles take turns."""
    begin = int(started_at.timestamp())
    return {
        "uid": f"play-{number}", "server_id": 1, "server_name": "Attic", "user_name": _PEOPLE[number % 3],
        "kind": "movie", "title": f"Film {number % 7}", "remote_id": str(number % 7), "platform": "Android",
        "player": "Bedroom", "stream_decision": _DECISIONS[number % 3], "started_at": begin,
        "stopped_at": begin + play_s, "paused_s": 0, "play_s": play_s, "is_watched": True, "is_live": False,
        "is_inferred": False, "buffered": 0, "source": "live", "folded": "",
    }  # fmt: skip


class Gated(CatalogCounting):
    """Answers when the gate opens, or not at all; notes what was canceled."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self.gate = threading.Event()
        self.gate.set()
        self.error: Exception | None = None
        self.asked: list[tuple[View, Chosen]] = []

    def table(self, view: View, chosen: Chosen, token: CancelToken) -> StatTable:
        self.asked.append((view, chosen))
        assert self.gate.wait(30)
        token.raise_if_cancelled()
        if self.error is not None:
            raise self.error
        return super().table(view, chosen, token)


@dataclass
class Desk:
    """A page on a profile, and what its doors were asked for."""

    context: AppContext
    qtbot: QtBot
    runner: TaskRunner
    counting: Gated
    page: StatisticsPage = field(init=False)
    opened: list[tuple[str, object]] = field(default_factory=list)
    toasts: list[str] = field(default_factory=list)

    def store(self, *rows: dict[str, object]) -> None:
        with self.context.database.write() as connection:
            connection.execute(insert(plays), list(rows))

    def settle(self) -> None:
        self.qtbot.waitUntil(lambda: self.runner.active_count == 0)

    def show(self, choice: Choice | None = None) -> StatisticsPage:
        self.page.show()
        self.page.activate()
        self.settle()
        if choice is not None:
            self.page.show_choice(choice)
            self.settle()
        return self.page

    def figure(self, key: str) -> str:
        return self.page.figures.tile(key).figure


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot, runner: TaskRunner, tmp_path: Path) -> Iterator[Desk]:
    environ = {"RETROVUE_SECRETS": "memory", "TZ": "Europe/Berlin"}
    context = AppContext(resolve_dirs(tmp_path / "data"), clock=Clock(), environ=environ, write_log=False)
    info = ServerInfo(kind=ServerKind.PLEX, name="Attic", machine_identifier="attic", version="1")
    context.servers.add(name="Attic", url="http://127.0.0.1:9", info=info, now=1)
    theme = ThemeController(qapp, Theme.LIGHT)
    desk = Desk(context, qtbot, runner, Gated(context))
    monitor = MonitorController(runner, lambda: context, theme)
    services = PageServices(
        runner=runner,
        context=context,
        theme=theme,
        settings=QSettings(str(tmp_path / "page.ini"), QSettings.Format.IniFormat),
        sync=SyncController(runner, lambda: context, lambda: NOW),
        monitor=monitor,
        follow=FollowController(runner, lambda: context, monitor, theme),
        open_page=lambda key, argument: desk.opened.append((key, argument)),
        toast=lambda words, _undo: desk.toasts.append(words),
    )
    desk.page = StatisticsPage(services, counting=desk.counting)
    qtbot.addWidget(desk.page)
    desk.page.resize(1280, 760)
    yield desk
    desk.counting.gate.set()
    runner.shutdown()
    context.close()
    theme.deleteLater()


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """60 plays, one each evening, and three more today."""
    rows = [row(number, NOW - timedelta(days=number)) for number in range(60)]
    rows += [row(60 + number, NOW - timedelta(hours=2 + number), play_s=3600) for number in range(3)]
    desk.store(*rows)
    return desk


def test_every_part_of_the_page_shows_the_same_plays(filled: Desk) -> None:
    """The strip, the bars by day, hour and weekday and every ranking add up to the same number."""
    page = filled.show()
    assert filled.figure("plays") == "33"
    for view in (View.HOURS, View.WEEKDAYS, View.USERS, View.PLATFORMS, View.PLAYERS, View.STREAMS):
        data = page.cards.small[view].chart.data
        assert data is not None
        assert sum(mark.total for mark in data.marks) == 33, view
    over_time = page.cards.wide.chart.data
    assert over_time is not None
    assert [mark.total for mark in over_time.marks] == [1.0] * 29 + [4.0]
    assert [series.name for series in over_time.series] == ["Direct play", "Direct stream", "Transcode"]
    assert page.figures.tile("plays").accessibleName() == "Plays: 33 ▲ 10 %"
    assert "30 plays" in page.figures.tile("plays").toolTip()
    assert filled.figure("users") == "3"
    assert filled.figure("concurrent") == "1"
    assert page.toolbar.dates_button.text() == "8 Feb – 9 Mar 2026"


def test_hours_need_no_new_question(filled: Desk) -> None:
    page = filled.show()
    before = len(filled.counting.asked)
    filled.page.toolbar.measures.segment(Measure.HOURS.value).click()
    assert page.cards.wide.title == "Hours by day"
    data = page.cards.wide.chart.data
    assert data is not None
    assert data.marks[-1].total == 3.5
    assert len(filled.counting.asked) == before


def test_what_was_watched_last_by_most_and_how_libraries_grew(filled: Desk) -> None:
    facts = {"sort_key": "", "fingerprint": 0, "change_key": 0, "first_seen_at": 1, "last_seen_at": 1}
    with filled.context.database.write() as connection:
        library = {"id": 1, "server_id": 1, "remote_id": "1", "name": "Films", "kind": "movies"}
        connection.execute(insert(libraries).values(library))
        for number, days in enumerate((90, 2, 0)):
            added = int((NOW - timedelta(days=days)).timestamp())
            movie = {"library_id": 1, "remote_id": str(number), "title": f"Film {number}", "genre": f"G{number % 2}"}
            connection.execute(insert(movies).values(**movie, added_at=added, **facts))
    page = filled.show()
    found = [page.cards.small[key].chart.data for key in (Extra.RECENT, Extra.POPULAR, Extra.GROWTH, View.GENRES)]
    recent, popular, growth, genres = [data for data in found if data is not None]
    assert (recent.marks[0].label, recent.marks[0].remark) == ("Film 0", "Mon 9 Mar, 21:00")
    assert recent.marks[0].full_name == "Film 0 · Mon 9 Mar, 21:00 · mira"
    # Five of six titles: as many people each, so those with more plays first.
    assert [mark.remark.partition(" · ")[0] for mark in popular.marks] == ["3 users"] * 5
    page.cards.small[Extra.POPULAR].opened.emit(popular.marks[0].key)
    filled.settle()
    [(_page, picked)] = filled.opened
    assert isinstance(picked, PickedPlays)
    assert popular.marks[0].remark == f"3 users · {len(picked.ids)} plays"
    assert [mark.total for mark in growth.marks] == [1.0] * 27 + [2.0] * 2 + [3.0]
    assert growth.marks[-1].full_name == "Mon 9 March 2026 · 1 added"
    assert {mark.label: mark.total for mark in genres.marks} == {"G0": 9.0, "G1": 5.0, "Not known": 19.0}


def test_one_title_alone_is_chosen_from_a_row_and_left_by_its_chip(filled: Desk, qtbot: QtBot) -> None:
    page = filled.show()
    data = page.cards.small[View.TITLES].chart.data
    assert data is not None
    first = data.marks[0]
    assert page.part_menu.fill(first.key)
    page.part_menu.menu.actions()[1].trigger()
    filled.settle()
    assert filled.figure("plays") == str(round(first.total))
    assert page.toolbar.part.value == first.label
    assert not page.cards.small[View.TITLES].isVisible()
    page.toolbar.part.fill_menu()
    assert [entry.text() for entry in page.toolbar.part.menu.actions()] == ["All titles"]
    page.toolbar.part.removed.emit()
    filled.settle()
    assert filled.figure("plays") == "33"
    page.show_argument(Within("Kessler", 2, 5))
    filled.settle()
    page.toolbar.part.fill_menu()
    assert [entry.text() for entry in page.toolbar.part.menu.actions()] == ["Kessler S02", "Kessler", "All titles"]
    assert filled.figure("plays") == "0"


@pytest.mark.slow
def test_a_person_a_library_and_all_time_narrow_every_chart(filled: Desk) -> None:
    page = filled.show(Choice(Span.ALL, user="mira"))
    assert filled.figure("plays") == "21"
    assert not page.cards.small[View.USERS].isVisible()
    assert page.cards.wide.title == "Plays by month"
    data = page.cards.wide.chart.data
    assert data is not None
    assert [mark.label for mark in data.marks] == ["Jan 2026", "Feb 2026", "Mar 2026"]
    assert page.toolbar.users.currentText() == "mira"
    page = filled.show(Choice(Span.DAYS, date(2026, 3, 1), date(2026, 3, 2), server_id=2))
    assert filled.figure("plays") == "0"
    assert page.cards.wide.chart.accessibleDescription() == "No plays in this range."


def test_chosen_days_are_taken_in_either_order(filled: Desk) -> None:
    page = filled.show()
    page.toolbar.first.setDate(page.toolbar.first.date().fromString("2026-03-05", Qt.DateFormat.ISODate))
    page.toolbar.last.setDate(page.toolbar.last.date().fromString("2026-03-01", Qt.DateFormat.ISODate))
    page.toolbar.show_days.click()
    filled.settle()
    assert page.choice.span is Span.DAYS
    assert (page.choice.first, page.choice.last) == (date(2026, 3, 1), date(2026, 3, 5))
    assert page.toolbar.spans.current == ""
    assert filled.figure("plays") == "5"


def test_an_answer_to_an_old_choice_is_never_shown(filled: Desk) -> None:
    """A choice that changes while answers are awaited cancels what was asked for it."""
    page = filled.show()
    filled.counting.gate.clear()
    page.show_choice(Choice(Span.WEEK))
    page.show_choice(Choice(Span.DAYS, date(2026, 3, 8), date(2026, 3, 8)))
    filled.counting.gate.set()
    filled.settle()
    assert filled.figure("plays") == "1"
    week = [view for view, chosen in filled.counting.asked if chosen.days.first == date(2026, 3, 3)]
    assert len(week) <= 1


@pytest.mark.slow
def test_plays_that_end_while_answers_are_awaited_are_counted_too(filled: Desk) -> None:
    page = filled.show()
    filled.counting.gate.clear()
    page.refresh()
    filled.store(row(90, NOW - timedelta(minutes=40)))
    filled.runner.changed.emit(ChangeSet(frozenset({"plays"}), "monitor"))
    filled.counting.gate.set()
    filled.settle()
    assert filled.figure("plays") == "34"
    assert len([view for view, _chosen in filled.counting.asked if view is View.HOURS]) == 3


def test_slow_answers_dim_what_is_shown(filled: Desk, qtbot: QtBot) -> None:
    page = filled.show()
    filled.counting.gate.clear()
    page.show_choice(Choice(Span.WEEK))
    chart = page.cards.small[View.HOURS].chart
    qtbot.waitUntil(lambda: chart.state.value == "loading")
    filled.counting.gate.set()
    filled.settle()
    assert chart.state.value == "ready"


def test_an_error_is_said_with_a_way_to_try_again(filled: Desk) -> None:
    filled.counting.error = StorageError("The catalog is busy.", hint="Close the other program.")
    page = filled.show()
    assert page.banner is not None
    assert "The catalog is busy. Close the other program." in page.banner.accessibleName()
    filled.counting.error = None
    page.refresh()
    filled.settle()
    assert page.banner is None
    assert filled.figure("plays") == "33"


@pytest.mark.slow
def test_without_plays_the_page_says_what_will_appear(desk: Desk) -> None:
    page = desk.show()
    assert page.stack.currentWidget() is page.empty
    assert page.empty.sentence == "No plays yet."
    assert not page.table_button.isEnabled()
    assert page.empty.link is not None
    assert page.empty.button is not None
    page.empty.link.click()
    page.empty.button.click()
    assert desk.opened == [("activity", None), ("history", ImportWanted())]
    desk.store(row(1, NOW - timedelta(hours=1)))
    desk.runner.changed.emit(ChangeSet(frozenset({"plays"}), "monitor"))
    desk.settle()
    assert page.stack.currentWidget() is not page.empty
    assert desk.figure("plays") == "1"


def anything(dice: random.Random, number: int) -> dict[str, object]:
    """One play of any kind: of an hour or none, known or not, over midnight and both changes of daylight saving."""
    started_at = NOW - timedelta(minutes=dice.choice([dice.randrange(600_000), dice.randrange(40_000)]))
    episode = {
        "kind": "episode", "show_title": f"Show {dice.randrange(3)}", "season_number": dice.choice([None, 0, 1, 2]),
        "episode_number": dice.choice([None, 1, 2]),
    }  # fmt: skip
    is_known = dice.random() < 0.8
    return {
        **row(number, started_at, play_s=dice.choice([0, 60, 1800, 1801, 90_000])),
        "title": f"Film {dice.randrange(9)}", "show_title": None, "season_number": None, "episode_number": None,
        "year": dice.choice([None, 1987, 2011]),
        **(episode if dice.random() < 0.6 else {}),
        "user_name": dice.choice([*_PEOPLE, None]), "platform": dice.choice(["Android", "", None]),
        "player": dice.choice(["Bedroom", None]), "stream_decision": dice.choice([*_DECISIONS, "direct_stream", None]),
        "library_name": "Films" if is_known else None, "genre": dice.choice(["Drama", "", None]),
        "source_label": "1080p H264 · AC3 5.1" if is_known else None, "delivered_label": dice.choice(["SD MPEG4", ""]),
        "is_watched": dice.random() < 0.5, "percent": dice.choice([None, 0, 10, 30, 60, 80, 100]),
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("sittings", [False, True])
@pytest.mark.parametrize("span", [Span.MONTH, Span.ALL])
def test_every_bar_of_every_chart_opens_exactly_its_plays(desk: Desk, sittings: bool, span: Span) -> None:
    """The history then lists as many entries as the bar counts, which are as many hours as it has."""
    dice = random.Random(span.value)
    desk.store(*(anything(dice, number) for number in range(400)))
    page = desk.show(Choice(span, sittings=sittings))
    opened = set()
    for measure in Measure:
        page.toolbar.measures.segment(measure.value).click()
        for shown, card in ((None, page.cards.wide), *page.cards.small.items()):
            data = card.chart.data
            assert data is not None
            # Streams are never joined, and have no hours.
            joined = sittings and shown is not View.CONCURRENT
            for mark in (mark for mark in data.marks if mark.key is not None):
                assert isinstance(mark.key, Bar)
                found = PlayFilter(ids=desk.counting.behind(mark.key, CancelToken()))
                listed = list_plays(desk.context, found, joined=joined)
                has_hours = measure is Measure.HOURS and shown not in (View.CONCURRENT, Extra.POPULAR, Extra.RECENT)
                value = sum(play.play_s for play in listed) / 3600 if has_hours else len(listed)
                assert mark.total == pytest.approx(value), (card.title, mark)
                if shown is Extra.POPULAR:
                    assert mark.remark.endswith(f" · {plays_count(len(listed))}")
                opened.add(shown)
            assert all(mark.total == 0 or mark.key for mark in data.marks) or shown is Extra.GROWTH, card.title
    assert opened == {None, *page.cards.small} - {Extra.GROWTH}


@pytest.mark.slow
def test_every_day_and_title_of_a_year_opens_exactly_its_plays(desk: Desk) -> None:
    dice = random.Random(1)
    desk.store(*(anything(dice, number) for number in range(300)))
    desk.show().show_year()
    desk.settle()
    sheet = desk.page.year.sheet
    opened: list[Bar] = []
    sheet.opened.disconnect()
    sheet.opened.connect(opened.append)
    for chart in (sheet.calendar, sheet.titles):
        assert chart.data is not None
        for mark in chart.data.marks:
            opened.clear()
            chart.opened.emit(mark.key)
            plays_ = [desk.counting.behind(bar, CancelToken()) for bar in opened]
            listed = [play for ids in plays_ for play in list_plays(desk.context, PlayFilter(ids=ids))]
            assert mark.total == pytest.approx(sum(play.play_s for play in listed) / 3600), mark
            assert chart is not sheet.calendar or mark.name.endswith(f" · {plays_count(len(listed))}"), mark


@pytest.mark.slow
@pytest.mark.parametrize("sittings", [False, True])
def test_what_a_bar_opens_is_named_and_listed_in_the_history(filled: Desk, sittings: bool) -> None:
    page = filled.show(Choice(user="mira", sittings=sittings))
    for card in (page.cards.wide, page.cards.small[View.HOURS], page.cards.small[View.TITLES]):
        data = card.chart.data
        assert data is not None
        peak = data.marks[data.peak or 0]
        filled.opened.clear()
        card.opened.emit(peak.key)
        filled.settle()
        [(key, picked)] = filled.opened
        assert key == "history"
        assert isinstance(picked, PickedPlays)
        assert picked.title.startswith(peak.full_name)
        query = PlayCriteria(filters=PlayFilters(picked=picked)).query("started", descending=True, grouped=sittings)
        assert len(list_plays(filled.context, query.chosen, joined=sittings)) == peak.total, card.title


@pytest.mark.slow
def test_enter_on_a_bar_opens_it(filled: Desk, qtbot: QtBot) -> None:
    chart = filled.show().cards.wide.chart
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_End)
    qtbot.keyClick(chart, Qt.Key.Key_Return)
    filled.settle()
    [(_key, picked)] = filled.opened
    assert picked == PickedPlays("Mon 9 March 2026", (1, 61, 62, 63))
    kept = PlayCriteria(filters=PlayFilters(picked=picked))
    assert PlayCriteria.from_json(kept.to_json()) == kept


@pytest.mark.slow
def test_all_charts_become_tables_and_escape_brings_them_back(filled: Desk) -> None:
    page = filled.show()
    page.table_button.click()
    assert all(card.table is not None for card in page.cards.all() if not card.chart.data or card.chart.data.marks)
    assert page.table_button.text() == "View as charts"
    assert page.escape()
    assert not any(card.is_table for card in page.cards.all())
    assert not page.escape()


@pytest.mark.slow
def test_the_year_is_a_page_and_a_picture(filled: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="retrovue.done")
    page = filled.show(Choice(user="mira"))
    page.show_year()
    filled.settle()
    sheet = page.year.sheet
    assert (sheet.title_label.text(), sheet.who_label.text()) == ("2026", "mira")
    assert sheet.figures.tile("plays").figure == "21"
    assert sheet.facts.words["Busiest day"][0] == "Mon 9 March 2026"
    assert sheet.facts.words["Longest viewing"] == ("Film 4", "1 h 00 min · 9 Mar")
    assert sheet.calendar.data is not None
    assert len(sheet.calendar.data.marks) == 365
    page.saver.ask = lambda _page, _title, _name, _filter: str(tmp_path / "year.png")
    page.year.save_button.click()
    filled.settle()
    assert QImage(str(tmp_path / "year.png")).width() == 2 * sheet.width()
    assert filled.toasts == ["Chart saved to year.png."]
    assert "Chart saved to year.png." in [each.getMessage() for each in caplog.records if each.name == "retrovue.done"]
    assert page.escape()
    assert page.views.currentWidget() is not page.year


@pytest.mark.parametrize(
    ("choice", "first", "last", "view"),
    [
        (Choice(Span.WEEK), date(2026, 3, 3), date(2026, 3, 9), View.DAYS),
        (Choice(Span.QUARTER), date(2025, 12, 10), date(2026, 3, 9), View.DAYS),
        (Choice(Span.YEAR), date(2025, 4, 1), date(2026, 3, 9), View.MONTHS),
        (Choice(Span.ALL), None, None, View.MONTHS),
        (Choice(Span.DAYS, date(2025, 1, 1), date(2025, 12, 31)), date(2025, 1, 1), date(2025, 12, 31), View.MONTHS),
    ],
)
def test_a_span_is_whole_days_of_the_zone(choice: Choice, first: date | None, last: date | None, view: View) -> None:
    days = choice.days(date(2026, 3, 9), ZONE)
    assert (days.first, days.last, days.zone_name) == (first, last, "Europe/Berlin")
    assert time_view(days) is view


def test_small_words_and_shapes() -> None:
    assert [change_words(value) for value in (0.08, -0.123, 0.001, None)] == ["▲ 8 %", "▼ 12 %", "± 0 %", ""]
    assert range_words(DayRange(date(2025, 12, 30), date(2026, 1, 2), ZONE)) == "30 Dec 2025 – 2 Jan 2026"
    assert since_words(DayRange(date(2025, 12, 30), date(2026, 1, 2), ZONE)) == "Since 30 Dec 2025"
    assert [spans(count, 3) for count in (0, 2, 6, 10, 11)] == [[], [2], [3, 3], [3, 3, 2, 2], [3, 3, 3, 2]]
    assert longest_streak([True, False, True, True, False, True, True]) == (2, 2)
    assert longest_streak([]) == (0, 0)
    assert Measure.HOURS.of(Amount(3, 5400)) == 1.5
