"""Dates are written as the language writes them: with points where a day is an ordinal number."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, QSettings
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication, QTableView
from tests.gui.conftest import MakeDesk

from retrovue.core import i18n
from retrovue.core.domain.browse import SortField, View
from retrovue.core.domain.days import DayRange
from retrovue.core.domain.history import PlayedDay
from retrovue.core.domain.servers import Certificate
from retrovue.core.domain.statistics import View as StatView
from retrovue.core.i18n import written_date
from retrovue.core.system.language import speak
from retrovue.gui import text
from retrovue.gui.app.startup import follow_language
from retrovue.gui.pages.history.columns import day_words, history_columns
from retrovue.gui.pages.library.columns import columns_of, month_or_day
from retrovue.gui.pages.library.sorting import SortButton
from retrovue.gui.pages.servers.certificate import facts_of
from retrovue.gui.pages.statistics import words
from retrovue.gui.tables.header_state import HeaderState
from retrovue.gui.tables.rows import ListModel
from retrovue.gui.tables.views import room_for, room_for_dates
from retrovue.gui.theme.style import FontRole, font

DAY = date(2024, 11, 30)
NOON = datetime(2024, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    before = QLocale()
    assert speak("de", {}) == "de"
    follow_language(qapp)
    yield
    speak("en", {})
    follow_language(qapp)
    QLocale.setDefault(before)


def test_german_days_take_their_points(german: None) -> None:
    assert text.short_date(DAY) == "30. Nov."
    assert text.day(NOON, NOON + timedelta(days=400)) == "30. Nov. 2024"
    assert month_or_day(NOON) == "Nov. 2024"
    assert words.range_words(DayRange(DAY, date(2024, 12, 1), UTC)) == "30. Nov. – 1. Dez. 2024"
    assert words.label_of(StatView.DAYS, "2024-11-30") == ("30. Nov.", "Sa., 30. November 2024")
    assert words.day_and_time(int(NOON.timestamp()), UTC) == "Sa., 30. Nov., 12:00"
    played = PlayedDay(DAY, 2, 60)
    assert day_words(played, NOON) == "Heute, Samstag, 30. November"
    assert day_words(played, NOON + timedelta(days=400)) == "Samstag, 30. November 2024"


def test_a_heading_has_its_room_in_a_table_that_keeps_its_widths(german: None, tmp_path: Path) -> None:
    columns = history_columns()
    table = QTableView()
    table.setModel(ListModel(list(columns), row_id=id, parent=table))
    header = table.horizontalHeader()
    HeaderState(header, columns, settings=QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat), view_name="t")
    assert [header.sectionSize(place) for place in range(len(columns))] == [room_for(one) for one in columns]
    assert room_for(next(one for one in columns if one.key == "paused")) > 66


def test_german_nouns_keep_their_capitals_inside_a_sentence(german: None) -> None:
    button = SortButton()
    button.show_order(columns_of(View.MOVIES), SortField.TITLE, descending=False)
    assert button.text() == "Sortiert nach Titel"
    assert text.inside("Direkte Wiedergabe") == "Direkte Wiedergabe"


def test_the_end_of_a_certificate_is_a_day_and_no_code(german: None) -> None:
    assert facts_of(Certificate("ab" * 32, valid_until=date(2027, 3, 1))) == "gültig bis 1. März 2027"


def test_english_days_have_none(qapp: QApplication) -> None:
    assert i18n.language() == "en"
    assert text.short_date(DAY, year=True) == "30 Nov 2024"
    assert text.weekday_date(DAY) == "Sat 30 Nov"
    assert text.full_date(DAY, year=True) == "Saturday 30 November 2024"


def test_a_narrow_column_names_the_year_only_of_what_is_long_ago(qapp: QApplication) -> None:
    """In January everything of December has another year, and the column has no room for it."""
    assert text.clock_or_day(NOON, NOON + timedelta(days=40)) == "30 Nov"
    assert text.clock_or_day(NOON, NOON + timedelta(days=400)) == "30 Nov 2024"


def test_a_column_of_dates_has_room_for_every_month(german: None) -> None:
    metrics = QFontMetrics(font(FontRole.BODY))
    longest = max(metrics.horizontalAdvance(text.short_date(date(2024, n, 28), year=True)) for n in range(1, 13))
    assert room_for_dates() >= longest + 20
    assert room_for_dates(year=False) < room_for_dates() < room_for_dates(then=", 20:44")


def test_a_core_sentence_writes_a_day_in_words_too(german: None) -> None:
    assert written_date(date(2021, 1, 1)) == "1. Januar 2021"
    speak("en", {})
    assert written_date(date(2024, 12, 28)) == "28 December 2024"


@pytest.mark.slow
def test_a_german_window_of_1280_shows_how_long_a_sync_took(german: None, make_desk: MakeDesk) -> None:
    desk = make_desk(synced=True, language="de")
    page = desk.page("sync")
    desk.window.resize(1280, 800)
    took = [column.key for column in page.runs.model.columns].index("took")
    desk.wait(lambda: page.runs.model.rowCount() > 0 and not page.runs.table.isColumnHidden(took))
