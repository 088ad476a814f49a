"""What is done with rows of the Library page: details, copying, opening, dragging out, syncing, exporting."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QScrollArea
from pytestqt.qtbot import QtBot

from retrovue.core.domain.browse import BrowseQuery, View
from retrovue.core.domain.errors import Cancelled, ConfigError
from retrovue.core.domain.guids import ExternalId
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.domain.path_syntax import storable
from retrovue.core.domain.played_titles import Within, title_ref
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.catalog.picked import Picked, parts_of
from retrovue.gui.pages.library.actions import as_table
from retrovue.gui.pages.library.cards import VersionCard
from retrovue.gui.pages.library.exporting import write_export
from retrovue.gui.pages.library.facts import distinct_ids, link_of
from retrovue.gui.pages.library.views import file_mime
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.work.opening import FileOpener, ask_xdg_open, look_at, opens_safely
from retrovue.gui.work.tasks import TaskRunner

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|grabbing the keyboard|does not support raise")


def entries(desk: Any) -> dict[str, Any]:
    """The context menu for what is selected."""
    menu = QMenu(desk.page)
    desk.page.actions_.fill_menu(menu)
    return {action.text(): action for action in menu.actions() if action.text()}


def row_with(desk: Any, state: FileState) -> int:
    model = desk.page.area.current.model
    return next(n for n in range(model.rowCount()) if model.row_at(n).states.get(state))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def clipboard_text(desk: Any, act: Any) -> str:
    QApplication.clipboard().clear()
    act()
    desk.settle()
    return QApplication.clipboard().text()


@pytest.mark.slow
def test_details_show_both_paths_ids_and_size(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    desk.select(row_with(desk, FileState.FOUND))
    details = page.details.details
    item = desk.context.catalog.get(ItemKind.MOVIE, page.area.picked().movies[0])
    assert details.title == item.title
    assert [file.local_path for file in details.files] == [file.local_path for file in item.files]
    assert details.size_bytes == sum(file.size_bytes for file in item.files)
    cards = page.details.findChildren(VersionCard)
    assert len(cards) == len({file.version for file in item.files})
    assert page.details.open_button.isEnabled()
    assert page.area.status.words.startswith("40 movies  ·  1 selected")
    stop = page.details.open_button.previousInFocusChain()
    while not stop.focusPolicy() & Qt.FocusPolicy.TabFocus:
        stop = stop.previousInFocusChain()
    (inside,) = page.details.findChildren(QScrollArea)
    assert inside.isAncestorOf(stop), "Tab goes through the details, then to the buttons below them"


@pytest.mark.slow
def test_a_file_without_a_rule_cannot_be_opened_and_says_why(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    desk.select(row_with(desk, FileState.UNMAPPED))
    assert not page.details.open_button.isEnabled()
    assert "rule" in page.details.open_button.toolTip()
    found = entries(desk)
    assert not found["Open file"].isEnabled()
    assert "rule" in found["Open file"].toolTip()
    assert not found["Copy local path"].isEnabled()
    assert found["Copy server path"].isEnabled()
    assert found["Sync this show"].toolTip() == "Only shows can be synced individually."


@pytest.mark.slow
def test_statistics_of_a_row_are_those_of_its_title(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    desk.select(0)
    row = page.area.current.model.row_at(0)
    entries(desk)["Statistics"].trigger()
    desk.settle()
    page.area.current.view.selectAll()
    assert not entries(desk)["Statistics"].isEnabled()
    assert desk.opened == [("statistics", Within(title_ref(row.title, row.year)))]
    (show_id,) = desk.context.browse.ids(BrowseQuery(View.SHOWS))[:1]
    (show,) = desk.context.browse.items(ItemKind.SHOW, [show_id])
    ids = list(desk.context.browse.ids(BrowseQuery(View.EPISODES)))
    every = list(desk.context.browse.items(ItemKind.EPISODE, ids))
    episode = next(row for row in every if None not in (row.season, row.episode))
    special = next(row for row in every if None in (row.season, row.episode))
    picked = Picked(shows=(show_id,), seasons=((show_id, 1),), episodes=(episode.id, special.id))
    assert parts_of(desk.context, picked) == [
        Within(show.title),
        Within(show.title, 1),
        Within(episode.show_title, episode.season, episode.episode),
        Within(special.show_title, name=special.title),
    ]


@pytest.mark.slow
def test_the_buttons_below_the_details_are_never_cut(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    desk.select(row_with(desk, FileState.FOUND))
    details = page.details
    for button in (details.open_button, details.folder_button, details.more_button):
        assert button.width() >= button.sizeHint().width()
    assert details.folder_button.text() or details.folder_button.toolTip() == "Show in folder"


@pytest.mark.slow
def test_paths_and_ids_of_several_rows_are_copied_one_a_line(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    page.area.current.view.selectAll()
    desk.settle()
    items = desk.context.catalog.many(ItemKind.MOVIE, list(page.area.picked().movies))
    files = {file.id: file for item in items for file in item.files}.values()
    local = clipboard_text(desk, page.actions_.copy_local_paths).split("\n")
    assert sorted(local) == sorted(file.local_path for file in files if file.local_path)
    server = clipboard_text(desk, page.actions_.copy_server_paths).split("\n")
    assert len(server) == len(files) > len(local)
    ids = clipboard_text(desk, page.actions_.copy_ids).split("\n")
    assert any(line.startswith(("tvdb:", "tmdb:")) for line in ids)


@pytest.mark.slow
def test_rows_are_copied_as_a_table_of_the_visible_columns(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    view = page.area.current.view
    view.selectAll()
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    desk.settle()
    lines = [line.split("\t") for line in QApplication.clipboard().text().split("\n")]
    assert lines[0][0] == "Title"
    assert "Year" not in lines[0]
    assert len(lines) == 41
    assert {len(line) for line in lines} == {len(lines[0])}
    assert QApplication.clipboard().mimeData().hasHtml()


@pytest.mark.slow
def test_a_table_for_documents_escapes_markup(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    column = page.area.current.model.columns[-1]

    class Row:
        library = "Films <b>&"

    mime = as_table([column], [Row()])
    assert "Films &lt;b&gt;&amp;" in mime.html()


@pytest.mark.slow
def test_a_season_means_its_episodes_and_a_show_all_of_them(desk: Any) -> None:
    page = desk.show()
    pane = page.area.current
    top = pane.model.index(0, 0)
    pane.view.expand(top)
    desk.settle()
    season = pane.model.index(0, 0, top)
    pane.view.setCurrentIndex(season)
    desk.settle()
    picked = page.area.picked()
    assert len(picked.seasons) == 1
    assert picked.count == 1
    show_id, number = picked.seasons[0]
    ids = desk.context.browse.ids(BrowseQuery(View.EPISODES, show_id=show_id, season=number))
    copied = clipboard_text(desk, page.actions_.copy_server_paths).split("\n")
    items = desk.context.catalog.many(ItemKind.EPISODE, ids)
    assert sorted(copied) == sorted({file.server_path for item in items for file in item.files})
    assert not page.details.open_button.isEnabled()
    assert page.details.details.lines[0] == top.data()


@pytest.mark.slow
@pytest.mark.parametrize("of_season", [False, True])
def test_a_show_or_season_offers_no_file_to_open(desk: Any, of_season: bool) -> None:
    page = desk.show()
    pane = page.area.current
    top = pane.model.index(0, 0)
    pane.view.expand(top)
    desk.settle()
    pane.view.setCurrentIndex(pane.model.index(0, 0, top) if of_season else top)
    desk.settle()
    assert page.selection.summary.files, "there would be a file to open"
    found = entries(desk)
    for name in ("Open file", "Show in folder"):
        assert not found[name].isEnabled()
        assert found[name].toolTip() == "Select an episode to open its file."
    assert not page.details.open_button.isEnabled()
    assert found["Copy server path"].isEnabled()


@pytest.mark.slow
def test_files_are_dragged_out_as_a_list_of_addresses(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    desk.select(row_with(desk, FileState.FOUND))
    paths = page.area.current.view.paths_to_drag()
    assert paths == [file.local_path for file in page.details.details.files if file.local_path]
    mime = file_mime(paths)
    assert mime.hasFormat("text/uri-list")
    assert [url.toLocalFile() for url in mime.urls()] == paths
    assert isinstance(mime, QMimeData)


@pytest.mark.slow
def test_syncing_a_show_names_it_to_its_library(desk: Any) -> None:
    page = desk.show()
    desk.select(2)
    show = page.area.current.model.index(2, 0).data()
    entries(desk)["Sync this show"].trigger()
    desk.settle()
    desk.qtbot.waitUntil(lambda: not desk.page._services.sync.is_running)
    assert any(show in toast for toast in desk.toasts)
    run = desk.context.runs.recent()[0]
    assert run.outcome is not None
    assert run.outcome.value == "ok"


@pytest.mark.slow
def test_details_fold_in_a_narrow_window_and_open_over_the_list(desk: Any) -> None:
    page = desk.page
    page.resize(1024, 640)
    desk.show(View.MOVIES)
    assert page.splitter.is_folded
    assert page.details.isHidden()
    desk.select(0)
    QTest.keyClick(page.area.current.view, Qt.Key.Key_Return)
    assert page.details.isVisible()
    assert page.details.geometry().right() == page.area.rect().right()
    assert page.escape()
    assert page.details.isHidden()
    QTest.keyClick(page.area.current.view, Qt.Key.Key_Return)
    assert page.splitter.close_button.isVisible()
    page.splitter.close_button.click()
    assert page.details.isHidden()
    assert page.splitter.close_button.isHidden()
    page.resize(1300, 760)
    desk.qtbot.waitUntil(page.details.isVisible)
    assert page.splitter.indexOf(page.details) == 1
    assert not page.escape()


@pytest.mark.slow
@pytest.mark.parametrize("view", [View.MOVIES, View.EPISODES, View.FILES, View.SHOWS])
def test_the_view_is_exported_in_each_format(desk: Any, view: View, tmp_path: Path) -> None:
    desk.show(view)
    query = desk.page.area.current.model.query
    count = desk.page.area.count
    context, token = desk.context, CancelToken()
    target = tmp_path / "out.csv"
    lines = write_export(context, target, query, None, view.value, "csv", token, lambda _value: None)
    rows = read_csv(target)
    assert lines == len(rows) == count
    target = tmp_path / "out.json"
    assert write_export(context, target, query, None, view.value, "json", token, lambda _value: None) == count
    assert all(json.loads(line) for line in target.read_text(encoding="utf-8").splitlines())
    what = "episodes" if view is View.SHOWS else view.value
    target = tmp_path / "out.m3u8"
    written = write_export(context, target, query, None, what, "m3u", token, lambda _value: None)
    played = [line for line in target.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert written == len(played) > 0
    assert all(Path(path).is_absolute() for path in played)
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.csv", "out.json", "out.m3u8"]


@pytest.mark.slow
def test_chosen_files_are_exported_and_no_others(desk: Any, tmp_path: Path) -> None:
    page = desk.show(View.FILES)
    desk.select(3)
    picked = page.area.picked()
    target = tmp_path / "one.csv"
    assert write_export(desk.context, target, None, picked, "files", "csv", CancelToken(), lambda _v: None) == 1
    assert int(read_csv(target)[0]["id"]) == picked.files[0]


@pytest.mark.slow
def test_a_playlist_keeps_the_bytes_of_a_name_that_is_no_text(desk: Any, tmp_path: Path) -> None:
    desk.show(View.MOVIES)
    odd = storable(b"/films/caf\xe9.mkv".decode("utf-8", "surrogateescape"))
    with desk.context.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO file_places (media_file_id, computer_id, local_path, file_state) "
            "SELECT media_file_id, 1, ?, 'unchecked' FROM media_links WHERE movie_id IS NOT NULL LIMIT 1 "
            "ON CONFLICT (media_file_id, computer_id) DO UPDATE SET local_path = excluded.local_path",
            (odd,),
        )
    target, query = tmp_path / "out.m3u8", desk.page.area.current.model.query
    assert write_export(desk.context, target, query, None, "movies", "m3u", CancelToken(), lambda _value: None) > 0
    assert b"/films/caf\xe9.mkv\n" in target.read_bytes()


@pytest.mark.slow
def test_a_cancelled_or_refused_export_leaves_nothing(desk: Any, tmp_path: Path) -> None:
    desk.show(View.MOVIES)
    query = desk.page.area.current.model.query
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        write_export(desk.context, tmp_path / "x.csv", query, None, "movies", "csv", token, lambda _v: None)
    assert [path.name for path in tmp_path.glob("*x.csv*")] == []
    with pytest.raises(ConfigError, match="Could not write"):
        write_export(
            desk.context, tmp_path / "no" / "x.csv", query, None, "movies", "csv", CancelToken(), lambda _v: None
        )


@pytest.mark.slow
def test_export_runs_from_the_menu_with_a_sentence_at_the_end(desk: Any, tmp_path: Path) -> None:
    page = desk.show(View.MOVIES)
    target = tmp_path / "films"
    page.exporter._ask = lambda _parent, _title, _suggestion, _filter: str(target)
    page._fill_export_menu()
    with desk.qtbot.waitSignal(page.exporter.written) as written:
        page._export_menu.actions()[0].trigger()
        assert page.exporter.strip.isVisible()
    assert written.args == [f"{target}.csv", 40]
    desk.settle()
    assert not page.exporter.strip.isVisible()
    assert desk.toasts[-1] == "40 entries exported to films.csv."


def test_ids_link_to_their_pages_and_come_once() -> None:
    twice = (ExternalId("tmdb", "5", "guid"), ExternalId("none", "x"), ExternalId("tmdb", "5", "guids"))
    assert [str(guid) for guid in distinct_ids((*twice, ExternalId("tvdb", "7")))] == ["tvdb:7", "tmdb:5"]
    assert link_of(ExternalId("tmdb", "5"), ItemKind.MOVIE) == "https://www.themoviedb.org/movie/5"
    assert link_of(ExternalId("tvdb", "121361/6/1"), ItemKind.EPISODE) is None
    assert link_of(ExternalId("imdb", "tt1"), ItemKind.EPISODE) == "https://www.imdb.com/title/tt1/"
    assert link_of(ExternalId("plex", "show/a"), ItemKind.SHOW) is None


def test_what_is_picked_counts_rows_of_every_kind() -> None:
    assert Picked(shows=(1, 2), seasons=((1, None),), files=(3,)).count == 4
    assert Picked.of_view(View.FILES, [4, 5]) == Picked(files=(4, 5))


@pytest.mark.parametrize(
    ("platform", "program", "begins"), [("win32", "explorer", "/select,"), ("darwin", "open", "-R")]
)
def test_a_file_is_selected_in_the_file_manager(
    qtbot: QtBot, runner: TaskRunner, tmp_path: Path, platform: str, program: str, begins: str
) -> None:
    film = tmp_path / "a film, with; odd & signs.mkv"
    film.write_bytes(b"x")
    started: list[tuple[str, list[str]]] = []
    opener = FileOpener(
        runner, platform=platform, start=lambda name, arguments: bool(started.append((name, list(arguments)))) or True
    )
    opener.show_in_folder(str(film))
    qtbot.waitUntil(lambda: bool(started))
    assert started[0][0] == program
    assert started[0][1][0].startswith(begins)
    assert str(film) in " ".join(started[0][1])


def test_without_a_file_manager_the_folder_is_opened(qtbot: QtBot, runner: TaskRunner, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    film.write_bytes(b"x")
    opened: list[QUrl] = []
    opener = FileOpener(
        runner, platform="linux", select=lambda _path: False, open_url=lambda url: bool(opened.append(url)) or True
    )
    opener.show_in_folder(str(film))
    qtbot.waitUntil(lambda: bool(opened))
    assert opened[0].toLocalFile() == str(tmp_path)


def test_a_file_that_is_gone_is_told_and_not_opened(qtbot: QtBot, runner: TaskRunner, tmp_path: Path) -> None:
    opened: list[QUrl] = []
    opener = FileOpener(runner, open_url=lambda url: bool(opened.append(url)) or True)
    with qtbot.waitSignal(opener.failed) as failed:
        opener.open_file(str(tmp_path / "gone.mkv"))
    assert "gone.mkv" in failed.args[0]
    assert failed.args[1]
    assert opened == []
    film = tmp_path / "here.mkv"
    film.write_bytes(b"x")
    opener.open_file(str(film))
    qtbot.waitUntil(lambda: bool(opened))
    assert opened[0].toLocalFile() == str(film)
    assert look_at(str(film)) is True


@pytest.mark.parametrize(
    "name",
    [
        *"x.desktop x.exe x.sh x.lnk x.bat x.cmd x.app x.url x.jar x.strm x.MKV.EXE x.mkv.desktop x .mkv.".split(),
        "x\u202evkm.exe",
    ],
)
def test_what_is_not_media_is_shown_in_its_folder(qtbot: QtBot, runner: TaskRunner, tmp_path: Path, name: str) -> None:
    odd = tmp_path / name
    odd.write_bytes(b"x")
    opened: list[QUrl] = []
    shown: list[str] = []
    opener = FileOpener(
        runner,
        platform="linux",
        select=lambda path: bool(shown.append(path)) or True,
        open_url=lambda url: bool(opened.append(url)) or True,
    )
    with qtbot.waitSignal(opener.failed) as failed:
        opener.open_file(str(odd))
    qtbot.waitUntil(lambda: bool(shown))
    assert "not a video or audio file" in failed.args[0]
    assert "folder" in failed.args[1]
    assert (shown, opened) == ([str(odd)], [])


def test_media_is_opened_and_links_and_folders_are_not_taken_for_it(tmp_path: Path) -> None:
    for name in ("film.mkv", "FILM.MP4", "a.b.avi", "song.flac", "disc.iso"):
        (tmp_path / name).write_bytes(b"x")
        assert opens_safely(str(tmp_path / name))
    (tmp_path / "run.desktop").write_bytes(b"x")
    (tmp_path / "link.mkv").symlink_to(tmp_path / "run.desktop")
    assert not opens_safely(str(tmp_path / "link.mkv"))
    (tmp_path / "folder.mkv").mkdir()
    assert not opens_safely(str(tmp_path / "folder.mkv"))
    assert not opens_safely("D:\\media\\run.exe:film.mkv", "win32")


def test_a_file_that_no_program_opens_is_told_with_a_remedy(qtbot: QtBot, runner: TaskRunner, tmp_path: Path) -> None:
    film = tmp_path / "film.mkv"
    film.write_bytes(b"x")
    for opener in (
        FileOpener(runner, open_url=lambda _url: False),
        FileOpener(runner, ask=lambda path: ask_xdg_open(path, "false")),
        FileOpener(runner, ask=lambda path: ask_xdg_open(path, "no-such-opener"), open_url=lambda _url: False),
    ):
        with qtbot.waitSignal(opener.failed) as failed:
            opener.open_file(str(film))
        assert "film.mkv" in failed.args[0]
        assert "system settings" in failed.args[1]


@pytest.mark.skipif(sys.platform == "win32", reason="programs of Unix")
def test_the_opener_of_the_desktop_is_heard(tmp_path: Path) -> None:
    opener = tmp_path / "opener"
    opener.write_text(f'#!/bin/sh\nprintf "%s" "$1" > "{tmp_path}/opened"\n')
    opener.chmod(0o755)
    assert ask_xdg_open("/a film.mkv", str(opener)) is True
    assert (tmp_path / "opened").read_text() == "/a film.mkv"
    assert ask_xdg_open("/a film.mkv", "false") is False
    assert ask_xdg_open("/a film.mkv", str(tmp_path / "none")) is None
    assert ask_xdg_open("0.4", "sleep", timeout_s=0.05) is True, "a desktop that stays with the player could open it"


def test_a_menu_stays_away_without_a_selection(desk: Any) -> None:
    page = desk.show(View.MOVIES)
    page.area.current.view.clearSelection()
    desk.settle()
    page._open_row_menu(QPoint(10, 10))
    assert not page._row_menu.isVisible()
    assert page.details.hint


def test_what_no_program_opens_is_a_warning_that_offers_the_folder(
    qtbot: QtBot, runner: TaskRunner, tmp_path: Path, desk: Any
) -> None:
    film = tmp_path / "film.mkv"
    film.write_bytes(b"x")
    opener = FileOpener(runner, ask=lambda _path: False)
    with qtbot.waitSignal(opener.failed):
        opener.open_file(str(film))
    assert opener.unopened == str(film)
    desk.page.opener.unopened = str(film)
    desk.page.opener.failed.emit("No program could open it.", "Choose a player.")
    tone, action = desk.said[-1]
    assert tone is Tone.WARNING
    assert action is not None
    assert action.text == "Show in folder"


def test_what_a_playlist_could_not_hold_is_said(desk: Any) -> None:
    desk.page.exporter._on_written("/tmp/films.m3u", 40, 3)
    assert desk.toasts[-1].startswith("40 entries exported to films.m3u. 3 items were left out")
    assert desk.said[-1][0] is Tone.WARNING
