"""Column state: saved per view, restored, reset, never put on other columns."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from retrovue.core import i18n
from retrovue.gui.tables.columns import Column
from retrovue.gui.tables.header_state import HeaderState
from retrovue.gui.tables.rows import ListModel

COLUMNS = tuple(
    Column(key, key.title(), str, width=width) for key, width in (("title", 200), ("year", 80), ("size", 90))
)


@pytest.fixture
def settings_path(tmp_path: Path) -> Path:
    return tmp_path / "window.ini"


def open_view(
    qtbot: QtBot,
    path: Path,
    *,
    columns: tuple[Column, ...] = COLUMNS,
    view_name: str = "library/movies",
    version: int = 1,
) -> tuple[QTableView, HeaderState, QSettings]:
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(ListModel(columns, parent=view))
    view.horizontalHeader().setSectionsMovable(True)
    settings = QSettings(str(path), QSettings.Format.IniFormat)
    state = HeaderState(
        view.horizontalHeader(),
        columns,
        settings=settings,
        view_name=view_name,
        hidden=frozenset({"size"}),
        sorted_by="title",
        version=version,
    )
    return view, state, settings


def change(view: QTableView, state: HeaderState) -> None:
    header = view.horizontalHeader()
    header.resizeSection(0, 321)
    header.moveSection(0, 1)
    state.show_column("size", shown=True)
    header.setSortIndicator(1, Qt.SortOrder.DescendingOrder)


def test_defaults_come_from_the_columns(qtbot: QtBot, settings_path: Path) -> None:
    view, state, _ = open_view(qtbot, settings_path)
    assert [view.columnWidth(0), view.columnWidth(1)] == [200, 80]
    assert not state.is_shown("size")
    assert view.horizontalHeader().sortIndicatorSection() == 0


def test_another_language_starts_with_its_own_widths(qtbot: QtBot, settings_path: Path, tmp_path: Path) -> None:
    view, state, _ = open_view(qtbot, settings_path)
    change(view, state)
    state.save()
    folder = tmp_path / "xx" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "retrovue.mo").open("wb") as file:
        write_mo(file, Catalog(locale=None, charset="utf-8"))
    try:
        assert i18n.set_language("xx", tmp_path)
        other, other_state, _ = open_view(qtbot, settings_path)
        assert other.columnWidth(0) == 200
        other.horizontalHeader().resizeSection(0, 250)
        other_state.save()
    finally:
        i18n.set_language(None, Path())
    english, _, _ = open_view(qtbot, settings_path)
    assert english.columnWidth(0) == 321


def test_a_change_is_saved_by_itself_and_restored(qtbot: QtBot, settings_path: Path) -> None:
    view, state, settings = open_view(qtbot, settings_path)
    change(view, state)
    qtbot.waitUntil(lambda: bool(settings.allKeys()))
    settings.sync()
    view, state, _ = open_view(qtbot, settings_path)
    header = view.horizontalHeader()
    assert view.columnWidth(0) == 321
    assert header.visualIndex(0) == 1
    assert state.is_shown("size")
    assert header.sortIndicatorSection() == 1
    assert header.sortIndicatorOrder() == Qt.SortOrder.DescendingOrder


@pytest.mark.parametrize(
    "other",
    [
        {"version": 2},
        {"view_name": "library/shows"},
        {"columns": (*COLUMNS, Column("path", "Path", str))},
        {"columns": (COLUMNS[1], COLUMNS[0], COLUMNS[2])},
    ],
    ids=["version", "view", "one more column", "other order"],
)
def test_state_of_something_else_is_not_used(qtbot: QtBot, settings_path: Path, other: dict[str, object]) -> None:
    view, state, settings = open_view(qtbot, settings_path)
    change(view, state)
    state.save()
    settings.sync()
    view, state, _ = open_view(qtbot, settings_path, **other)  # type: ignore[arg-type]
    assert 321 not in [view.columnWidth(n) for n in range(view.model().columnCount())]
    assert not state.is_shown("size")


def test_reset_brings_the_defaults_back_for_good(qtbot: QtBot, settings_path: Path) -> None:
    view, state, settings = open_view(qtbot, settings_path)
    change(view, state)
    state.save()
    state.reset()
    assert view.columnWidth(0) == 200
    assert view.horizontalHeader().visualIndex(0) == 0
    assert not state.is_shown("size")
    assert settings.allKeys() == []
    view, _, _ = open_view(qtbot, settings_path)
    assert view.columnWidth(0) == 200


def test_the_last_column_cannot_be_hidden(qtbot: QtBot, settings_path: Path) -> None:
    view, state, _ = open_view(qtbot, settings_path)
    state.show_column("year", shown=False)
    state.show_column("title", shown=False)
    assert [view.isColumnHidden(n) for n in range(3)] == [False, True, True]


def test_a_damaged_file_gives_the_defaults(qtbot: QtBot, settings_path: Path) -> None:
    settings = QSettings(str(settings_path), QSettings.Format.IniFormat)
    settings.setValue("columns/v1/en/library.movies/keys", "title,year,size")
    settings.setValue("columns/v1/en/library.movies/state", "not a state")
    settings.sync()
    view, _, _ = open_view(qtbot, settings_path)
    assert view.columnWidth(0) == 200
