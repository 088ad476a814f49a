"""Websockets of servers that mean no good: bounded, within a deadline, never sent on, and judged by the server."""

import threading
from collections.abc import Callable

import pytest
from tests.servers.bare import BareServer, answering, http_answer, read_head
from tests.servers.hostile import (
    Behaviour,
    accepted,
    cutting,
    dripping_handshake,
    giant_frame,
    giant_message,
    redirecting,
)

from retrovue.core.domain.errors import AuthError, ForbiddenError, MovedError, ProxyError, SourceError, UnreachableError
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.base import Connection
from retrovue.core.sources.hints import Connected, Disconnected, Hint
from retrovue.core.sources.http.listening import Silence, SocketListener
from retrovue.core.sources.mediabrowser.notifications import mediabrowser_notifications
from retrovue.core.sources.plex.notifications import plex_notifications
from retrovue.demo import DemoServer

TOKEN = "secret-of-the-owner"


def lost(url: str, kind: ServerKind = ServerKind.PLEX, **facts: float) -> tuple[list[Hint], SourceError]:
    """Listen until the connection is lost once; what was heard, and why it was lost."""
    connection = Connection(url, token=TOKEN, user_id="7", **facts)  # type: ignore[arg-type]
    dialect = (
        plex_notifications(connection) if kind is ServerKind.PLEX else mediabrowser_notifications(kind, connection)
    )
    heard: list[Hint] = []
    SocketListener(connection, dialect, wait=lambda _seconds: True).listen(heard.append, CancelToken())
    last = heard[-1]
    assert isinstance(last, Disconnected)
    return heard, last.error


@pytest.mark.parametrize("behaviour", [giant_frame(), giant_message()], ids=["frame", "message"])
def test_a_message_without_end_is_cut(bare: Callable[..., BareServer], behaviour: Behaviour) -> None:
    heard, _error = lost(bare(behaviour).url)
    assert isinstance(heard[0], Connected)


def test_an_opening_that_never_ends_has_a_deadline(bare: Callable[..., BareServer]) -> None:
    heard, error = lost(bare(dripping_handshake()).url, read_timeout_s=0.5)
    assert isinstance(error, UnreachableError)
    assert len(heard) == 1


@pytest.mark.parametrize("kind", ServerKind)
def test_a_redirect_gets_no_token(bare: Callable[..., BareServer], kind: ServerKind) -> None:
    stranger = bare(answering(http_answer(b"{}")))
    _heard, error = lost(bare(redirecting(stranger.url)).url, kind)
    assert isinstance(error, MovedError)
    assert stranger.hits == 0


def test_a_proxys_refusal_is_not_the_servers(bare: Callable[..., BareServer]) -> None:
    extra = "WWW-Authenticate: Basic realm=x\r\nServer: nginx/1.24\r\n"
    _heard, error = lost(bare(answering(http_answer(b"", status="401 Unauthorized", extra=extra))).url)
    assert isinstance(error, ProxyError)


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
@pytest.mark.parametrize("is_known", [True, False], ids=["known", "revoked"])
def test_a_refused_opening_is_judged_by_the_server(
    bare: Callable[..., BareServer], status: str, is_known: bool
) -> None:
    def judge() -> None:
        if not is_known:
            raise AuthError

    connection = Connection(bare(answering(http_answer(b"", status=status))).url, token=TOKEN, user_id="7")
    dialect = mediabrowser_notifications(ServerKind.JELLYFIN, connection)
    with pytest.raises(ForbiddenError if is_known else AuthError):
        SocketListener(connection, dialect, judge=judge).listen(lambda _hint: None, CancelToken())


def test_emby_gets_the_token_in_the_address_only_where_it_refuses_the_headers(bare: Callable[..., BareServer]) -> None:
    lines: list[bytes] = []

    def serve(sock) -> None:  # type: ignore[no-untyped-def]
        head = read_head(sock)
        lines.append(head.split(b"\r\n")[0])
        if b"api_key=" in lines[-1]:
            sock.sendall(accepted(head))
            sock.recv(1)
        else:
            sock.sendall(http_answer(b"", status="401 Unauthorized"))

    connection = Connection(bare(serve).url, token=TOKEN, user_id="7")
    token = CancelToken()

    def hear(hint: Hint) -> None:
        assert isinstance(hint, Connected)
        token.cancel()

    SocketListener(connection, mediabrowser_notifications(ServerKind.EMBY, connection)).listen(hear, token)
    assert [TOKEN.encode() in line for line in lines] == [False, True]


def test_a_silence_that_was_cut_twice_alike_is_not_waited_for_again() -> None:
    silence = Silence(20.0)
    silence.cut_after(5.1)
    assert silence.limit_s == 20.0
    silence.cut_after(14.0)
    assert silence.limit_s == 20.0
    silence.cut_after(12.0)
    assert silence.limit_s < 6.0
    silence.cut_after(0.1)
    silence.cut_after(0.1)
    assert silence.limit_s > 5.0


@pytest.mark.slow
def test_behind_a_proxy_that_cuts_silence_it_reconnects_twice_and_stays(
    server: DemoServer, bare: Callable[..., BareServer]
) -> None:
    server.dialect.token = TOKEN  # type: ignore[attr-defined]
    front = bare(cutting(server.port, 1.5))
    connection = Connection(front.url, token=TOKEN)
    heard: list[Hint] = []
    token = CancelToken()
    listener = SocketListener(connection, plex_notifications(connection), wait=lambda _seconds: False)
    thread = threading.Thread(target=listener.listen, args=(heard.append, token))
    thread.start()
    try:
        # As long as it would take to be cut twice more.
        assert not threading.Event().wait(7.5)
    finally:
        token.cancel()
        thread.join(30)
    assert [type(hint) for hint in heard] == [Connected, Disconnected, Connected, Disconnected, Connected]
