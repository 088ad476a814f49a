"""The History page: days and sittings, filters, order, details, keys, deletion and its undo, export, live refresh."""

import csv
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from sqlalchemy import insert
from tests.domain.test_history import FILM
from tests.gui.history.conftest import NOON, Desk, play_row
from tests.servers.tautulli import KEY, TautulliStandIn, row

from retrovue.core.domain.browse import View
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.history import PlayedItem, PlayFilter
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.services.history.plays import list_plays
from retrovue.core.storage.tables import libraries, movies
from retrovue.gui.pages.history import words
from retrovue.gui.pages.history.criteria import Dates, ImportWanted, PlayCriteria, PlayFilters
from retrovue.gui.pages.history.deleting import DeleteDialog
from retrovue.gui.pages.history.import_works import JELLYSTAT, REPORTING, SERVERS
from retrovue.gui.pages.history.importing import ImportDialog
from retrovue.gui.pages.history.table import TITLE
from retrovue.gui.pages.library.criteria import Criteria, Filters, OneItem
from retrovue.gui.tables.view import rows_selection
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.notices import Tone

HOUR = timedelta(hours=1)


def _three_days(desk: Desk) -> None:
    """Yesterday a film in two parts and an episode of somebody else; the day before a film; long ago another."""
    desk.store(
        play_row(1, NOON, guid="imdb://tt1", position_ms=600_000, percent=50),
        play_row(
            2,
            NOON + 2 * HOUR,
            guid="imdb://tt1",
            title="Film 1",
            position_ms=3_480_900,
            percent=97,
            is_watched=True,
            paused_s=30,
        ),
        play_row(
            3,
            NOON + HOUR,
            server_id=2,
            server_name="Basement",
            user_name="Yui",
            kind="episode",
            title="Carrier Wave",
            show_title="Static Hour",
            season_number=1,
            episode_number=4,
            stream_decision="transcode",
            delivered_label="720p H264 · AAC 2.0",
        ),
        play_row(4, NOON - timedelta(days=1), play_s=1200, percent=12),
        play_row(5, NOON - timedelta(days=500), user_name="Søren"),
    )


def _said(panel: QWidget) -> list[str]:
    return [one.text() for one in panel.findChildren(QLabel)]


def test_days_and_sittings_are_counted_from_the_same_plays(desk: Desk) -> None:
    _three_days(desk)
    page = desk.show()
    assert desk.rows() == [
        "[3 plays, 1800 s]", "Carrier Wave", "Film 1 ×2", "[1 plays, 1200 s]", "Film 4", "[1 plays, 600 s]", "Film 5",
    ]  # fmt: skip
    assert page.area.left.text == "5 plays  ·  4 groups"
    assert page.head._subtitle.text.startswith("5 plays since")
    model, view = page.area.model, page.area.view
    assert [view.unfolds(number) for number in (0, 1, 2)] == [False, False, True]
    caret = view.visualRect(model.index(2, 0)).topLeft() + QPoint(12, 10)
    desk.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=caret)
    desk.settle()
    assert view.is_unfolded(2)
    assert [model.index(number, 5).data() for number in (2, 3, 4)] == ["20:00", "10:00", "10:00"]
    # Below their sitting, plays say which part of the title it was.
    parts = [model.index(number, TITLE).data() for number in (3, 4)]
    assert parts == ["Film 1 · 0:00 – 10:00", "Film 1 · 48:00 – 58:00"]
    assert model.rowCount() == 9
    desk.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=caret)
    assert (model.rowCount(), view.selectedIndexes()) == (7, [])
    page.toolbar.grouping.click()
    assert desk.rows()[:4] == ["[3 plays, 1800 s]", "Film 1", "Carrier Wave", "Film 1"]


def test_the_server_is_a_column_where_there_are_several(desk: Desk) -> None:
    def has_column() -> bool:
        return not desk.page.area.view.horizontalHeader().isSectionHidden(desk.page.area._section("server"))

    desk.store(play_row(1, NOON), play_row(2, NOON + HOUR))
    desk.show()
    assert not has_column()
    desk.store(play_row(3, NOON + 2 * HOUR, server_id=2, server_name="Basement"))
    desk.runner.changed.emit(ChangeSet(frozenset({"plays"}), "monitor"))
    desk.qtbot.waitUntil(has_column)


@pytest.mark.slow
def test_the_list_is_searched_filtered_and_sorted(desk: Desk) -> None:
    _three_days(desk)
    page = desk.show()
    page.toolbar.search.setText("soren")
    assert desk.rows() == ["[1 plays, 600 s]", "Film 5"]
    page.toolbar.search.setText("lantrn")
    desk.settle()
    assert page.area.stack.currentWidget() is page.area.nothing
    assert page.area.nothing.sentence == "No plays match “lantrn”."
    page.area.nothing.triggered.emit()
    assert len(desk.rows()) == 7
    for filters, expected in (
        (PlayFilters(users=("Yui",)), ["Carrier Wave"]),
        (PlayFilters(server_ids=(2,)), ["Carrier Wave"]),
        (PlayFilters(kinds=("episode",), decisions=("transcode",)), ["Carrier Wave"]),
        # A sitting is listed whole when any of its plays passes.
        (PlayFilters(watched=True), ["Film 1 ×2"]),
        (PlayFilters(item=PlayedItem("Film 1", ((1, "1"),), ("imdb://tt1",))), ["Film 1 ×2"]),
        (PlayFilters(item=PlayedItem("Static Hour", is_show=True)), ["Carrier Wave"]),
    ):
        page.filters.set_filters_to(filters)
        assert desk.rows()[1:] == expected, filters
    page.show_criteria(PlayCriteria(dates=Dates(last_days=3)))
    assert desk.rows()[1:] == ["Carrier Wave", "Film 1 ×2", "[1 plays, 1200 s]", "Film 4"]
    assert page.toolbar.dates_button.text() == "Last 3 days"
    page.clear()
    # Sorted by another column there are no lines of days; sums of sittings count.
    page.area.view.horizontalHeader().setSortIndicator(5, Qt.SortOrder.DescendingOrder)
    assert desk.rows() == ["Film 1 ×2", "Film 4", "Carrier Wave", "Film 5"]
    page.area.view.horizontalHeader().setSortIndicator(TITLE, Qt.SortOrder.AscendingOrder)
    assert desk.rows() == ["Film 1 ×2", "Film 4", "Film 5", "Carrier Wave"]


def test_filters_are_kept_under_a_name(desk: Desk) -> None:
    _three_days(desk)
    page = desk.show()
    wanted = PlayCriteria(
        "static",
        PlayFilters(
            (2,), ("Yui",), ("episode",), ("transcode",), False, PlayedItem("X", ((1, "7"),), ("a://b",), True)
        ),
        Dates(date(2026, 1, 2), date(2026, 3, 4)),
    )
    assert PlayCriteria.from_json(wanted.to_json()) == wanted
    page.saved.ask = lambda *_: "Transcodes"
    page.filters.set_filters_to(PlayFilters(decisions=("transcode",)))
    desk.settle()
    assert not page.save_button.isHidden()
    page.save_button.click()
    desk.settle()
    assert page.save_button.isHidden()
    page.clear()
    page._fill_saved_menu()
    page.toolbar.saved_menu.actions()[0].trigger()
    assert desk.rows()[1:] == ["Carrier Wave"]


def test_details_open_by_key_and_lead_to_the_item(desk: Desk) -> None:
    _three_days(desk)
    page = desk.show()
    view, model = page.area.view, page.area.model
    view.setFocus()
    # The keyboard passes over the lines of days, and stops below the first one.
    view.setCurrentIndex(model.index(2, 0))
    desk.qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() == 4
    for _press in range(3):
        desk.qtbot.keyClick(view, Qt.Key.Key_Up)
    assert view.currentIndex().row() == 1
    desk.qtbot.keyClick(view, Qt.Key.Key_Return)
    desk.settle()
    assert not page.panel.isHidden()
    assert page.panel.shown is not None
    assert page.panel.shown.delivered_label == "720p H264 · AAC 2.0"
    after = page.panel.close_button.nextInFocusChain()
    assert page.panel.isAncestorOf(after), "Tab goes on in the panel, not to what was built before it"
    assert isinstance(after, Button)
    assert after.text() == "Open in the library"
    assert "Device" in _said(page.panel)
    desk.qtbot.keyClick(view, Qt.Key.Key_Down)
    desk.settle()
    assert page.panel.shown.play.id == 2, "of a sitting the last play's stream is shown"
    page.show_argument("somebody else")
    desk.settle()
    assert page.panel.shown is None, "it is not in the list"
    page.clear()
    desk.settle()
    assert page.escape()
    assert page.panel.isHidden()
    place = view.visualRect(model.index(1, TITLE)).topLeft() + QPoint(20, 10)
    desk.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    desk.settle()
    missing = "“Static Hour · S01E04 · Carrier Wave” is not in the catalog, or not any more."
    assert desk.said == [(missing, Tone.WARNING)]
    view.setCurrentIndex(model.index(2, 0))
    page.copy_rows()
    assert "Film 1" in QApplication.clipboard().text()


@pytest.mark.slow
def test_deleted_plays_can_be_had_back(desk: Desk) -> None:
    _three_days(desk)
    page = desk.show()
    view = page.area.view
    view.setFocus()
    view.setCurrentIndex(page.area.model.index(2, 0))
    assert page.area.selected_count() == 2, "a sitting stands for its plays"
    desk.qtbot.keyClick(view, Qt.Key.Key_Delete)
    desk.settle()
    assert desk.toasts == ["2 plays deleted."]
    assert desk.rows() == [
        "[1 plays, 600 s]",
        "Carrier Wave",
        "[1 plays, 1200 s]",
        "Film 4",
        "[1 plays, 600 s]",
        "Film 5",
    ]
    undo = desk.undos[0]
    assert undo is not None
    undo()
    desk.settle()
    assert desk.count() == 5
    for prepare, left in ((lambda dialog: dialog.days.setValue(400), 4), (lambda dialog: dialog.of_user.click(), 3)):
        page.area.view.clearSelection()
        page.ask_delete()
        dialog = next(one for one in page.findChildren(DeleteDialog) if one.isVisible())
        assert not dialog.selected.isEnabled()
        assert (dialog.act_button.kind, dialog.act_button.isDefault()) == (ButtonKind.DANGER, False)
        prepare(dialog)
        dialog.user.setCurrentText("Yui")
        dialog.act_button.click()
        desk.settle()
        assert desk.count() == left


def test_the_view_is_exported_as_it_is_narrowed(desk: Desk, tmp_path: Path) -> None:
    _three_days(desk)
    page = desk.show()
    page.filters.set_filters_to(PlayFilters(users=("mira",)))
    desk.settle()
    for how in ("csv", "json"):
        page.exporter.ask = lambda *_args, how=how: str(tmp_path / f"out.{how}")
        page.exporter.export(page.area.query, how)
        desk.settle()
    with (tmp_path / "out.csv").open(encoding="utf-8-sig") as out:
        rows = list(csv.DictReader(out))
    assert [(row["title"], row["play_s"]) for row in rows] == [("Film 1", "1200"), ("Film 4", "1200")]
    lines = (tmp_path / "out.json").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["title"] for line in lines] == ["Film 1", "Film 4"]
    assert desk.toasts == ["2 plays exported to out.csv.", "2 plays exported to out.json."]


def test_an_empty_history_fills_while_it_is_shown(desk: Desk) -> None:
    page = desk.show()
    assert page.stack.currentWidget() is page.empty
    assert not page._head_buttons[1].isEnabled()
    _three_days(desk)
    desk.runner.changed.emit(ChangeSet(frozenset({"plays"}), "monitor"))
    desk.qtbot.waitUntil(lambda: len(desk.rows()) == 7)
    assert page.stack.currentWidget() is page._full


def test_the_empty_page_offers_imports_that_count_first(desk: Desk) -> None:
    page = desk.show()
    page.show_argument(ImportWanted())
    next(one for one in page.findChildren(ImportDialog) if one.isVisible()).reject()
    page.empty.triggered.emit()
    dialog = next(one for one in page.findChildren(ImportDialog) if one.isVisible())
    start = int(NOON.timestamp())
    with TautulliStandIn([row(1, start), row(2, start + 50_000)]) as tautulli:
        dialog.address.setText(tautulli.url)
        dialog.key.setText("wrong")
        dialog.address.clear()
        dialog.import_button.click()
        desk.qtbot.waitUntil(lambda: dialog.said.text() == "No address was given. Enter the address and the key.")
        desk.settle()
        dialog.address.setText(tautulli.url)
        dialog.import_button.click()
        desk.qtbot.waitUntil(lambda: dialog.said.property("tone") == "danger")
        dialog.key.setText(KEY)
        dialog.count_button.click()
        desk.qtbot.waitUntil(lambda: dialog.said.text().startswith("2 plays would be added. They are from "))
        assert (
            dialog.said.text()
            .splitlines()[0]
            .endswith("1 person played them. 2 are of items that are not in the catalog, and are kept all the same.")
        )
        assert dialog.said.text().splitlines()[1] == "The plays belong to no server of this catalog."
        dialog.owner.setCurrentIndex(dialog.owner.findText("Attic"))
        assert desk.count() == 0
        desk.settle()
        dialog.import_button.click()
        desk.qtbot.waitUntil(lambda: dialog.said.text() == "2 plays added.")
    desk.qtbot.waitUntil(lambda: page.stack.currentWidget() is page._full)
    # Without a token for either server none can be asked, and the dialog says why.
    dialog.source.setCurrentIndex(dialog.source.findData(SERVERS))
    dialog.import_button.click()
    desk.qtbot.waitUntil(lambda: dialog.said.property("tone") == "danger")
    assert "Not signed in" in dialog.said.text()
    assert dialog.close_button.text() == "Close"
    dialog.close_button.click()


def test_playback_reporting_is_imported_from_its_backup_file(desk: Desk, tmp_path: Path) -> None:
    dialog = ImportDialog(desk.page._services, desk.page, ask=lambda *_words: str(tmp_path / "backup.tsv"))
    dialog.show()
    desk.settle()
    start = (NOON + HOUR).strftime("%Y-%m-%d %H:%M:%S")
    row = (start, "u1", "m7", "Movie", "Static Hour", "DirectPlay", "Web", "Sofa", "900")
    (tmp_path / "backup.tsv").write_text("\t".join(row) + "\n", encoding="utf-8")
    dialog.source.setCurrentIndex(dialog.source.findData(REPORTING))
    # The plugin is of Emby and Jellyfin, and its plays are those of the server that has it.
    assert [dialog.plugin_server.itemText(n) for n in range(dialog.plugin_server.count())] == ["Basement"]
    assert dialog._owner_block.isHidden()
    dialog.report.setText(str(tmp_path / "backup.tsv"))
    dialog.count_button.click()
    desk.qtbot.waitUntil(lambda: dialog.said.text().startswith("1 play would be added. They are from "))
    desk.settle()
    assert desk.count() == 0
    dialog.import_button.click()
    desk.qtbot.waitUntil(lambda: dialog.said.text() == "1 play added.")
    desk.settle()
    dialog.source.setCurrentIndex(dialog.source.findData(JELLYSTAT))
    assert not dialog._owner_block.isHidden()
    dialog.import_button.click()
    desk.qtbot.waitUntil(lambda: dialog.said.text() == "No file was chosen. Choose the file to import.")


def test_the_keyboard_unfolds_sittings_and_keeps_its_place(desk: Desk) -> None:
    _three_days(desk)
    page = desk.show()
    view, model = page.area.view, page.area.model
    keys = Qt.Key

    def press(key: Qt.Key) -> tuple[int, int]:
        desk.qtbot.keyClick(view, key)
        desk.settle()
        return view.currentIndex().row(), model.rowCount()

    # Home and End pass over the lines of days, too.
    assert [press(key) for key in (keys.Key_End, keys.Key_Home, keys.Key_Down)] == [(6, 7), (1, 7), (2, 7)]
    assert [press(key) for key in (keys.Key_Right, keys.Key_Right, keys.Key_Down)] == [(2, 9), (3, 9), (4, 9)]
    assert page.area.selected_count() == 1
    # Another play comes: what is unfolded, current and selected stays.
    desk.store(play_row(6, NOON + 3 * HOUR))
    desk.runner.changed.emit(ChangeSet(frozenset({"plays"}), "monitor"))
    desk.qtbot.waitUntil(lambda: model.rowCount() == 10)
    desk.settle()
    assert (view.currentIndex().row(), page.area.selected_count(), view.is_unfolded(3)) == (5, 1, True)
    assert page.area.selected().plays == (2,)
    assert [press(key) for key in (keys.Key_Left, keys.Key_Left, keys.Key_Plus)] == [(3, 10), (3, 8), (3, 10)]
    view.selectAll()
    assert (page.area.selected_count(), page.area.selected().plays) == (6, ()), "each play counts once"
    assert press(keys.Key_Minus) == (3, 8)
    assert [press(key) for key in (keys.Key_Home, keys.Key_Down)] == [(1, 8), (2, 8)]
    desk.qtbot.keyClick(view, keys.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert (view.currentIndex().row(), page.area.selected_count()) == (7, 5), "from here to the end"


def test_what_was_played_is_opened_in_its_library_or_said_to_be_gone(desk: Desk) -> None:
    facts = {"title": "Amber Bay", "sort_key": "amber bay", "size_bytes": 1, "view_count": 1, "fingerprint": 1,
             "change_key": 1, "first_seen_at": 1, "last_seen_at": 1}  # fmt: skip
    with desk.context.database.write() as connection:
        connection.execute(insert(libraries).values(id=3, server_id=1, remote_id="1", name="Films", kind="movies"))
        connection.execute(insert(movies).values(id=5, library_id=3, remote_id="r5", **facts))
    desk.store(play_row(1, NOON, remote_id="r5"), play_row(2, NOON + HOUR, remote_id="r6"))
    page = desk.show()
    there, gone = sorted(list_plays(desk.context, PlayFilter()), key=lambda play: play.id)
    page.open_item(there)
    desk.settle()
    criteria = Criteria(View.MOVIES, "Amber Bay", Filters(server_ids=(1,), library_ids=(3,)))
    assert desk.opened == [("library", OneItem(criteria, 5))]
    page.open_item(gone)
    desk.settle()
    assert len(desk.opened) == len(desk.said) == 1


@pytest.mark.slow
def test_a_long_history_is_read_where_somebody_goes(desk: Desk) -> None:
    """End, Select All and the bar at the side need no row that is not on screen."""
    count, days = 300, 10
    at = (NOON - timedelta(days=days * k // count, minutes=20 * k) for k in range(count))
    desk.store(*(play_row(n, start, guid=f"imdb://tt{n}") for n, start in enumerate(at)))
    desk.context.play_lists._listed._few = 0
    page = desk.show()
    view, model = page.area.view, page.area.model
    lines = len(model.listing.days)
    assert (model.rowCount(), model.listing.entries) == (count + lines, None)
    assert view.verticalScrollBar().maximum() > 27 * count
    desk.qtbot.keyClick(view, Qt.Key.Key_End)
    desk.settle()
    assert view.currentIndex().row() == model.rowCount() - 1
    assert view.currentIndex().siblingAtColumn(TITLE).data() == f"Film {count - 1}"
    assert model.known_row(150) is None
    # The answer to another question is read from the top.
    page.show_argument("mira")
    desk.settle()
    assert (len(model.listing.days), view.verticalScrollBar().value()) == (lines, 0)
    page.clear()
    desk.settle()
    view.selectAll()
    desk.qtbot.waitUntil(lambda: page.area.left.text.endswith("300 selected"))
    QApplication.clipboard().clear()
    page.copy_rows()
    desk.qtbot.waitUntil(lambda: bool(QApplication.clipboard().text()))
    copied = QApplication.clipboard().text().splitlines()
    assert [next(cell for cell in row.split("\t") if cell.startswith("Film ")) for row in copied] == [
        f"Film {n}" for n in range(count)
    ]
    view.selectionModel().select(
        rows_selection(model, [(1, 1), (150, 151)]), view.selectionModel().SelectionFlag.Deselect
    )
    left = sum(not model.is_day(number) for number in (1, 150, 151))
    desk.qtbot.waitUntil(lambda: page.area.left.text.endswith(f"{count - left} selected"))
    page.delete_selected()
    desk.settle()
    desk.qtbot.waitUntil(lambda: desk.count() == left)
    assert desk.toasts == [f"{count - left} plays deleted."]
    assert "Film 0" in desk.rows()
    undo = desk.undos[0]
    assert undo is not None
    undo()
    desk.settle()
    assert desk.count() == count
    # What was selected on a day that has changed since is not deleted; on other days it is.
    selected = replace(page.area.selected(), plays=(), known=0, spans=((0, 5),), listing=model.listing)
    elsewhere = replace(selected, spans=((200, 205),))
    view.selectAll()
    desk.store(play_row(900, NOON + HOUR))
    with pytest.raises(ConfigError, match="has changed"):
        selected.choice(desk.context)
    assert len(elsewhere.choice(desk.context)["sittings"]) == 6 - sum(map(model.is_day, range(200, 206)))
    # Many selected rows stay selected when a play comes, but for those of its day.
    today = model.listing.days[0].entries
    desk.runner.changed.emit(ChangeSet(frozenset({"plays"}), "monitor"))
    desk.qtbot.waitUntil(lambda: model.rowCount() == count + lines + 1)
    desk.qtbot.waitUntil(lambda: page.area.left.text.endswith(f"{count - today} selected"))
    assert desk.said[-1][0] == f"The list has changed. {today} rows are no longer selected."


def test_a_play_says_which_part_of_its_title_it_was_where_that_is_known() -> None:
    def reach(**facts: Any) -> str:
        return words.reach(replace(FILM, **{"position_ms": 3_771_400, "play_s": 1_897, **facts}))

    assert reach() == "31:14 – 1:02:51"
    # Paused time moves nothing, and nobody begins before the beginning.
    assert reach(play_s=9_000) == "0:00 – 1:02:51"
    assert [reach(position_ms=None), reach(position_ms=0), reach(play_s=0), reach(kind="live")] == [""] * 4


def test_where_nothing_is_known_of_the_device_it_has_no_heading(desk: Desk) -> None:
    unknown = {"player": None, "product": None, "platform": None, "device": None}
    desk.store(play_row(1, NOON, **unknown))
    page = desk.show()
    page.area.view.setCurrentIndex(page.area.model.index(1, 0))
    desk.qtbot.keyClick(page.area.view, Qt.Key.Key_Return)
    desk.settle()
    assert "Play" in _said(page.panel)
    assert "Device" not in _said(page.panel)


def test_the_player_is_whole_where_the_titles_have_room_to_spare(desk: Desk) -> None:
    desk.store(play_row(1, NOON))
    page = desk.show()
    header, columns = page.area.view.horizontalHeader(), page.area.model.columns
    player = next(n for n, column in enumerate(columns) if column.key == "player")
    usual = header.sectionSize(player)
    page.resize(1700, 800)
    desk.settle()
    assert header.sectionSize(player) == 220 > usual
    page.resize(1100, 800)
    desk.settle()
    assert header.sectionSize(player) == usual
    header.resizeSection(player, 150)
    page.resize(1700, 800)
    desk.settle()
    assert header.sectionSize(player) == 150, "what somebody chose stays"
