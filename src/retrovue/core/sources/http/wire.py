"""Sockets that can be closed from any thread, and their TLS contexts.

A blocked read ends only when its socket is closed. So each request has an `Exchange` that knows the socket in use, from
the name look-up to the last byte.
"""

import contextlib
import errno
import hashlib
import os
import selectors
import socket
import ssl
import threading
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

import certifi
import truststore
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError, ProxyError

_SLICE_S = 0.05
_IN_PROGRESS = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)
NO_DELAY = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
_current = threading.local()


class Cut(OSError):  # noqa: N818  # internal: the client translates it into Cancelled or a deadline error
    """The exchange was cut by another thread."""


class Exchange:
    """A request in progress. `cut()` ends it from any thread, in every phase.

    Attributes:
        cut_reason: "abort" or "deadline" once it was cut.
        reused: the request used a persistent connection, which the server may already have closed.
        connected: the server accepted the connection.
        received_bytes: how much of the body has arrived.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.wake = threading.Event()
        self.cut_reason: str | None = None
        self.reused = False
        self.connected = False
        self.received_bytes = 0

    def hold(self, sock: socket.socket) -> None:
        """Store the socket in use.

        A duplicate is stored, because TLS detaches the plain socket object during the handshake, and the body of a
        closed connection can still be read. Both share the connection with the duplicate.
        """
        copy = socket.socket(sock.family, sock.type, sock.proto, fileno=socket.dup(sock.fileno()))
        self.connected = True
        with self._lock:
            old, self._socket = self._socket, copy
            was_cut = self.cut_reason is not None
        if old is not None:
            old.close()
        if was_cut:
            self._shut(copy)
            raise Cut("cut")

    def cut(self, reason: str) -> None:
        """End the exchange: blocked calls return immediately. The first reason is kept."""
        with self._lock:
            if self.cut_reason is None:
                self.cut_reason = reason
            self.wake.set()
            if self._socket is not None:
                self._shut(self._socket)

    def release(self) -> None:
        """Release the socket. The connection itself can stay in its pool."""
        with self._lock:
            sock, self._socket = self._socket, None
        if sock is not None:
            sock.close()

    def raise_if_cut(self) -> None:
        """Raise `Cut` when the exchange was ended."""
        if self.cut_reason is not None:
            raise Cut("cut")

    @staticmethod
    def _shut(sock: socket.socket) -> None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> "Exchange":
        _current.exchange = self
        return self

    def __exit__(self, *_args: object) -> None:
        _current.exchange = None
        self.release()


def _exchange() -> Exchange | None:
    return getattr(_current, "exchange", None)


def _look_up(host: str, port: int, exchange: Exchange | None, timeout_s: float) -> list[Any]:
    """Call `getaddrinfo` with cancellation: the system call can block for half a minute.

    Raises:
        socket.gaierror: no such name.
        Cut: the exchange was ended.
        TimeoutError: the name servers do not respond.
    """
    if exchange is None or ":" in host or host.replace(".", "").isdecimal():
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    found: list[Any] = []
    failed: list[OSError] = []
    done = threading.Event()

    def look() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            failed.append(error if isinstance(error, OSError) else socket.gaierror(str(error)))
        done.set()
        exchange.wake.set()

    threading.Thread(target=look, name="look-up", daemon=True).start()
    exchange.wake.wait(timeout_s)
    exchange.raise_if_cut()
    if not done.is_set():
        raise TimeoutError("look-up")
    exchange.wake.clear()
    exchange.raise_if_cut()
    if failed:
        raise failed[0]
    return found


def _connect(entry: Any, timeout_s: float, options: Any, exchange: Exchange | None) -> socket.socket:
    """Connect to one address, checking often whether the exchange was cut."""
    family, kind, proto, _name, address = entry
    sock = socket.socket(family, kind, proto)
    try:
        for option in options or ():
            sock.setsockopt(*option)
        sock.setblocking(False)
        code = sock.connect_ex(address)
        if code not in _IN_PROGRESS:
            raise OSError(code, os.strerror(code))
        deadline = monotonic() + timeout_s
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_WRITE)
            while not selector.select(_SLICE_S):
                if exchange is not None:
                    exchange.raise_if_cut()
                if monotonic() > deadline:
                    raise TimeoutError("connect")
        if code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, os.strerror(code))
        sock.settimeout(timeout_s)
    except BaseException:
        sock.close()
        raise
    return sock


def open_socket(
    host: str, port: int, timeout_s: float, exchange: Exchange | None, options: Any = NO_DELAY
) -> socket.socket:
    """Return a connected TCP socket. The connecting can be cut at any time.

    Raises:
        socket.gaierror: no such name.
        TimeoutError: no response in time.
        OSError: refused, no route, or cut.
    """
    deadline = monotonic() + timeout_s
    entries = _look_up(host, port, exchange, timeout_s)
    last: OSError = OSError("no address")
    for index, entry in enumerate(entries):
        # A dead IPv6 route must not use up the time of the IPv4 address behind it.
        share_s = max(0.1, (deadline - monotonic()) / (len(entries) - index))
        try:
            sock = _connect(entry, share_s, options, exchange)
        except Cut:
            raise
        except OSError as error:
            last = error
            continue
        sock.settimeout(timeout_s)
        if exchange is not None:
            try:
                exchange.hold(sock)
            except Cut:
                sock.close()
                raise
        return sock
    raise last


class _Watched(HTTPConnection):
    """A connection that registers its socket with its exchange."""

    _fresh = True

    def _new_conn(self) -> socket.socket:
        self._fresh = True
        timeout_s = self.timeout if isinstance(self.timeout, int | float) else 5.0
        port = self.port or self.default_port
        try:
            return open_socket(self._dns_host, port, timeout_s, _exchange(), self.socket_options)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "connect timed out") from error
        except Cut:
            raise
        except OSError as error:
            raise NewConnectionError(self, str(error)) from error

    def request(self, *args: Any, **kwargs: Any) -> None:
        exchange = _exchange()
        # With http the call below opens the connection; with https it is already open.
        if exchange is not None and self.sock is not None and not self._fresh:
            exchange.reused = True
            exchange.hold(self.sock)
        super().request(*args, **kwargs)
        self._fresh = False


class _WatchedTls(_Watched, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


_POOLS = {"http": _Pool, "https": _TlsPool}


def system_trust() -> ssl.SSLContext:
    """Return a context with the system's trust, or certifi's list on a system without authorities."""
    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    paths = ssl.get_default_verify_paths()
    system_has_some = any(path and Path(path).exists() for path in (paths.cafile, paths.capath))
    if not system_has_some and Path(certifi.where()).exists():
        context.load_verify_locations(certifi.where())
    return context


def blind_trust() -> ssl.SSLContext:
    """Return a context that verifies nothing, only for reading a certificate or comparing it afterwards."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _PinnedContext(ssl.SSLContext):
    """Accepts exactly one certificate, and checks it before anything is sent."""

    fingerprint: str

    def wrap_socket(self, *args: Any, **kwargs: Any) -> ssl.SSLSocket:
        sock = super().wrap_socket(*args, **kwargs)
        try:
            # Raises if the peer closed before the handshake: Python then returns a socket without a certificate.
            shown = hashlib.sha256(sock.getpeercert(binary_form=True) or b"").hexdigest()
            if shown != self.fingerprint:
                raise ssl.SSLCertVerificationError("Fingerprints did not match")
        except BaseException:
            sock.close()
            raise
        return sock


def pinned_trust(fingerprint: str) -> ssl.SSLContext:
    """Return a context that accepts exactly one certificate, by its SHA-256 in hex."""
    context = _PinnedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.fingerprint = fingerprint.replace(":", "").lower()
    return context


class Pools:
    """The persistent connections of one thread: cancelable sockets, one TLS context, and proxies.

    Args:
        fingerprint: SHA-256 hex of the only certificate accepted, or None for the system's trust.
        proxies: addresses of proxies by "http", "https" or "all".
    """

    def __init__(self, fingerprint: str | None, proxies: Mapping[str, str]) -> None:
        self._options: dict[str, Any] = {
            "num_pools": 2,
            "maxsize": 2,
            "ssl_context": blind_trust() if fingerprint else system_trust(),
        }
        if fingerprint:
            self._options |= {"assert_fingerprint": fingerprint, "assert_hostname": False}
        self._proxies = proxies
        self._managers: dict[str, urllib3.PoolManager] = {}

    def ask(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, connect_s: float, read_s: float
    ) -> urllib3.BaseHTTPResponse:
        """Send one request without redirects and retries. The body is not read yet.

        Raises:
            urllib3.exceptions.HTTPError, OSError, ValueError: the request failed.
        """
        return self._manager(urlsplit(url).scheme.lower()).urlopen(
            method,
            url,
            headers=headers,
            body=body,
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
            timeout=urllib3.Timeout(connect=connect_s, read=read_s),
        )

    def close(self) -> None:
        """Close every connection now; urllib3 leaves that to the garbage collector."""
        for manager in self._managers.values():
            for key in manager.pools.keys():  # noqa: SIM118  # the container cannot be iterated itself
                if (pool := manager.pools.get(key)) is not None:
                    pool.close()
            manager.clear()

    def _manager(self, scheme: str) -> urllib3.PoolManager:
        manager = self._managers.get(scheme)
        if manager is None:
            proxy = self._proxies.get(scheme) or self._proxies.get("all")
            manager = self._managers[scheme] = self._direct() if proxy is None else self._through(proxy)
        return manager

    def _direct(self) -> urllib3.PoolManager:
        manager = urllib3.PoolManager(**self._options)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def _through(self, proxy: str) -> urllib3.PoolManager:
        if "://" not in proxy:
            proxy = f"http://{proxy}"
        if proxy.lower().startswith("socks"):
            try:
                from urllib3.contrib.socks import SOCKSProxyManager
            except ImportError as error:
                raise ProxyError("SOCKS proxies cannot be used", error) from error
            return SOCKSProxyManager(proxy, **self._options)
        parts = urlsplit(proxy)
        sign_in = ""
        if parts.username is not None:
            sign_in = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = urllib3.make_headers(proxy_basic_auth=sign_in) if sign_in else None
        manager = urllib3.ProxyManager(proxy, proxy_headers=headers, **self._options)
        manager.pool_classes_by_scheme = _POOLS
        return manager
