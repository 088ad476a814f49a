"""What the pictures of servers need: demo servers, the account service, and steps on the page."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from retrovue.core.domain.servers import Certificate, ServerKind

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from retrovue.demo.server import DemoServer
    from retrovue.gui.app.application import Application
    from retrovue.gui.app.shell import Shell
    from retrovue.gui.pages.servers.page import ServersPage

Settle = Callable[..., None]
Show = Callable[["Stage"], "QWidget | None"]

KEY = "an-api-key"
CODE = "r7k2m9qx4tbd8wvn3hzc6fjs"
_ROUND_MS = 250
_ROUNDS = 60
OLD_FINGERPRINT = "3fb1c05d94ee2a7768c2910f5b83d6472c1e90ab57f4d3861b0a9c7ed2f5486b"
NEW_CERTIFICATE = Certificate(
    "9f1c77e04bd2a86135ce0f9218b74d63aa50e7c4193d82f6b05e2c914a7fd3b8", "nas.home.arpa", "nas.home.arpa",
    date(2026, 3, 1), date(2027, 3, 1),
)  # fmt: skip
running = ExitStack()
"""Servers and the account service, for as long as a scene needs them."""


@dataclass(frozen=True)
class Stage:
    """What a scene can use."""

    shell: "Shell"
    application: "Application"
    server: "DemoServer"

    def page(self, key: str) -> "QWidget":
        """The page with this key, built and in front."""
        self.shell.open_page(key)
        return self.application.window.page(key)


@dataclass(frozen=True)
class Scene:
    """One picture: a name for its file, and what brings the window into this state.

    `show` returns the widget to grab (a dialog, say), or None for the whole window.
    """

    name: str
    show: Callable[[Stage], "QWidget | None"]
    after: Callable[[Stage], None] | None = None
    """What makes the window fit for the next scene."""
    is_empty: bool = False
    """Taken on a profile without any server."""
    runs_on: bool = False
    """Something is at work on purpose: it is not waited for."""


class Shots:
    def __init__(self, settle: Settle) -> None:
        self.settle = settle

    def until(self, stage: "Stage", condition: Callable[[], bool]) -> None:
        """Wait until something is so; tasks that wait for a person are no work."""
        for _round in range(_ROUNDS):
            if condition():
                break
            self.settle(stage.application, least_ms=_ROUND_MS)

    def page(self, stage: "Stage") -> "ServersPage":
        from retrovue.gui.pages.servers.page import ServersPage

        page = stage.page("servers")
        assert isinstance(page, ServersPage)
        self.settle(stage.application)
        return page

    def tested(self, stage: "Stage") -> None:
        self.page(stage).details.test_button.click()

    def down(self, stage: "Stage") -> None:
        stage.server.stop()
        self.tested(stage)


def start(kind: ServerKind) -> Any:
    """A demo server of this kind, until the scene is over."""
    from retrovue.demo.generate import LibrarySpec, make_library
    from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
    from retrovue.demo.server import DemoServer

    dialect = EmbyDialect if kind is ServerKind.EMBY else JellyfinDialect
    library = make_library(LibrarySpec(shows=6, episodes=60, movies=40))
    library.name = "Basement"
    return running.enter_context(DemoServer(library, token=KEY, dialect=dialect))


def start_account(stage: "Stage") -> Any:
    """A stand-in for the account service, until the scene is over: four servers, each reached another way."""
    from retrovue.demo.account import DemoAccount, connection

    account = running.enter_context(DemoAccount())
    running.enter_context(_account_url(stage, account.url))
    account.add_server("Attic", stage.server.library.machine_identifier, stage.server.url, token="x")
    own, far = _start_plex("study"), _start_plex("cottage")
    account.add_server("Study", own.library.machine_identifier, own.url, token="x")
    ways = [connection(far.url, local=False)]
    account.add_server(
        "Marta’s films", far.library.machine_identifier, token="x", owned=False, sourceTitle="marta", connections=ways
    )
    account.add_server("Old laptop", "laptop", "http://127.0.0.1:9", token="x")
    return account


@contextmanager
def _account_url(stage: "Stage", url: str) -> Iterator[None]:
    settings = stage.shell.services().context.settings_store
    before = settings.current.account_url
    settings.update(account_url=url)
    try:
        yield
    finally:
        settings.update(account_url=before)


def _start_plex(name: str) -> Any:
    from retrovue.demo.generate import LibrarySpec, make_library
    from retrovue.demo.server import DemoServer

    library = make_library(LibrarySpec(shows=2, episodes=8, movies=4))
    library.machine_identifier = f"demo-{name}"
    return running.enter_context(DemoServer(library))


def open_dialog(kind: type["QWidget"]) -> "QWidget | None":
    from PySide6.QtWidgets import QApplication

    return next((one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible()), None)
