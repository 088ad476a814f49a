"""The server: a thread of its own that listens, and ends when it is told to."""

import errno
import logging
import socket
import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING

from retrovue.api.house import SharedHouse
from retrovue.core.domain.errors import ConfigError, RetroVueError
from retrovue.core.i18n import _
from retrovue.core.system import deeds
from retrovue.core.system.route import address_towards

if TYPE_CHECKING:
    import uvicorn

    from retrovue.api.protocol import BoundedProtocol

log = logging.getLogger(__name__)

_STOP_S = 5.0
_MOST_AT_ONCE = 200
_NOT_HERE = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})


class ApiServer:
    """Answers requests between `start` and `stop`. Thread: any, one call at a time.

    Args:
        port: 0 takes a free one.
        origins: web pages whose scripts can read answers; none by default.
        protocol: one with other bounds, for tests.
    """

    def __init__(
        self,
        house: SharedHouse,
        listen: str = "127.0.0.1",
        port: int = 0,
        origins: Sequence[str] = (),
        *,
        protocol: "type[BoundedProtocol] | None" = None,
    ) -> None:
        self._house = house
        self._listen = listen
        self._port = port
        self._is_open = False
        self._origins = tuple(origins)
        self._protocol = protocol
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self._close: Callable[[], None] = lambda: None

    @property
    def url(self) -> str:
        """Where it is asked, from this computer."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._listen, self._listen)
        return f"http://[{host}]:{self._port}" if ":" in host and "[" not in host else f"http://{host}:{self._port}"

    @property
    def home_url(self) -> str:
        """Where it is asked from the home network; as `url` while it answers this computer only."""
        host = address_towards() if self._listen == "0.0.0.0" else None
        return self.url if host is None else f"http://{host}:{self._port}"

    @property
    def is_open(self) -> bool:
        """Whether others than this computer can ask, since `start`."""
        return self._is_open

    @property
    def is_running(self) -> bool:
        """Whether somebody is answered."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Listen, and answer from now on.

        Raises:
            RetroVueError: the port is taken, or may not be used.
            ConfigError: the address is none of this computer.
        """
        # Both take a third of a second to load; nobody pays for it who shares nothing.
        import uvicorn

        from retrovue.api.app import build
        from retrovue.api.protocol import BoundedProtocol

        listening = self._socket()
        app = build(self._house, self._listen, self._origins)
        self._close = app.state.hooks.close
        config = uvicorn.Config(
            app,
            log_config=None,
            # Its warnings are about what others send: anybody in the network could fill the log with them.
            log_level="error",
            access_log=False,
            server_header=False,
            date_header=True,
            lifespan="off",
            limit_concurrency=_MOST_AT_ONCE,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=1,
            http=self._protocol or BoundedProtocol,
            loop="asyncio",
            ws="none",
        )
        server = self._server = uvicorn.Server(config)

        def run() -> None:
            try:
                server.run(sockets=[listening])
            finally:
                listening.close()

        # It listens already: whoever asks before the loop runs waits a moment in its queue.
        self._thread = threading.Thread(target=run, name="api", daemon=True)
        self._thread.start()
        deeds.tell(_("Other programs can ask RetroVue at {url}.").format(url=self.url))

    def stop(self) -> None:
        """Answer nobody any more. A second call does nothing."""
        server, thread = self._server, self._thread
        self._server = self._thread = None
        if server is None or thread is None:
            return
        deeds.tell(_("Other programs can no longer ask RetroVue."))
        self._close()
        server.should_exit = True
        thread.join(_STOP_S)
        if thread.is_alive():
            server.force_exit = True
            thread.join(_STOP_S)

    def _socket(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._listen else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((self._listen, self._port))
            listening.listen(128)
        except PermissionError as error:
            listening.close()
            raise RetroVueError(
                _("You do not have permission to use port {port}.").format(port=self._port),
                hint=_("Choose port 1024 or higher."),
            ) from error
        except socket.gaierror as error:
            listening.close()
            raise self._no_address() from error
        except OSError as error:
            listening.close()
            if error.errno in _NOT_HERE:
                raise self._no_address() from error
            raise RetroVueError(
                _("Port {port} is in use by another program.").format(port=self._port),
                hint=_("Choose another port, or stop the other program."),
                detail=f"{type(error).__name__}: {error.strerror}",
            ) from error
        address, self._port = listening.getsockname()[:2]
        self._is_open = not ip_address(address.partition("%")[0]).is_loopback
        return listening

    def _no_address(self) -> ConfigError:
        return ConfigError(
            _("This computer does not have the address {address}.").format(address=self._listen),
            hint=_("Use 127.0.0.1 for this computer only, or 0.0.0.0 for the home network."),
        )
