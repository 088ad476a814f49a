"""Steps through the wizard that adds a server, as a person takes them; and a server that shows a certificate."""

import contextlib
import hashlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QAbstractButton, QWidget

from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers.discovery import FoundOnNetwork
from retrovue.demo import DemoServer, LibrarySpec, make_library
from retrovue.demo.account import DemoAccount
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect
from retrovue.gui.pages.servers.doors import Doors
from retrovue.gui.pages.servers.wizard import READY, AddServerWizard
from retrovue.gui.widgets.verdict import StepLook, VerdictView

CERTIFICATES = Path(__file__).resolve().parents[1] / "sources" / "certificates"
KEY = "an-api-key"
SMALL = LibrarySpec(shows=4, episodes=24, movies=12)
_DIALECTS = {ServerKind.EMBY: EmbyDialect, ServerKind.JELLYFIN: JellyfinDialect}


@dataclass
class Around:
    """The world outside of the window: what the browser was asked to open, and who answers on the network."""

    opened: list[str] = field(default_factory=list)
    found: list[FoundOnNetwork] = field(default_factory=list)
    searches: int = 0
    has_browser: bool = True
    silence: threading.Event = field(default_factory=threading.Event)
    is_silent: bool = False
    error: Exception | None = None

    def open_url(self, address: str) -> bool:
        self.opened.append(address)
        return self.has_browser

    def find(self, _context: object, token: CancelToken) -> Sequence[FoundOnNetwork]:
        self.searches += 1
        while self.is_silent and not self.silence.is_set():
            if token.wait(0.02):
                token.raise_if_cancelled()
        if self.error is not None:
            raise self.error
        return list(self.found)

    @property
    def doors(self) -> Doors:
        return Doors(open_url=self.open_url, find=self.find)


def open_wizard(desk: Any, around: Around | None = None) -> AddServerWizard:
    """Press the page's button."""
    page = desk.page("servers")
    page.doors = (around or Around()).doors
    page.add_button.click()
    wizard: AddServerWizard = desk.dialog(AddServerWizard)
    return wizard


def choose_kind(wizard: AddServerWizard, kind: ServerKind) -> None:
    """Choose a kind and go on."""
    wizard.kind_page.choose(kind)
    wizard.next_button.click()
    assert wizard.step == 1


def type_address(desk: Any, wizard: AddServerWizard, url: str) -> None:
    """Type an address, press Next and wait until somebody answered or nobody did."""
    page = wizard.server_page
    page.url.clear()
    desk.qtbot.keyClicks(page.url, url)
    wizard.next_button.click()
    desk.wait(lambda: wizard.step == 2 or page._handle is None)


def test_token(desk: Any, wizard: AddServerWizard, token: str) -> None:
    """Type a token on the page about signing in, press the button, and wait for what comes of it."""
    page = wizard.sign_in_page
    page.panel.select("token")
    page.panel.token.token.clear()
    desk.qtbot.keyClicks(page.panel.token.token, token)
    wizard.next_button.click()
    desk.wait(lambda: wizard.step == 3 or page._handle is None)


test_token.__test__ = False  # type: ignore[attr-defined]


def by_token(desk: Any, wizard: AddServerWizard, kind: ServerKind, url: str, token: str) -> None:
    """From the first page to the libraries, by address and token."""
    if wizard.step == 0:
        choose_kind(wizard, kind)
    type_address(desk, wizard, url)
    assert wizard.step == 2, wizard.server_page.verdict.title or wizard.server_page.url_block.message
    test_token(desk, wizard, token)
    assert wizard.step == 3, wizard.sign_in_page.verdict.title


def to_the_end(wizard: AddServerWizard) -> None:
    """Leave path mapping and background as they are offered."""
    while wizard.step < READY:
        before = wizard.step
        wizard.next_button.click()
        assert wizard.step == before + 1


def finish(desk: Any, wizard: AddServerWizard, *, sync: bool = False) -> None:
    """To the last button, and press it."""
    to_the_end(wizard)
    wizard.done_page.mapping.setChecked(False)
    wizard.done_page.sync_now.setChecked(sync)
    wizard.next_button.click()
    desk.wait(lambda: not wizard.isVisible())


def sync_to_the_end(desk: Any, wizard: AddServerWizard) -> Any:
    """Press the last button, wait for the sync that follows, and give its report."""
    to_the_end(wizard)
    wizard.done_page.mapping.setChecked(False)
    with desk.qtbot.waitSignal(desk.services.sync.finished, timeout=60_000) as finished:
        wizard.next_button.click()
    desk.settle()
    return finished.args[0]


def stored(desk: Any) -> tuple[int, int]:
    """(servers, libraries) in the catalog."""
    return len(desk.context.servers.all()), len(desk.context.libraries.all())


def verdict_of(verdict: VerdictView) -> tuple[str, list[str]]:
    """The sentence, and the names of the steps that failed."""
    return verdict.title, [step.title for step in verdict.steps.steps if step.state is StepLook.FAILED]


def press(desk: Any, widget: QWidget, text: str) -> None:
    """Press the visible button that says this, once it is there."""

    def found() -> list[QAbstractButton]:
        return [b for b in widget.findChildren(QAbstractButton) if b.text() == text and b.isVisible()]

    desk.wait(found)
    found()[0].click()


def free_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def demo(kind: ServerKind) -> Iterator[DemoServer]:
    """A running Emby or Jellyfin demo server with `KEY` as its API key."""
    with DemoServer(make_library(SMALL), token=KEY, dialect=_DIALECTS[kind]) as server:
        yield server


@contextlib.contextmanager
def plex_account(desk: Any, **facts: Any) -> Iterator[DemoAccount]:
    """A running account service that lists the desk's own server, in place of the real one."""
    with DemoAccount(**facts) as account:
        desk.context.settings_store.update(account_url=account.url)
        account.add_server(
            "Lanternhouse", desk.server.library.machine_identifier, desk.server.url, token=desk.server.token
        )
        yield account


class TlsTunnel:
    """Shows a certificate, and passes everything on to a server that speaks plain HTTP."""

    def __init__(self, port: int, certificate: str) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self.show(certificate)
        self._start(self._accept)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def show(self, certificate: str) -> str:
        """Show this certificate to whoever connects from now on; gives its fingerprint."""
        path = CERTIFICATES / f"{certificate}.pem"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        self._context = context
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        text = path.read_text()
        begin = text.index("-----BEGIN CERTIFICATE-----")
        end = text.index("-----END CERTIFICATE-----") + len("-----END CERTIFICATE-----")
        self.fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(text[begin:end])).hexdigest()
        return self.fingerprint

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            self._open.append(sock)
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError), contextlib.closing(sock):
            secure = self._context.wrap_socket(sock, server_side=True)
            self._open.append(secure)
            with secure, socket.create_connection(("127.0.0.1", self._target)) as behind:
                self._open.append(behind)
                back = threading.Thread(target=self._pump, args=(behind, secure), daemon=True)
                back.start()
                self._pump(secure, behind)
                back.join(30)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            while data := source.recv(65_536):
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(30)

    def __enter__(self) -> "TlsTunnel":
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()
