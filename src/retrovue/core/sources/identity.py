"""The identity of the server at an address, checked before a token is sent, including redirects."""

from collections.abc import Callable, Mapping

from retrovue.core.domain.errors import MovedError, NotFoundError, ProtocolError, StartingError
from retrovue.core.domain.servers import ServerInfo
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.http.moves import bases_behind
from retrovue.core.sources.machines import check_machine

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
