"""The Activity page against a demo server on which people watch."""

import os
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from retrovue.core.context import AppContext
from retrovue.core.domain.notices import StoredNotice
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.services.monitor.recorder import Recorder
from retrovue.demo.fault_kinds import Status
from retrovue.demo.faults import path
from retrovue.demo.playback import BROWSER, PHONE, USERS
from retrovue.gui.pages.activity.alerts import AlertsDialog
from retrovue.gui.pages.activity.cards import columns_for
from retrovue.gui.pages.activity.streams import stream_facts
from retrovue.gui.pages.activity.words import clock
from retrovue.gui.pages.servers.dialogs import SignInDialog
from retrovue.gui.widgets.buttons import ButtonKind

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]


def play(desk: Any, number: int = 0, **facts: Any) -> str:
    """Start the movie with that number; gives the session key."""
    movie = desk.server.library.members("1", "movie")[number]
    playback = desk.server.playbacks.start(movie.id, **facts)
    return str(playback.session_key)


def figures(page: Any) -> dict[str, str]:
    keys = ("streams", "direct_play", "direct_stream", "transcode", "lan", "wan")
    return {key: page.totals.tile(key).figure for key in keys}


def test_without_a_server_the_page_offers_to_add_one(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    page = desk.page("activity")
    assert page.first.isVisible()
    assert not page.totals.isVisible()
    page.first.button.click()
    desk.wait(lambda: desk.window.current_key == "servers")
    from retrovue.gui.pages.servers.wizard import AddServerWizard

    desk.dialog(AddServerWizard).reject()


def test_nobody_watches(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("activity")
    assert page.empty.isVisible()
    assert page.empty.sentence == "Nobody is watching right now."
    assert figures(page)["streams"] == "0"
    assert desk.window.rail.item("activity").badge == ""


def test_a_card_per_session_with_sums_and_badge(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("activity")
    play(desk, 0, offset_ms=90_000, bandwidth_kbps=6_500)
    play(desk, 1, user=USERS[1], player=PHONE, decision="transcode", bandwidth_kbps=2_100)
    episode = desk.server.library.members("3", "episode")[0]
    desk.server.playbacks.start(episode.id, USERS[2], BROWSER, decision="direct stream", bandwidth_kbps=5_400)
    desk.wait(lambda: len(page.cards.cards) == 3)
    assert figures(page) == {
        "streams": "3",
        "direct_play": "1",
        "direct_stream": "1",
        "transcode": "1",
        "lan": "11.9",
        "wan": "2.1",
    }
    words = {card.active.session.user: card for card in page.cards.cards}
    assert words["marlow"].title.text == desk.server.library.members("1", "movie")[0].title
    assert words["marlow"].rate.text() == "6.5 Mbit/s"
    assert words["edda"].pill.look.word == "Transcode"
    assert "→" in words["edda"].delivery.text
    assert words["Jörg & Анна"].item.text.endswith(f" · {episode.title}")
    assert desk.window.rail.item("activity").badge == "3"
    assert "3 streams" in desk.tray.tooltip
    assert "Transcode" in words["edda"].accessibleName()


def test_the_position_moves_by_the_clock_between_polls(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("activity")
    play(desk, 0, offset_ms=90_000)
    desk.wait(lambda: page.cards.cards)
    (card,) = page.cards.cards
    now = datetime.now(UTC)
    page.cards.tick(now)
    before = card.bar.share
    page.cards.tick(now + timedelta(minutes=10))
    assert card.bar.share > before
    assert card.position.text() != clock(90_000)


def test_a_paused_card_says_so(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("activity")
    key = play(desk, 0, offset_ms=90_000)
    desk.wait(lambda: page.cards.cards)
    (card,) = page.cards.cards
    desk.server.playbacks.pause(key)
    desk.wait(lambda: card.remark.text == "Paused")
    shown = card.position.text()
    page.cards.tick(datetime.now(UTC) + timedelta(minutes=3))
    assert (card.position.text(), card.remark.text) == (shown, "Paused 3 min")
    assert page.cards.cards == (card,)


def test_a_stop_takes_the_card_away_and_is_listed(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("activity")
    key = play(desk)
    desk.wait(lambda: page.cards.cards)
    desk.server.playbacks.stop(key)
    desk.wait(lambda: not page.cards.cards)
    assert page.empty.isVisible()
    happened = [event.kind.value for _number, event in page.recent.model.rows]
    assert happened == ["stopped", "started"]


def test_a_start_is_seen_without_waiting_for_the_next_poll(make_desk: MakeDesk) -> None:
    """The server announces plays over its websocket; idle polls are a minute apart here."""
    desk = make_desk(poll_s=60, idle_poll_s=60)
    page = desk.page("activity")
    desk.wait(lambda: desk.server.sockets.sockets)
    play(desk)
    desk.wait(lambda: page.cards.cards)


def test_sessions_that_this_account_may_not_see_are_said(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("activity")
    desk.server.faults.add(Status(status=403, match=path("/status/sessions")))
    page.refresh()
    desk.wait(lambda: "only the owner can see" in page.note.text())
    assert page.note.text().startswith("Attic:")


def test_a_refused_token_asks_to_sign_in_again(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("activity")
    desk.server.faults.add(Status(status=401, match=path("/status/sessions")))
    page.refresh()
    desk.wait(lambda: "sign in again" in page.note.text())
    # The way out stands beside what is said, for one click.
    assert page.sign_in_button.isVisible()
    page.sign_in_button.click()
    assert desk.dialog(SignInDialog).isVisible()


def test_who_records_where_this_window_does_not(make_desk: MakeDesk) -> None:
    monitor = Recorder("monitor")
    desk = make_desk(started=False)
    other = AppContext(desk.dirs, environ=desk.environ, keyring=lambda: None, write_log=False)
    with closing(other):
        assert monitor.claim(other)
        desk.start()
        page = desk.page("activity")
        desk.wait(lambda: f"process {os.getpid()}" in page.note.text())
        monitor.enter()
        monitor.leave()
        desk.wait(lambda: not page.note.isVisible())


@pytest.mark.slow
def test_a_silent_server_keeps_its_cards_and_comes_back(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("activity")
    play(desk)
    desk.wait(lambda: page.cards.cards)
    desk.server.stop()
    desk.wait(lambda: page.cards.down)
    (down,) = page.cards.down
    assert down.title.text() == "“Attic” is not responding"
    assert down.since.text().endswith("Its stream is shown as last known.")
    assert len(page.cards.cards) == 1
    desk.server.start()
    page.refresh()
    desk.wait(lambda: not page.cards.down)


@pytest.mark.slow
def test_details_follow_a_session_and_stop_it_after_asking(make_desk: MakeDesk, qtbot: QtBot) -> None:
    desk = make_desk()
    page = desk.page("activity")
    key = play(desk, 0, user=USERS[1], offset_ms=90_000)
    desk.wait(lambda: page.cards.cards)
    (card,) = page.cards.cards
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_Return)
    assert page.dialog is not None
    facts = dict(stream_facts(page.dialog.active.session))
    assert " → " not in facts["Video"]
    desk.server.playbacks.change(key, decision="transcode", bandwidth_kbps=2_100)
    desk.wait(lambda: page.dialog.active.session.decision == "transcode")
    facts = dict(stream_facts(page.dialog.active.session))
    assert facts["Video"].endswith(" → 720p H264")
    assert facts["Bit rate"].endswith(" → 2.1 Mbit/s")
    assert card.reason.text.startswith("Direct play until ")
    page.dialog.stop_button.click()
    assert page.stopper.dialog is not None
    assert desk.server.playbacks.active(), "nothing is stopped before it was confirmed"
    page.stopper.dialog.message.setText("The server restarts.")
    assert page.stopper.dialog.act_button.kind is ButtonKind.DANGER
    page.stopper.dialog.act_button.click()
    desk.wait(lambda: not page.cards.cards)
    assert [reason for _id, reason in desk.server.playbacks.terminated] == ["The server restarts."]
    assert not page.dialog.stop_button.isEnabled()
    page.dialog.close()


@pytest.mark.slow
def test_a_play_that_ended_leads_to_the_history(make_desk: MakeDesk, qtbot: QtBot) -> None:
    desk = make_desk(min_length_s=0)
    page = desk.page("activity")
    key = play(desk, 0, user=USERS[1])
    desk.wait(lambda: page.cards.cards)
    desk.server.playbacks.stop(key)
    desk.wait(lambda: page.recent.ended.rows.rows)
    qtbot.mouseClick(page.recent.choice.segment("ended"), Qt.MouseButton.LeftButton)
    assert page.recent.stack.currentWidget() is page.recent.ended
    table = page.recent.ended
    qtbot.mouseClick(
        table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(table.model().index(0, 2)).center()
    )
    desk.wait(lambda: desk.window.current_key == "history")
    history = desk.window.page("history")
    desk.wait(lambda: history.area.model.listing.plays == 1)
    assert [chip.name for chip in history.filters.chips()] == ["Title"]


def test_alerts_are_listed_and_marked_read(make_desk: MakeDesk, qtbot: QtBot) -> None:
    desk = make_desk()
    page = desk.page("activity")
    play(desk)
    desk.wait(lambda: page.alerts_button.text() == "Alerts (1)")
    page.alerts_button.click()
    desk.wait(lambda: page.alerts_dialog is not None)
    dialog = page.alerts_dialog
    assert [notice.title for notice in dialog.model.rows] == ["marlow started watching"]
    assert dialog.summary.text() == "1 of 1 unread"
    qtbot.mouseClick(dialog.read_button, Qt.MouseButton.LeftButton)
    desk.wait(lambda: page.alerts_button.text() == "Alerts")
    desk.wait(lambda: dialog.summary.text() == "All read")
    assert not dialog.read_button.isEnabled()
    dialog.accept()
    desk.wait(lambda: page.alerts_dialog is None)


def test_an_alert_opens_what_it_is_about_and_counts_as_read(make_desk: MakeDesk) -> None:
    desk = make_desk()
    (server,) = desk.context.servers.all()
    add = desk.context.notices.add
    add(at=100, event="sync_failed", server_id=None, title="Sync incomplete", body="Attic")
    add(at=200, event="server_down", server_id=server.id, title="Attic is not responding", body="")
    page = desk.page("activity")
    page.alerts_button.click()
    desk.wait(lambda: page.alerts_dialog is not None)
    dialog = page.alerts_dialog
    assert not dialog.open_button.isEnabled()
    dialog.table.selectRow(0)
    dialog.open_button.click()
    desk.wait(lambda: desk.window.current_key == "servers")
    desk.settle()
    assert desk.window.page("servers").current.name == "Attic"
    assert [notice.read_at is None for notice in desk.context.notices.recent()] == [False, True]


@pytest.mark.slow
def test_alerts_can_be_narrowed_and_say_when_nothing_is_left(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    desk.context.notices.add(at=100, event="started", server_id=None, title="edda started watching", body="")
    page = desk.page("activity")
    page.alerts_button.click()
    desk.wait(lambda: page.alerts_dialog is not None)
    dialog = page.alerts_dialog
    assert dialog.table.isVisible()
    dialog.shown.segment("problems").click()
    assert dialog.empty.isVisible()
    assert dialog.empty.sentence == "No problems."
    desk.context.notices.add(at=200, event="error", server_id=None, title="A stream failed", body="")
    page._on_changed(ChangeSet(frozenset({"notices"}), "test"))
    desk.wait(lambda: [notice.title for notice in dialog.model.rows] == ["A stream failed"])
    dialog.shown.segment("unread").click()
    assert len(dialog.model.rows) == 2
    dialog.settings_wanted.emit()
    assert desk.window.current_key == "settings"
    assert desk.window.page("settings").alerts.isVisible()
    dialog.accept()


def test_before_the_first_server_a_backup_can_be_restored(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    page = desk.page("activity")
    assert page.first.link is not None
    page.first.link.click()
    desk.wait(lambda: desk.window.current_key == "settings")
    settings = desk.window.page("settings")
    desk.wait(lambda: settings.data.restorer.dialog is not None)
    assert "No backups here yet" in settings.data.restorer.dialog.preview.text()
    settings.data.restorer.dialog.reject()


def test_paused_alerts_are_recorded_and_not_shown(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("activity")
    desk.services.monitor.alerts.pause("on")
    assert page.pause_button.text() == "Notifications paused"
    play(desk)
    desk.wait(lambda: page.alerts_button.text() == "Alerts (1)")
    assert desk.notifier.notices == []
    desk.services.monitor.alerts.pause("off")
    play(desk, 1, user=USERS[1], player=PHONE)
    desk.wait(lambda: desk.notifier.notices)
    assert page.pause_button.text() == "Pause notifications"


def test_quiet_hours_silence_notices(make_desk: MakeDesk) -> None:
    desk = make_desk(quiet_hours="00:00-00:00")
    page = desk.page("activity")
    play(desk)
    desk.wait(lambda: page.alerts_button.text() == "Alerts (1)")
    assert desk.notifier.notices == []


@pytest.mark.parametrize(("width", "columns"), [(500, 1), (879, 1), (880, 2), (1640, 2), (1674, 3)])
def test_columns_follow_the_width(width: int, columns: int) -> None:
    assert columns_for(width) == columns


def test_cards_are_equally_wide_in_both_window_sizes(make_desk: MakeDesk) -> None:
    desk = make_desk()
    page = desk.page("activity")
    for number in range(3):
        play(desk, number, user=USERS[number], player=(PHONE, BROWSER, PHONE)[number])
    desk.wait(lambda: len(page.cards.cards) == 3)
    for width, height in ((1280, 800), (1024, 700)):
        desk.window.resize(width, height)
        desk.wait(lambda: min(card.width() for card in page.cards.cards) >= 400)
        widths = {card.width() for card in page.cards.cards}
        assert max(widths) - min(widths) <= 1


@pytest.mark.parametrize(
    ("position_ms", "text"), [(None, "–"), (0, "0:00"), (59_999, "0:59"), (1_458_000, "24:18"), (5_236_000, "1:27:16")]
)
def test_positions_as_a_clock(position_ms: int | None, text: str) -> None:
    assert clock(position_ms) == text


def test_unread_alerts_look_unread(qtbot: QtBot) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    told = [
        StoredNotice(1, now, "server_up", None, "Cabin is back online", "", None),
        StoredNotice(2, now, "server_up", None, "Cabin is back online", "", now),
    ]
    dialog = AlertsDialog(told, now)
    qtbot.addWidget(dialog)
    dialog.show()
    table = dialog.table

    def ink(row: int, column: int) -> int:
        place = table.visualRect(table.model().index(row, column)).adjusted(2, 4, -2, -4)
        image = table.viewport().grab(place).toImage()
        colours = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        ground = image.pixelColor(0, 0)
        return sum(abs(one.lightness() - ground.lightness()) for one in colours)

    assert ink(0, 1) > 1.1 * ink(1, 1), "an unread title is bold"
    assert ink(0, 0) > 1.1 * ink(1, 0), "and its line begins with a dot"
    assert "unread" in str(table.model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole))
