"""Whose plays are kept, and which users are one person: the dialog of the History page and the menu of a play."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from tests.gui.history.conftest import NOON, Desk

from retrovue.core.domain.play_state import advance, start
from retrovue.core.domain.playback import RemoteSession, SessionEvent, WatchedRule
from retrovue.core.domain.servers import LibraryKind, RemoteLibrary
from retrovue.core.services.history import people
from retrovue.gui.pages.history.keeping import KeepingDialog


def _play(desk: Desk, server_id: int, user: str, hours: int) -> int:
    """Store a play of nine minutes as the recorder does; how many were kept."""
    session = RemoteSession("1", "7", "movie", "Static Hour", "playing", user=user, user_id=f"id-{user}", position_ms=0)
    at = NOON + timedelta(hours=hours)
    play, _events = start(server_id, SessionEvent(at, session), WatchedRule())
    play, _events = advance(play, SessionEvent(at + timedelta(minutes=9), replace(session, position_ms=540_000)))
    play, _events = advance(play, SessionEvent(at + timedelta(minutes=9), None, is_told=True))
    return desk.context.playback.store([play], min_length_s=0)


def _kept(desk: Desk) -> dict[str, bool]:
    return {account.name: account.keeps_history for account in people.accounts(desk.context)}


@pytest.mark.slow
def test_users_and_libraries_are_switched_and_merged_with_a_way_back(desk: Desk) -> None:
    films = RemoteLibrary("1", "Films", LibraryKind.MOVIES, "u", ())
    desk.context.libraries.store_listing(1, [films, RemoteLibrary("2", "Songs", LibraryKind.MUSIC, "v", ())], now=1)
    page = desk.show()
    dialog = KeepingDialog(page._services, page, ask=lambda *_words: "Mira L.")
    dialog.show()
    desk.settle()
    assert not dialog.nobody.isHidden()
    assert dialog.users_table.isHidden()
    assert [row.name for row in dialog.libraries.rows] == ["Films"]

    for server_id, user in ((1, "mira"), (2, "Mira_TV"), (2, "yui")):
        assert _play(desk, server_id, user, server_id) == 1
    dialog.read()
    desk.settle()
    assert [row.name for row in dialog.users.rows] == ["mira", "Mira_TV", "yui"]
    assert not dialog.merge_button.isEnabled()

    # By keyboard: Space on the box of a user.
    dialog.users_table.setCurrentIndex(dialog.users.index(0, 0))
    QTest.keyClick(dialog.users_table, Qt.Key.Key_Space)
    desk.settle()
    assert _kept(desk)["mira"] is False
    assert "“mira” (Attic) are not kept" in dialog.said.text()
    assert _play(desk, 1, "mira", 5) == 0
    dialog.undo_button.click()
    desk.settle()
    assert _kept(desk)["mira"] is True
    assert dialog.undo_button.isHidden()

    dialog.libraries.setData(dialog.libraries.index(0, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    desk.settle()
    assert [each.keeps_history for each in people.libraries(desk.context)] == [False]

    dialog.users_table.selectAll()
    assert not dialog.split_button.isEnabled()
    dialog.merge_button.click()
    desk.settle()
    assert {account.person for account in people.accounts(desk.context)} == {"Mira L."}
    assert dialog.said.text() == "3 accounts are shown as “Mira L.”."
    dialog.undo_button.click()
    desk.settle()
    assert {account.person for account in people.accounts(desk.context)} == {None}
    dialog.reject()


def test_the_menu_of_a_play_stops_keeping_its_user(desk: Desk) -> None:
    _play(desk, 1, "mira", 1)
    page = desk.show()
    page.keeper.stop_keeping("mira")
    desk.settle()
    assert _kept(desk) == {"mira": False}
    assert desk.toasts == ["Plays of “mira” are not kept from now on."]
    undo = desk.undos[0]
    assert undo is not None
    undo()
    desk.settle()
    assert _kept(desk) == {"mira": True}
