"""Charts: by pointer, by keyboard, in both themes, as a table, and as files."""

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from defusedxml import ElementTree
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from retrovue.core.domain.errors import ConfigError
from retrovue.gui.charts.bars import BarChart, axes_in, bar_axes, peak_place
from retrovue.gui.charts.calendar import CalendarChart, days_of
from retrovue.gui.charts.card import ChartCard
from retrovue.gui.charts.chart import Chart, small_metrics
from retrovue.gui.charts.data import ChartData, Mark, Series, hours, labeled, ticks
from retrovue.gui.charts.line import LineChart
from retrovue.gui.charts.ranking import RankChart
from retrovue.gui.charts.saving import FileSaver, Form
from retrovue.gui.charts.table import ChartTable
from retrovue.gui.tables.columns import ROW_ROLE
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, Theme, ThemeController, font
from retrovue.gui.work.tasks import InlineRunner

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

STREAMS = (
    Series("Direct play", "direct_play_chart"),
    Series("Direct stream", "direct_stream_chart"),
    Series("Transcode", "transcode_chart"),
)
PLAYS = (Series("Plays", "accent"),)
WEEK = ChartData(
    "Weekday",
    STREAMS,
    tuple(
        Mark(number, name[:3], (10.0 + number, 5.0, float(number)), name)
        for number, name in enumerate("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split())
    ),
)
ALONE = ChartData("Weekday", PLAYS, tuple(Mark(mark.key, mark.label, (mark.total,), mark.name) for mark in WEEK.marks))
YEAR = ChartData("Day", PLAYS, tuple(Mark(day, "", (float(day.day % 5),), day.isoformat()) for day in days_of(2024)))
EMPTY = ChartData("Weekday", PLAYS, tuple(Mark(None, name, (0.0,)) for name in "abc"))


@pytest.fixture(autouse=True)
def theme(qapp: QApplication) -> Iterator[ThemeController]:
    controller = ThemeController(qapp, Theme.LIGHT)
    yield controller
    controller.deleteLater()


@pytest.fixture
def show(qtbot: QtBot) -> Callable[[QWidget], QWidget]:
    """Puts a chart into an active window of 640 × 360."""
    kept = []

    def do(widget: QWidget) -> QWidget:
        window = QWidget()
        QVBoxLayout(window).addWidget(widget)
        qtbot.addWidget(window)
        window.resize(640, 360)
        with qtbot.waitActive(window):
            window.show()
            window.activateWindow()
        kept.append(window)
        return window

    return do


KINDS: list[tuple[Callable[[], Chart], ChartData]] = [
    (lambda: BarChart("Plays"), WEEK),
    (lambda: BarChart("Plays"), ALONE),
    (lambda: RankChart("Plays", rows=7), WEEK),
    (lambda: LineChart("Plays", stepped=True, shows_peak=True), ALONE),
    (lambda: LineChart("Plays"), ALONE),
    (lambda: CalendarChart("Plays"), YEAR),
]


@pytest.mark.parametrize(("make", "data"), KINDS)
def test_every_kind_answers_to_pointer_and_keyboard(
    qtbot: QtBot, show: Callable[[QWidget], QWidget], make: Callable[[], Chart], data: ChartData
) -> None:
    """Values on hover and under the arrow keys, the same name and value for assistive technology, plays by Enter."""
    chart = make()
    window = show(chart)
    chart.show_data(data)
    chart.clearFocus()
    unfocused = chart.grab().toImage()
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    # Seen before an arrow key has chosen a mark.
    assert chart.grab().toImage() != unfocused
    opened: list[object] = []
    chart.opened.connect(opened.append)
    places = chart.places(data, chart.rect().toRectF())
    assert len(places) == len(data.marks)
    assert all(chart.rect().toRectF().adjusted(-1, -1, 1, 1).contains(place) for place in places)
    target = len(data.marks) - 2
    qtbot.mouseMove(chart, QPoint(2, 2))
    qtbot.mouseMove(chart, places[target].center().toPoint())
    assert chart.tip is not None
    assert chart.tip.title == data.marks[target].full_name
    assert chart.tip.lines[-1][1] == data.say(data.marks[target].total)
    assert window.rect().contains(chart.tip.geometry())
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=places[target].center().toPoint())
    qtbot.keyClick(chart, Qt.Key.Key_End)
    assert chart.tip is not None
    assert chart.tip.title == data.marks[-1].full_name
    assert window.rect().contains(chart.tip.geometry())
    assert data.marks[-1].full_name in chart.accessibleDescription()
    qtbot.keyClick(chart, Qt.Key.Key_Return)
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    qtbot.keyClick(chart, Qt.Key.Key_Down)
    qtbot.keyClick(chart, Qt.Key.Key_Space)
    assert opened == [data.marks[target].key, data.marks[-1].key, data.marks[1].key]
    qtbot.keyClick(chart, Qt.Key.Key_Escape)
    assert chart.tip is None
    assert chart.current is None


def test_the_words_of_a_peak_stand_above_the_line_wherever_it_is() -> None:
    rect, metrics = QRectF(0, 0, 300, 110), small_metrics()
    for highest in (1, 2, 4, 5, 6, 9, 10, 48, 50, 999):
        data = ChartData("Day", STREAMS[:1], tuple(Mark(n, str(n), (float(highest),)) for n in range(9)))
        axes = axes_in(data, rect, metrics, above=metrics.height())
        assert axes.y(highest) - axes.plot.top() >= metrics.height() - 0.01
        assert all(axes.plot.top() <= axes.y(tick) <= axes.plot.bottom() for tick in axes.ticks)
        assert axes_in(data, rect, metrics).ticks == axes.ticks


def test_the_value_of_the_highest_bar_is_never_left_out() -> None:
    """Also where the bar ends at the highest tick, and its value is wider than the bar."""
    metrics = small_metrics()
    for highest, bars, size in itertools.product((1, 5, 200, 1000, 2500), (7, 24, 60), ((190, 106), (640, 300))):
        data = ChartData("Hour", PLAYS, tuple(Mark(n, str(n), (float(highest),)) for n in range(bars)))
        rect = QRectF(0, 0, *size)
        axes = bar_axes(data, rect, metrics)
        slot = axes.plot.width() / bars
        bar = QRectF(axes.plot.left(), axes.y(highest), slot * 0.69, 0)
        place, is_inside = peak_place(data.say(highest), bar, axes, metrics)
        assert rect.contains(place), (highest, bars, size)
        assert is_inside == (place.width() <= bar.width())


def test_names_take_the_room_that_bars_can_spare(show: Callable[[QWidget], QWidget]) -> None:
    """Beside them the longest bar keeps 72 pixels; more is theirs."""
    chart = RankChart("Titles")
    show(chart)
    chart.resize(330, 200)
    for name, is_whole in (("The Paper Cartographers", True), ("The Paper Cartographers and " * 4, False)):
        data = ChartData("Title", PLAYS, (Mark(1, name, (4.0,)), Mark(2, "Short", (2.0,))))
        chart.show_data(data)
        places = chart.places(data, chart.rect().toRectF())
        whole, half = (chart.anchor(n, place).x() for n, place in enumerate(places))
        begins, bar = 2 * half - whole, 2 * (whole - half)
        assert (begins >= QFontMetricsF(font(FontRole.BODY)).horizontalAdvance(name)) is is_whole
        assert bar >= 72
        assert whole <= places[0].right()


def test_arrows_follow_the_calendar(qtbot: QtBot, show: Callable[[QWidget], QWidget]) -> None:
    chart = CalendarChart("2024")
    show(chart)
    chart.show_data(YEAR)
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left):
        qtbot.keyClick(chart, key)
    assert chart.current is not None
    assert YEAR.marks[chart.current].key == date(2024, 1, 9)
    qtbot.keyClick(chart, Qt.Key.Key_End)
    assert YEAR.marks[-1].key == date(2024, 12, 31)
    places = chart.places(YEAR, chart.rect().toRectF())
    by_weekday: dict[int, set[float]] = {}
    for mark, place in zip(YEAR.marks, places, strict=True):
        assert isinstance(mark.key, date)
        by_weekday.setdefault(mark.key.isoweekday(), set()).add(round(place.y(), 3))
    assert all(len(rows) == 1 for rows in by_weekday.values())


def test_colors_follow_the_theme_while_a_chart_is_open(
    show: Callable[[QWidget], QWidget], theme: ThemeController
) -> None:
    chart = BarChart("Plays")
    window = show(chart)
    chart.show_data(WEEK)
    place = chart.places(WEEK, chart.rect().toRectF())[0]
    at = chart.mapTo(window, QPointF(place.center().x(), place.bottom() - 6).toPoint())
    for choice, expected in ((Theme.DARK, tokens.DARK), (Theme.LIGHT, tokens.LIGHT)):
        theme.set_choice(choice)
        assert window.grab().toImage().pixelColor(at) == expected.color("direct_play_chart")


# Machado, Oliveira and Fernandes 2009, severity 1.0: what is left of linear RGB.
_BLINDNESS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def _lab(color: QColor, rows: tuple[tuple[float, ...], ...]) -> tuple[float, float, float]:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color.getRgbF()[:3]]
    r, g, b = (min(1.0, max(0.0, sum(w * c for w, c in zip(row, linear, strict=True)))) for row in rows)
    xyz = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089,
    )
    x, y, z = (c ** (1 / 3) if c > 0.008856 else 7.787 * c + 16 / 116 for c in xyz)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


@pytest.mark.parametrize("active", [tokens.LIGHT, tokens.DARK], ids=["light", "dark"])
@pytest.mark.parametrize("kind", _BLINDNESS)
def test_stream_types_differ_for_every_kind_of_color_vision(active: tokens.Tokens, kind: str) -> None:
    """Neighbors in a bar differ by far more than the 2.3 that an eye just notices."""
    seen = [_lab(active.color(series.token), _BLINDNESS[kind]) for series in STREAMS]
    assert min(math.dist(one, other) for one, other in itertools.combinations(seen, 2)) > 12


@given(st.floats(0, 1e9), st.integers(1, 6), st.booleans())
@example(8.216184619288275e-09, 5, False)
@example(5e-324, 6, False)
def test_an_axis_ends_at_or_above_the_highest_value(highest: float, room: int, whole: bool) -> None:
    found = ticks(highest, room, whole=whole)
    assert found[0] == 0
    assert found[-1] >= highest - 1e-6
    assert len(found) <= room + 2
    assert not whole or all(tick == int(tick) for tick in found)


@given(st.integers(1, 400), st.floats(200, 2_000), st.floats(5, 120))
def test_labels_of_an_axis_never_touch(number: int, room: float, width: float) -> None:
    centers = [room * (n + 0.5) / number for n in range(number)]
    shown = labeled(centers, [width] * number, 8)
    assert shown
    assert all(centers[b] - centers[a] >= width + 8 - 1e-6 for a, b in itertools.pairwise(shown))


def test_hours_are_said_as_people_compare_them() -> None:
    assert [hours(value) for value in (0, 4.5, 4.04, 9, 17.4)] == ["0", "4.5", "4.0", "9", "17"]


def test_an_empty_chart_says_so_and_opens_nothing(qtbot: QtBot, show: Callable[[QWidget], QWidget]) -> None:
    card = ChartCard("By weekday", BarChart("By weekday"))
    show(card)
    assert not card.chart.accessibleDescription()
    card.show_data(EMPTY)
    assert card.chart.accessibleDescription() == "No plays in this range."
    assert not card.menu_button.isEnabled()
    is_empty = card.chart.grab().toImage()
    card.show_loading()
    assert card.chart.grab().toImage() != is_empty
    card.show_data(EMPTY)
    assert card.chart.grab().toImage() == is_empty
    opened: list[object] = []
    card.opened.connect(opened.append)
    card.chart.setFocus()
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Return):
        qtbot.keyClick(card.chart, key)
    qtbot.mouseClick(card.chart, Qt.MouseButton.LeftButton)
    card.save(Form.CSV)
    assert opened == []


def test_the_keyboard_keeps_its_mark_when_the_values_change(qtbot: QtBot, show: Callable[[QWidget], QWidget]) -> None:
    chart = BarChart("Plays")
    show(chart)
    chart.show_data(WEEK)
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_End)
    chart.show_data(ChartData("Weekday", PLAYS, ALONE.marks[3:]))
    assert chart.current == 3
    chart.show_data(ChartData("Weekday", PLAYS, ALONE.marks[:3]))
    assert chart.current is None


def test_a_card_shows_the_same_values_as_a_table(qtbot: QtBot, show: Callable[[QWidget], QWidget]) -> None:
    card = ChartCard("By weekday", BarChart("By weekday"))
    show(card)
    card.show_data(WEEK)
    card.set_table(wanted=True)
    table = card.table
    assert table is not None
    model = table.model()
    shown = [[model.index(row, column).data() for column in range(5)] for row in range(model.rowCount())]
    assert shown[0] == ["Monday", "10", "5", "0", "15"]
    assert [row[0] for row in shown] == [mark.name for mark in WEEK.marks]
    table.sortByColumn(4, Qt.SortOrder.DescendingOrder)
    assert model.index(0, 0).data() == "Sunday"
    with qtbot.waitSignal(card.opened) as opened:
        table.activated.emit(model.index(0, 0))
    assert opened.args == [model.index(0, 0).data(ROW_ROLE).key] == [6]
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().splitlines()[0] == "Weekday\tDirect play\tDirect stream\tTranscode\tTotal"
    card.show_data(ALONE)
    assert card.table is not None
    assert card.table.model().columnCount() == 2
    card.set_table(wanted=False)
    assert card.table is None
    assert card.table_action.text() == "View as table"


def test_a_table_says_that_names_are_in_order_only_where_they_are() -> None:
    """Rankings are in the order of their values, and what was watched last is in that of no column."""
    for data, column in ((WEEK, 0), (replace(WEEK, marks=WEEK.marks[::-1], by_name=False), -1)):
        table = ChartTable("Weekday", data)
        assert table.horizontalHeader().sortIndicatorSection() == column
        assert [table.model().index(row, 0).data() for row in range(7)] == [mark.name for mark in data.marks]
        table.sortByColumn(4, Qt.SortOrder.AscendingOrder)
        assert table.model().index(0, 0).data() == "Monday"
        table.deleteLater()


def test_a_chart_is_copied_as_picture_and_text(qtbot: QtBot, show: Callable[[QWidget], QWidget]) -> None:
    card = ChartCard("By weekday", BarChart("By weekday"))
    show(card)
    card.show_data(ALONE)
    card.chart.setFocus()
    qtbot.keyClick(card.chart, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().mimeData()
    assert copied is not None
    assert copied.hasImage()
    assert copied.text().splitlines()[1] == "Monday\t15"


def test_a_chart_is_saved_as_png_svg_and_csv(
    qtbot: QtBot, show: Callable[[QWidget], QWidget], tmp_path: Path, inline_runner: InlineRunner
) -> None:
    card = ChartCard("By weekday", BarChart("By weekday"))
    window = show(card)
    card.show_data(WEEK)
    saver = FileSaver(inline_runner, window, ask=lambda _page, _title, name, _filter: str(tmp_path / Path(name).name))
    card.save_requested.connect(saver.save)
    for form in Form:
        with qtbot.waitSignal(saver.saved) as saved:
            card.save(form)
            inline_runner.drain()
        assert saved.args == [f"RetroVue By weekday.{form.value}"]
    png = QImage(str(tmp_path / "RetroVue By weekday.png"))
    assert png.width() == 2 * max(480, card.width())
    assert len({png.pixel(x, y) for x in range(0, png.width(), 7) for y in range(0, png.height(), 7)}) > 5
    drawn = ElementTree.fromstring((tmp_path / "RetroVue By weekday.svg").read_bytes())
    words = {text.text.strip() for text in drawn.iter("{http://www.w3.org/2000/svg}text") if text.text}
    assert {"By weekday", "Mon", "Sun", "Direct stream"} <= words
    lines = (tmp_path / "RetroVue By weekday.csv").read_text("utf-8-sig").splitlines()
    assert lines[:2] == ["Weekday,Direct play,Direct stream,Transcode,Total", "Monday,10,5,0,15"]


def test_the_name_that_is_suggested_is_one_of_a_file(qtbot: QtBot, inline_runner: InlineRunner) -> None:
    page = QWidget()
    qtbot.addWidget(page)
    asked: list[Path] = []
    saver = FileSaver(inline_runner, page, ask=lambda _page, _title, name, _filter: asked.append(Path(name)) or "")
    for title in ("Horror / Sci-Fi", 'Who: "me"?', "海" * 200, "2026 a\\b."):
        saver.save(title, Form.PNG, b"x")
    assert [path.name for path in asked] == [
        "RetroVue Horror Sci-Fi.png",
        "RetroVue Who me.png",
        f"RetroVue {'海' * 60}.png",
        "RetroVue 2026 a b.png",
    ]
    assert len({path.parent for path in asked}) == 1


def test_a_place_that_cannot_be_written_is_said(
    qtbot: QtBot, show: Callable[[QWidget], QWidget], tmp_path: Path, inline_runner: InlineRunner
) -> None:
    window = show(QWidget())
    saver = FileSaver(inline_runner, window, ask=lambda *_words: str(tmp_path / "nowhere" / "chart.png"))
    with qtbot.waitSignal(saver.failed) as failed:
        saver.save("By weekday", Form.PNG, b"x")
        inline_runner.drain()
    assert isinstance(failed.args[0], ConfigError)
    assert list(tmp_path.iterdir()) == []
