"""One running program per person and data directory; a second start hands its arguments to the first."""

import contextlib
import getpass
import hashlib
import json
import logging
import os
import stat
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtNetwork import QAbstractSocket, QLocalServer, QLocalSocket

_log = logging.getLogger(__name__)

_CONNECT_MS = 1000
_ANSWER_MS = 3000
_MAX_BYTES = 64 * 1024
_ACCEPTED = b"accepted\n"


@dataclass(frozen=True)
class SecondStart:
    """What a second start asked for.

    `activation_token` is what Wayland wants before a window may come to the front; empty elsewhere.
    """

    arguments: tuple[str, ...]
    activation_token: str = ""


def server_name(data_dir: Path) -> str:
    """The name of the local socket: another person or another data directory is another instance."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a user id without an entry in the password file, as in containers
        user = str(os.getuid()) if hasattr(os, "getuid") else "user"
    digest = hashlib.sha256(f"{user}\n{data_dir.resolve()}".encode("utf-8", "surrogateescape"))
    name = f"retrovue-{digest.hexdigest()[:20]}"
    if sys.platform == "win32":
        return name
    folder = runtime_folder()
    # Without such a folder the data folder has it: it belongs to this user, too.
    return str((folder if folder is not None else data_dir.resolve() / "locks") / name)


def runtime_folder(candidates: Sequence[Path] | None = None) -> Path | None:
    """A folder that only this user can write, for sockets; None if there is none.

    A name in /tmp itself can be taken by another user, who would be sent the arguments and keep the window from
    opening.
    """
    user = os.getuid()
    if candidates is None:
        named = os.environ.get("XDG_RUNTIME_DIR", "")
        # The second one finds the same folder where the variable is not set, as in cron.
        candidates = [Path(named)] if named else []
        candidates = [*candidates, Path(f"/run/user/{user}"), Path(tempfile.gettempdir()) / f"retrovue-{user}"]
    for folder in candidates:
        if not folder.is_absolute():
            continue
        with contextlib.suppress(OSError):
            if folder.name == f"retrovue-{user}":
                folder.mkdir(mode=0o700, exist_ok=True)
            # lstat: a link leads wherever its owner wants.
            status = folder.lstat()
            if stat.S_ISDIR(status.st_mode) and status.st_uid == user and not status.st_mode & 0o022:
                return folder
    return None


def _encode(message: SecondStart) -> bytes:
    body = {"arguments": list(message.arguments), "activation_token": message.activation_token}
    return json.dumps(body).encode() + b"\n"


def _decode(line: bytes) -> SecondStart | None:
    """What arrived, or None if it is not ours: anything on this computer can write to the socket."""
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    arguments, token = body.get("arguments"), body.get("activation_token", "")
    if not isinstance(arguments, list) or not all(isinstance(a, str) for a in arguments):
        return None
    return SecondStart(tuple(arguments), token if isinstance(token, str) else "")


class SingleInstance(QObject):
    """Claims the data directory for this process, or finds who has it. Thread: GUI."""

    started_again = Signal(object)
    """A `SecondStart`, while this process is the one that runs."""

    def __init__(self, data_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = server_name(data_dir)
        self._server: QLocalServer | None = None
        self._buffers: dict[QLocalSocket, bytes] = {}

    def claim(self, arguments: tuple[str, ...] = ()) -> bool:
        """Become the running instance.

        Returns:
            True: this process is it. False: another one runs, and it was sent the arguments.
        """
        for _attempt in range(2):
            error = self._hand_over(arguments)
            if error is None:
                return False
            if error == QLocalSocket.LocalSocketError.ConnectionRefusedError:
                # A socket file without a listener: its owner crashed. listen() would say "in use" for a
                # dead owner as for a living one, so only a refused connection may remove it.
                QLocalServer.removeServer(self._name)
            if self._listen():
                return True
        _log.warning("the local socket %s cannot be used; running without it", self._name)
        return True

    def close(self) -> None:
        """Let another start claim the data directory."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _hand_over(self, arguments: tuple[str, ...]) -> QLocalSocket.LocalSocketError | None:
        """Send the arguments to the instance that runs; the error when there is none."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_CONNECT_MS):
            return socket.error()
        token = os.environ.get("XDG_ACTIVATION_TOKEN", "")
        socket.write(_encode(SecondStart(arguments, token)))
        socket.waitForBytesWritten(_ANSWER_MS)
        if not socket.waitForReadyRead(_ANSWER_MS):
            # It listens, so it lives; that it is too busy to answer does not make us the owner.
            _log.warning("the running instance did not answer")
        socket.disconnectFromServer()
        return None

    def _listen(self) -> bool:
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        if not server.listen(self._name):
            in_use = server.serverError() == QAbstractSocket.SocketError.AddressInUseError
            _log.info("cannot listen on %s: %s", self._name, "in use" if in_use else server.errorString())
            server.deleteLater()
            return False
        server.newConnection.connect(self._on_connection)
        self._server = server
        return True

    @Slot()
    def _on_connection(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            socket = self._server.nextPendingConnection()
            self._buffers[socket] = b""
            socket.readyRead.connect(self._on_bytes)
            socket.disconnected.connect(self._on_disconnected)
            self._read(socket)

    @Slot()
    def _on_bytes(self) -> None:
        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if socket not in self._buffers:
            return
        received = self._buffers[socket] + bytes(socket.readAll().data())
        line, newline, _rest = received.partition(b"\n")
        if not newline and len(received) <= _MAX_BYTES:
            self._buffers[socket] = received
            return
        del self._buffers[socket]
        message = _decode(line) if newline and len(line) <= _MAX_BYTES else None
        if message is None:
            _log.warning("dropped a message on the local socket that no second start sends")
            socket.abort()
            return
        socket.write(_ACCEPTED)
        socket.flush()
        self.started_again.emit(message)

    @Slot()
    def _on_disconnected(self) -> None:
        socket = self.sender()
        if isinstance(socket, QLocalSocket):
            self._buffers.pop(socket, None)
            socket.deleteLater()
