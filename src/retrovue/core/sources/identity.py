"""The identity of the server at an address, checked before a token is sent, including redirects."""

from collections.abc import Callable, Mapping

from retrovue.core.domain.errors import MovedError, NotFoundError, ProtocolError, StartingError, WrongServerError
from retrovue.core.domain.servers import Server, ServerInfo
from retrovue.core.i18n import _
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.http.moves import bases_behind

_MAX_ANSWER_BYTES = 1024 * 1024
_MOST_MOVES = 4

Headers = Mapping[str, str | None]
Read = Callable[[bytes], ServerInfo]


def who_is_at(client: HttpClient, path: str, headers: Headers, read: Read) -> ServerInfo:
    """Request the identity without a token.

    If the connection may move, a redirect on the same host is followed and the client continues at its target: a proxy
    that requires https, or a server whose address lacks its base path.

    Raises:
        MovedError: it redirects elsewhere.
        SourceError: no identity was returned.
    """
    if client.connection.may_move:
        return _wander(client, path, headers, read, _MOST_MOVES)
    return read(client.get(path, headers=headers, max_bytes=_MAX_ANSWER_BYTES).body)


def _wander(client: HttpClient, path: str, headers: Headers, read: Read, left: int) -> ServerInfo:
    try:
        return read(client.get(path, headers=headers, max_bytes=_MAX_ANSWER_BYTES, tell_moves=True).body)
    except MovedError as move:
        if move.target is None or not left:
            raise
        here = client.connection.url.rstrip("/")
        problem: ProtocolError | NotFoundError = move
        for base in bases_behind(move.target, path):
            if base == here:
                # Only the form of the path differs, such as a trailing slash.
                return read(client.get(path, headers=headers, max_bytes=_MAX_ANSWER_BYTES).body)
            client.rebase(base)
            try:
                return _wander(client, path, headers, read, left - 1)
            except StartingError:
                raise
            except (ProtocolError, NotFoundError) as error:
                problem = error
        client.rebase(here)
        raise problem from None


def guard(client: HttpClient, identify: Callable[[], ServerInfo]) -> None:
    """Make the client call `identify` before it sends a token to the server that the connection names."""
    server = client.connection.server
    if server is not None and client.connection.token:
        client.guard(lambda: check_machine(identify(), server))


def is_right(info: ServerInfo, server: Server | None) -> bool:
    """Return whether this is the required server; without one, any server is."""
    return server is None or (info.machine_identifier == server.machine_identifier and info.kind is server.kind)


def check_machine(info: ServerInfo, server: Server) -> None:
    """Raise for another machine at the address of a stored server, before any other request.

    Raises:
        WrongServerError: another one responded. `found_kind` is set when it is also another product.
    """
    if is_right(info, server):
        return
    raise WrongServerError(
        _("A different server responds at the address of {server}.").format(server=server.name),
        hint=_(
            "Check its address. If the server was set up from scratch, add it as a new one. Its items were "
            "not mixed with the stored ones."
        ),
        detail=f"{server.machine_identifier} != {info.machine_identifier}",
        found_kind=None if info.kind is server.kind else info.kind.value,
    )
