"""The log file: rotating, readable by this user only, and without secrets.

Records are redacted after formatting, because a token can be in an argument, in a traceback or in a record of a
library.
"""

import contextlib
import ipaddress
import logging
import os
import re
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from urllib.parse import quote, quote_plus

from retrovue.core.domain.text import printable

LOG_NAME = "retrovue.log"
MAX_BYTES = 2 * 1024 * 1024
FILES = 5
HIDDEN = "‹hidden›"
_MIN_SECRET = 4

_server: ContextVar[str] = ContextVar("retrovue_log_server", default="")
_task: ContextVar[str] = ContextVar("retrovue_log_task", default="")

_secrets: set[str] = set()
_secrets_lock = threading.Lock()

_SECRET_NAMES = (
    r"(?:x[-_](?:plex|emby|mediabrowser)[-_](?:token|authorization)|api[-_ ]?key|apikey|access[-_]?token"
    r"|auth[-_]?token|authToken|refresh[-_]?token|client[-_]?secret|retrovue_token_\w+|token|passwd|password|passphrase|pwd?|secret)"
)
# name=value, name: value, "name": "value", name%3Dvalue. The value ends where a query, header or JSON value ends.
_NAMED = re.compile(
    rf"(?i)(?<![A-Za-z])({_SECRET_NAMES}(?:\\?[\"'])?\s*(?:=|:|%3D|%3A)\s*(?:b?\\?[\"'])?)(?!‹)[^\s\"'&,;)<>\]}}\\]+"
)
_AUTHORIZATION = re.compile(
    r"(?i)((?:proxy-)?authorization(?:\\?[\"'])?\s*[:=,]\s*(?:b?\\?[\"'])?)"
    r"((?:mediabrowser|emby)\s[^\r\n}]*|(?:bearer|basic|digest|token)\s+[^\s\"',}]+|[^\s\"',}]+)"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+(?!‹)[A-Za-z0-9._~+/=-]{8,}")
_COOKIE = re.compile(r"(?i)((?:set-)?cookie(?:[\"'])?\s*[:=]\s*[\"']?)[^\r\n\"'}]+")
_USER_INFO = re.compile(r"(?i)(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{1,15}://)[^\s/@:\"']*(?::[^\s/@\"']*)?@")
# Bounded and anchored, or a long line without spaces would take quadratic time.
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}"
)
# A plex.direct host name contains the IP address of the server; its other part may be hidden already.
_PLEX_DIRECT = re.compile(rf"(?i)\b[0-9a-f-]{{7,45}}\.((?:[0-9a-f]{{32}}|{HIDDEN})\.plex\.direct)")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d]|\.\d)")
_IPV6 = re.compile(
    r"(?i)(?<![0-9a-f:.])(?:[0-9a-f]{1,4}:|::)[0-9a-f:]*(?:\d{1,3}(?:\.\d{1,3}){3})?[0-9a-f]*(?![0-9a-f:])"
)
_VERSION_BEFORE = re.compile(r"(?i)(?:version|ver|v|emby|jellyfin|plex(?: media server)?)[\"']?\s*[:=/]?\s*[\"']?$")


def register_secret(value: str | None) -> None:
    """Register a token or password, so that `redact` and the log remove it. Thread: any."""
    if value is None or len(value.strip()) < _MIN_SECRET:
        return
    with _secrets_lock:
        _secrets.update({value, value.strip(), quote(value, safe=""), quote_plus(value)})


def redact(text: str) -> str:
    """Return `text` without tokens, passwords, e-mail addresses and public IP addresses. Thread: any."""
    with _secrets_lock:
        known = sorted(_secrets, key=len, reverse=True)
    for secret in known:
        if secret in text:
            text = text.replace(secret, HIDDEN)
    text = _USER_INFO.sub(rf"\1{HIDDEN}@", text)
    text = _AUTHORIZATION.sub(rf"\1{HIDDEN}", text)
    text = _COOKIE.sub(rf"\1{HIDDEN}", text)
    text = _NAMED.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _EMAIL.sub("‹e-mail›", text)
    text = _PLEX_DIRECT.sub(r"‹address›.\1", text)
    text = _IPV4.sub(_hide_address, text)
    return _IPV6.sub(_hide_address, text)


def _hide_address(match: re.Match[str]) -> str:
    """Hide a public address. Private ones help to find a problem, and version numbers only look like addresses."""
    text = match.group()
    if _VERSION_BEFORE.search(match.string, max(0, match.start() - 24), match.start()):
        return text
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    return "‹address›" if address.is_global else text


@contextlib.contextmanager
def log_context(*, server: str | None = None, task: str | None = None) -> Iterator[None]:
    """Add server and task to the records logged inside the block. Thread: the calling one."""
    tokens = []
    if server is not None:
        tokens.append((_server, _server.set(server)))
    if task is not None:
        tokens.append((_task, _task.set(task)))
    try:
        yield
    finally:
        for variable, token in reversed(tokens):
            variable.reset(token)


class ContextFilter(logging.Filter):
    """Sets `record.context` to the server and task of the record, or to an empty text."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True: the filter only adds the context."""
        parts = [part for part in (_server.get(), _task.get()) if part]
        record.context = f" [{' · '.join(parts)}]" if parts else ""
        return True


class RedactingFormatter(logging.Formatter):
    """Formats a record with its traceback and removes secrets from the result."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s%(context)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the redacted text. Arguments that do not fit the message are reported in it instead of raised."""
        if not hasattr(record, "context"):
            ContextFilter().filter(record)
        try:
            return printable(redact(super().format(record)))
        except (TypeError, ValueError, KeyError) as error:
            return f"{record.levelname} {record.name}: unreadable log line ({type(error).__name__})"


class _PrivateRotatingFile(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return TextIOWrapper(os.fdopen(descriptor, "ab"), encoding=self.encoding, errors="replace")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # the name is logging's
        """Ignore the error: a full disk must not stop the program, and logging would print arguments unredacted."""


class LogSession:
    """The log of a running program, until `close()`. Thread: any.

    Args:
        max_bytes: the size at which the next file is started.
    """

    def __init__(
        self,
        log_dir: Path,
        *,
        level: str = "INFO",
        console: logging.Handler | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.path = log_dir / LOG_NAME
        self._root = logging.getLogger()
        self._before = self._root.level
        self._handlers: list[logging.Handler] = [
            _PrivateRotatingFile(self.path, maxBytes=max_bytes, backupCount=FILES - 1, encoding="utf-8", delay=True)
        ]
        if console is not None:
            self._handlers.append(console)
        for handler in self._handlers:
            self.attach(handler)
        self.set_level(level)

    def attach(self, handler: logging.Handler) -> None:
        """Add a handler, such as a live view, that gets the same redacted records."""
        handler.addFilter(ContextFilter())
        handler.setFormatter(RedactingFormatter())
        self._root.addHandler(handler)
        if handler not in self._handlers:
            self._handlers.append(handler)

    def set_level(self, level: str) -> None:
        """Set the lowest level: DEBUG, INFO, WARNING or ERROR."""
        self._root.setLevel(level)
        for name in ("urllib3", "websocket", "keyring", "filelock"):
            logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelName(level)))

    def close(self) -> None:
        """Flush, close and restore the previous logging configuration. Never raises."""
        for handler in self._handlers:
            self._root.removeHandler(handler)
            # The last lines of a log on a full disk are lost, as those before them were; whoever closes has more to do.
            with contextlib.suppress(OSError):
                handler.close()
        self._handlers.clear()
        self._root.setLevel(self._before)


def tail(path: Path, lines: int) -> list[str]:
    """Return the last `lines` lines of a log file, redacted again; empty without a file."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return [redact(line) for line in text.splitlines()[-lines:]]
