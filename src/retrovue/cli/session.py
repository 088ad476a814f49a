"""The session of a command: its options, streams, profile and cancel token."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TextIO, cast

import typer

from retrovue.cli.argv import GlobalOptions
from retrovue.cli.output import Output
from retrovue.core.context import AppContext
from retrovue.core.domain.errors import CatalogAwayError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.secrets import KeyringBackend, system_keyring
from retrovue.core.system.settings import PREFIX

if TYPE_CHECKING:
    from retrovue.core.services.servers.discovery import FoundServer

AskNetwork = Callable[[float, CancelToken | None], "list[FoundServer]"]
"""Searches the network for servers for that many seconds."""

OpenWindow = Callable[[AppContext], int]
"""Opens the window on a profile and returns the exit code when it ends."""


@dataclass(slots=True)
class Session:
    """One run of the command line. Thread: main.

    Attributes:
        open_window: None where there is no window (no display, or the caller has none).
        ask_network: None searches every network of this computer.
    """

    options: GlobalOptions
    out: Output
    stdin: TextIO
    environ: Mapping[str, str]
    keyring: Callable[[], KeyringBackend | None] = system_keyring
    open_window: OpenWindow | None = None
    ask_network: AskNetwork | None = None
    token: CancelToken = field(default_factory=CancelToken)
    _context: AppContext | None = None

    @property
    def context(self) -> AppContext:
        """Return the profile, opened on first use."""
        if self._context is None:
            self._context = self.make_context(self.options.data_dir)
            if self._context.dirs.is_open_to_others():
                self.out.note(self._context.dirs.open_words())
        return self._context

    def make_context(self, data_dir: Path | None, environ: Mapping[str, str] | None = None) -> AppContext:
        """Return a profile with the log settings of this run. The caller closes it."""
        console = logging.StreamHandler(self.out.stderr) if self.options.verbose else None
        context = AppContext(
            resolve_dirs(data_dir, self.environ),
            environ=self.environ if environ is None else environ,
            keyring=self.keyring,
            console=console,
        )
        context.on_upgrade = self.out.note
        return context

    def override(self, settings: Mapping[str, object]) -> None:
        """Open the profile with different settings for this run. None keeps a setting."""
        chosen = {f"{PREFIX}{name.upper()}": str(value) for name, value in settings.items() if value is not None}
        if chosen:
            self._context = self.make_context(self.options.data_dir, {**self.environ, **chosen})

    def wait_for_catalog(self) -> bool:
        """Open the catalog, and wait for its server where that is away; return False after Ctrl+C."""
        # Imported here: few commands wait.
        from retrovue.core.services.upkeep.presence import wait_for_catalog

        def tell(error: CatalogAwayError) -> None:
            self.out.warn(error.text)
            self.out.note(_("Waiting for the catalog’s server. Ctrl+C ends it."))

        return wait_for_catalog(self.context, self.token, tell)

    @property
    def opened(self) -> AppContext | None:
        """Return the profile if a command used it."""
        return self._context

    def close(self) -> None:
        """Close the profile. A second call does nothing."""
        if self._context is not None:
            self._context.close()
            self._context = None


def session_of(ctx: typer.Context) -> Session:
    """Return the session of a command."""
    return cast(Session, ctx.obj)


@contextmanager
def interrupts(token: CancelToken) -> Iterator[None]:
    """Cancel the token on the first Ctrl+C or SIGTERM, and kill the program on the second."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, _frame: FrameType | None) -> None:
        if token.cancelled:
            raise KeyboardInterrupt
        # On a separate thread, because the interrupted code can hold the token's lock.
        threading.Thread(target=token.cancel, name="cancel").start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
