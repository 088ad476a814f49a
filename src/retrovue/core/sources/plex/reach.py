"""Selection of a server's best address: all are tried in parallel, without a token."""

import contextlib
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from time import monotonic

from retrovue.core.domain.errors import Cancelled, SourceError, UnreachableError, WrongServerError
from retrovue.core.domain.servers import ServerInfo
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.sources.base import Connection
from retrovue.core.sources.plex.sign_in import AccountAddress, AccountServer
from retrovue.core.sources.plex.source import PlexSource

_SLICE_S = 0.1
_MAX_AT_A_TIME = 16


@dataclass(frozen=True, slots=True)
class Answered:
    """The chosen address and the identity there. Without a token its name is the host."""

    address: AccountAddress
    info: ServerInfo


def best_address(
    server: AccountServer,
    *,
    client_id: str,
    cancel: CancelToken | None = None,
    grace_s: float = 1.5,
    timeout_s: float = 5.0,
) -> Answered:
    """Return the first of the server's addresses, in their order, at which this machine responds.

    A response from a worse address waits `grace_s` for a better one. Certificates are verified as usual.

    Raises:
        WrongServerError: only other machines respond.
        UnreachableError: no address responds.
        Cancelled: the token was canceled.
    """
    token = CancelToken()
    forget = cancel.on_cancel(token.cancel) if cancel is not None else lambda: None
    pool = ThreadPoolExecutor(max_workers=_MAX_AT_A_TIME, thread_name_prefix="reach")
    try:
        futures = [pool.submit(_ask, address, client_id, token, timeout_s) for address in server.addresses]
        chosen = _first(futures, server, token, grace_s)
        if chosen is not None:
            return Answered(server.addresses[chosen], futures[chosen].result())
    finally:
        forget()
        cancelled = token.cancelled
        token.cancel()
        pool.shutdown(wait=True, cancel_futures=True)
    if cancelled:
        raise Cancelled
    raise _failure(server, futures)


def _ask(address: AccountAddress, client_id: str, token: CancelToken, timeout_s: float) -> ServerInfo:
    connection = Connection(
        address.url,
        client_id=client_id,
        connect_timeout_s=timeout_s,
        read_timeout_s=timeout_s,
        total_timeout_s=2 * timeout_s,
    )
    with contextlib.closing(PlexSource(connection, cancel=token)) as source:
        return source.identify()


def _is_right(future: "Future[ServerInfo]", server: AccountServer) -> bool:
    if not future.done() or future.cancelled() or future.exception() is not None:
        return False
    return future.result().machine_identifier == server.machine_identifier


def _first(
    futures: Sequence["Future[ServerInfo]"], server: AccountServer, token: CancelToken, grace_s: float
) -> int | None:
    """Return the index of the best address with the right machine, or None."""
    deadline: float | None = None
    pending = set(futures)
    while True:
        right = next((index for index, future in enumerate(futures) if _is_right(future, server)), None)
        if right is not None and all(future.done() for future in futures[:right]):
            return right
        if right is not None and deadline is None:
            deadline = monotonic() + grace_s
        if not pending or token.cancelled or (deadline is not None and monotonic() >= deadline):
            return None if token.cancelled else right
        _done, pending = wait(pending, timeout=_SLICE_S, return_when=FIRST_COMPLETED)


def _failure(server: AccountServer, futures: Sequence["Future[ServerInfo]"]) -> SourceError:
    finished = [future for future in futures if future.done() and not future.cancelled()]
    strangers = [future for future in finished if future.exception() is None]
    if strangers:
        return WrongServerError(
            _("A different server responds at the addresses of {server}.").format(server=server.name),
            hint=_("Check that the server is running, then check its network settings."),
            detail=", ".join(future.result().machine_identifier for future in strangers),
        )
    if not server.addresses:
        return UnreachableError(
            _("The account lists no address of {server} that works from here.").format(server=server.name),
            hint=_("Check that it is running and signed in to the account, or enter its address manually."),
            layer="address",
        )
    errors = [str(future.exception()) for future in finished]
    return UnreachableError(
        ngettext(
            "{server} is not responding at its {count} address.",
            "{server} is not responding at any of its {count} addresses.",
            len(server.addresses),
        ).format(server=server.name, count=len(server.addresses)),
        hint=_("Check that it is running, or enter its address manually."),
        detail="; ".join(errors[:5]),
    )
