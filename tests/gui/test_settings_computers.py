"""The computers of a catalog in Settings: listed, renamed, forgotten and brought back."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.qt_log_ignore("propagateSizeHints"), pytest.mark.slow]
MakeDesk = Callable[..., Any]


def test_another_computer_is_renamed_forgotten_and_brought_back(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False)
    with desk.context.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO computers (uuid, name, platform, last_seen_at) VALUES ('e', 'laptop', 'macOS', 1)"
        )
        connection.exec_driver_sql("INSERT INTO volumes (computer_id, path) VALUES (2, '/Volumes/tv')")
    page = desk.page("settings")
    listed = page.data.computers

    def shown() -> list[tuple[str, bool]]:
        return [(line.computer.name, line.forget_button.isEnabled()) for line in listed.lines]

    desk.wait(lambda: len(listed.lines) == 2)
    here = listed.lines[0]
    assert (here.seen, here.forget_button.isEnabled()) == ("This computer", False)
    assert here.forget_button.toolTip() == "You are working on this computer."
    assert listed.lines[1].seen.startswith("Last seen ")

    asked: list[str] = []

    def answer(_parent: object, _title: str, _button: str, suggestion: str) -> str:
        asked.append(suggestion)
        return "Sofa"

    listed.ask = answer
    listed.lines[1].rename_button.click()
    desk.wait(lambda: shown()[1:] == [("Sofa", True)])
    assert asked == ["laptop"]

    listed.lines[1].forget_button.click()
    desk.wait(lambda: len(listed.lines) == 1 and desk.window.toasts.toast is not None)
    toast = desk.window.toasts.toast
    assert toast.text == "“Sofa” was forgotten, with 0 path mapping rules."
    assert desk.context.computers.kept_by(2)["volumes"] == 0
    toast.action_button.click()
    desk.wait(lambda: shown()[1:] == [("Sofa", True)])
    assert desk.context.computers.kept_by(2)["volumes"] == 1
