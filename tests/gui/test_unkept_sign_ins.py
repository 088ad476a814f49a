"""A keyring that asks: nobody waits for it, and what it does not take is said until it is kept."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from keyring.errors import KeyringLocked

from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.services.servers import registration as servers
from retrovue.core.system.secrets import SecretPlace
from retrovue.gui.widgets.buttons import Button
from retrovue.gui.widgets.notices import Tone

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
MakeDesk = Callable[..., Any]


class AskingKeyring:
    """Opens a prompt for each token, until somebody answers it."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.answered = threading.Event()
        self.is_cancelled = True
        self.tokens: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.tokens.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.asked.set()
        assert self.answered.wait(30)
        if self.is_cancelled:
            raise KeyringLocked("cancelled")
        self.tokens[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.tokens[username]


def press(banner: Any, text: str) -> None:
    next(button for button in banner.findChildren(Button) if button.text() == text).click()


def test_a_prompt_holds_nothing_up_and_its_refusal_stays_in_sight(make_desk: MakeDesk) -> None:
    keyring = AskingKeyring()
    desk = make_desk(with_server=False, keyring=keyring, secrets="keyring")
    secrets, unkept = desk.context.secrets, desk.shell._unkept
    unkept._late.setInterval(1)
    added = servers.add(desk.context, kind=ServerKind.PLEX, name="Cabin", url=desk.server.url, secret=desk.server.token)
    assert added.place is SecretPlace.MEMORY
    desk.app.runner.changed.emit(ChangeSet(frozenset({"servers"}), "wizard"))
    desk.wait(keyring.asked.is_set)
    desk.wait(lambda: unkept.banner is not None)
    assert unkept.banner.title == "Waiting for the keyring"
    # The prompt is open, and the token can be read all the same.
    assert secrets.get(added.server.uuid, "Cabin") == desk.server.token
    keyring.answered.set()
    desk.wait(lambda: unkept.banner is not None and unkept.banner.tone is Tone.WARNING)
    assert unkept.banner.title == "The sign-in of “Cabin” is not kept."
    assert "not unlocked" in unkept.banner.accessibleName()
    keyring.is_cancelled = False
    press(unkept.banner, "Try again")
    desk.wait(lambda: keyring.tokens)
    desk.wait(lambda: unkept.banner is None)
    assert secrets.where(added.server.uuid, "Cabin") is SecretPlace.KEYRING


def test_without_a_keyring_the_warning_offers_the_file(make_desk: MakeDesk) -> None:
    desk = make_desk(with_server=False, secrets="keyring")
    unkept = desk.shell._unkept
    added = servers.add(desk.context, kind=ServerKind.PLEX, name="Cabin", url=desk.server.url, secret=desk.server.token)
    desk.app.runner.changed.emit(ChangeSet(frozenset({"servers"}), "wizard"))
    desk.wait(lambda: unkept.banner is not None and unkept.banner.tone is Tone.WARNING)
    assert "no keyring" in unkept.banner.accessibleName()
    press(unkept.banner, "Keep in a file")
    desk.wait(lambda: unkept.banner is None)
    assert desk.context.secrets.where(added.server.uuid, "Cabin") is SecretPlace.FILE
    assert desk.context.secrets.unkept() == frozenset()
