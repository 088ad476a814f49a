"""Notices of the desktop: through D-Bus on Linux, the tray elsewhere, the window where there is neither."""

import logging
import os
import queue
import select
import socket
import sys
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from enum import IntEnum
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Signal, SignalInstance, Slot

from retrovue.core.i18n import _

if TYPE_CHECKING:
    from jeepney import Message
    from jeepney.io.blocking import DBusConnection

    from retrovue.gui.tray.system_tray import TrayBackend

_log = logging.getLogger(__name__)

_REPLY_S = 5.0
_REMEMBERED = 64
MUTE = "mute"


class Urgency(IntEnum):
    """As the desktop's specification counts them."""

    LOW = 0
    NORMAL = 1
    CRITICAL = 2


@dataclass(frozen=True)
class DesktopNotice:
    """One notice. `key` is what it is about: a later notice with the same key replaces this one.

    Attributes:
        target: the page that a click opens, such as "activity"; empty: just the window.
        argument: what that page is given.
        person: whom the notice offers to mute, where the desktop has buttons.
        action: how it comes back: MUTE for that button, empty for a click.
    """

    key: str
    title: str
    text: str = ""
    target: str = ""
    urgency: Urgency = Urgency.NORMAL
    argument: object = None
    person: str = ""
    action: str = ""


class Notifier(Protocol):
    """Shows notices. Never blocks and never raises; what cannot be shown comes back as `undelivered`."""

    activated: SignalInstance
    """A `DesktopNotice` that was clicked, on the GUI thread."""
    undelivered: SignalInstance
    """A `DesktopNotice` that nobody could show, on the GUI thread."""

    def show(self, notice: DesktopNotice) -> None:
        """Show a notice. Thread: GUI."""

    def close(self) -> None:
        """Stop. Thread: GUI."""


class _Service:
    """A connection to org.freedesktop.Notifications. Lives on the notifier's thread.

    jeepney rather than QtDBus: from Python QtDBus sends an int as `i` and an empty list as `av`, and the
    service answers InvalidArgs, because it wants `susssasa{sv}i`.
    """

    def __init__(self) -> None:
        from jeepney import DBusAddress, MatchRule, message_bus
        from jeepney.io.blocking import open_dbus_connection

        self._connection: DBusConnection = open_dbus_connection("SESSION")
        self._address: DBusAddress = DBusAddress(
            "/org/freedesktop/Notifications",
            bus_name="org.freedesktop.Notifications",
            interface="org.freedesktop.Notifications",
        )
        (capabilities,) = self._call("GetCapabilities")
        self._escapes = "body-markup" in capabilities
        self._has_actions = "actions" in capabilities
        rule = MatchRule(
            type="signal",
            interface="org.freedesktop.Notifications",
            member="ActionInvoked",
            path="/org/freedesktop/Notifications",
        )
        # A filter, because a click may arrive while a reply is waited for.
        self._clicks: deque[Message] = deque()
        self._connection.filter(rule, queue=self._clicks)
        self._connection.send_and_get_reply(message_bus.AddMatch(rule), timeout=_REPLY_S)
        self._ids: dict[str, int] = {}
        self._notices: OrderedDict[int, DesktopNotice] = OrderedDict()

    @property
    def socket(self) -> socket.socket:
        """What to wait on."""
        connected: socket.socket = self._connection.sock
        return connected

    def _call(self, member: str, signature: str | None = None, body: tuple[object, ...] = ()) -> tuple[Any, ...]:
        from jeepney import new_method_call
        from jeepney.wrappers import unwrap_msg

        message = new_method_call(self._address, member, signature, body)
        answer: tuple[Any, ...] = unwrap_msg(self._connection.send_and_get_reply(message, timeout=_REPLY_S))
        return answer

    def show(self, notice: DesktopNotice) -> None:
        text = escape(notice.text, quote=False) if self._escapes else notice.text
        actions = ["default", _("Open")] if self._has_actions else []
        if actions and notice.person:
            actions += [MUTE, _("Mute {user} for 1 hour").format(user=notice.person)]
        hints = {"desktop-entry": ("s", "retrovue"), "urgency": ("y", int(notice.urgency))}
        body = ("RetroVue", self._ids.get(notice.key, 0), "retrovue", notice.title, text, actions, hints, -1)
        (number,) = self._call("Notify", "susssasa{sv}i", body)
        self._ids[notice.key] = number
        self._notices[number] = notice
        while len(self._notices) > _REMEMBERED:
            forgotten = self._notices.popitem(last=False)[1]
            self._ids.pop(forgotten.key, None)

    def clicked(self) -> list[DesktopNotice]:
        """The notices that were clicked since the last call. Reads what has arrived, without waiting."""
        while True:
            try:
                self._connection.recv_messages(timeout=0)
            except TimeoutError:
                break
        invoked = [message.body for message in self._clicks]
        self._clicks.clear()
        return [
            replace(self._notices[number], action=MUTE if key == MUTE else "")
            for number, key, *_rest in invoked
            if number in self._notices
        ]

    def close(self) -> None:
        self._connection.close()


class DBusNotifier(QObject):
    """The notification service of a Linux desktop, on a thread of its own.

    A service that never answers keeps only that thread waiting.
    """

    activated = Signal(object)
    undelivered = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: queue.SimpleQueue[DesktopNotice | None] = queue.SimpleQueue()
        self._wake, self._woken = socket.socketpair()
        self._thread: threading.Thread | None = None
        self._lost = threading.Event()

    def show(self, notice: DesktopNotice) -> None:
        """Send a notice to the desktop."""
        if self._lost.is_set():
            self.undelivered.emit(notice)
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="notices", daemon=True)
            self._thread.start()
        self._waiting.put(notice)
        self._wake.send(b"n")

    def close(self) -> None:
        """Stop the thread."""
        if self._thread is not None:
            self._waiting.put(None)
            self._wake.send(b"n")
            self._thread.join(_REPLY_S)
            self._thread = None
        self._wake.close()
        self._woken.close()

    def _run(self) -> None:
        from jeepney.wrappers import DBusErrorResponse

        service: _Service | None = None
        notice: DesktopNotice | None = None
        try:
            notice = self._waiting.get()
            service = _Service() if notice is not None else None
            while service is not None and notice is not None:
                service.show(notice)
                notice = self._next(service)
        # KeyError: no bus in the environment. ValueError: an address of another kind, or sign-in refused.
        except (OSError, KeyError, ValueError, DBusErrorResponse) as error:
            _log.info("no notification service: %s", error)
            self._give_up(notice)
        finally:
            if service is not None:
                service.close()

    def _next(self, service: _Service) -> DesktopNotice | None:
        """Wait for the next notice to show and report clicks meanwhile; None: stop."""
        while True:
            for clicked in service.clicked():
                self.activated.emit(clicked)
            readable, _w, _x = select.select([service.socket, self._woken], [], [])
            if self._woken in readable:
                self._woken.recv(1)
                if not self._waiting.empty():
                    return self._waiting.get()

    def _give_up(self, notice: DesktopNotice | None) -> None:
        self._lost.set()
        while notice is not None:
            self.undelivered.emit(notice)
            try:
                notice = self._waiting.get_nowait()
            except queue.Empty:
                return


class TrayNotifier(QObject):
    """Balloons of the tray icon, on Windows and macOS."""

    activated = Signal(object)
    undelivered = Signal(object)

    def __init__(self, tray: "TrayBackend", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tray = tray
        self._last: DesktopNotice | None = None
        tray.message_clicked.connect(self._on_clicked)

    def show(self, notice: DesktopNotice) -> None:
        """Show a balloon, if there is a tray: `supportsMessages` says yes even without one."""
        if not self._tray.available():
            self.undelivered.emit(notice)
            return
        self._last = notice
        self._tray.show_message(notice.title, notice.text)

    def close(self) -> None:
        """Nothing to stop."""

    @Slot()
    def _on_clicked(self) -> None:
        if self._last is not None:
            self.activated.emit(self._last)


def system_notifier(tray: "TrayBackend", parent: QObject | None = None) -> DBusNotifier | TrayNotifier:
    """The notifier for this computer."""
    if sys.platform == "linux" and os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
        return DBusNotifier(parent)
    return TrayNotifier(tray, parent)
