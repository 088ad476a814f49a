"""Signing in by name and by Quick Connect."""

import threading
from collections.abc import Callable, Iterator

import pytest

from retrovue.core.domain.errors import AuthError, Cancelled
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.base import Connection
from retrovue.core.sources.mediabrowser.sign_in import MediaBrowserSignIn
from retrovue.core.sources.mediabrowser.source import MediaBrowserSource
from retrovue.demo import DemoServer
from retrovue.demo.mediabrowser import MediaBrowserDialect
from retrovue.demo.mediabrowser_users import PASSWORD


@pytest.fixture
def cancel() -> CancelToken:
    return CancelToken()


@pytest.fixture
def sign_in(server: DemoServer, kind: ServerKind, cancel: CancelToken) -> Iterator[MediaBrowserSignIn]:
    with MediaBrowserSignIn(kind, Connection(server.url, client_id="desk-1"), cancel=cancel) as opened:
        yield opened


def test_a_name_and_a_password_give_a_token_that_works(
    sign_in: MediaBrowserSignIn, connect: Callable[..., MediaBrowserSource], dialect: MediaBrowserDialect
) -> None:
    found = sign_in.with_password("EDDA", PASSWORD)
    assert (found.user_name, found.is_administrator) == ("edda", False)
    assert found.machine_identifier == dialect.library.machine_identifier[:32]
    assert found.token not in repr(found)
    info = connect(token=found.token, user_id=found.user_id).probe()
    assert (info.account, info.is_owner) == ("edda", False)


@pytest.mark.parametrize(("name", "password"), [("edda", "wrong"), ("nobody", PASSWORD), ("edda", "")])
def test_a_wrong_name_or_password_says_so(sign_in: MediaBrowserSignIn, name: str, password: str) -> None:
    with pytest.raises(AuthError) as caught:
        sign_in.with_password(name, password)
    assert "password" in caught.value.text
    assert PASSWORD not in caught.value.user_text() + caught.value.detail


def test_signing_in_again_goes_on_where_it_was(
    sign_in: MediaBrowserSignIn, connect: Callable[..., MediaBrowserSource], dialect: MediaBrowserDialect
) -> None:
    first = sign_in.with_password("marlow", PASSWORD)
    dialect.users.revoke(first.token)
    with pytest.raises(AuthError):
        connect(token=first.token, user_id=first.user_id).probe()
    second = sign_in.with_password("marlow", PASSWORD)
    assert (second.user_id, second.machine_identifier) == (first.user_id, first.machine_identifier)
    assert connect(token=second.token, user_id=second.user_id).probe().is_owner


def test_quick_connect_waits_for_somebody_to_confirm(
    sign_in: MediaBrowserSignIn, dialect: MediaBrowserDialect, server: DemoServer, kind: ServerKind
) -> None:
    if kind is ServerKind.EMBY:
        assert not sign_in.quick_connect_enabled()
        with pytest.raises(AuthError):
            sign_in.start_quick_connect()
        return
    assert sign_in.quick_connect_enabled()
    code = sign_in.start_quick_connect()
    assert code.secret not in repr(code)
    assert sign_in.poll_quick_connect(code) is None
    server.reset_counters()
    confirming = threading.Thread(
        target=lambda: server.wait_for_requests(1) and dialect.users.approve(code.code, dialect.users.accounts[1])
    )
    confirming.start()
    found = sign_in.wait_for_quick_connect(code, timeout_s=10, poll_s=0.01)
    confirming.join(30)
    assert found.user_name == "edda"


def test_quick_connect_can_be_cancelled_expires_and_may_be_switched_off(
    sign_in: MediaBrowserSignIn, dialect: MediaBrowserDialect, kind: ServerKind, server: DemoServer,
    cancel: CancelToken,
) -> None:  # fmt: skip
    if kind is ServerKind.EMBY:
        pytest.skip("Emby has no Quick Connect")
    code = sign_in.start_quick_connect()
    with pytest.raises(AuthError):
        sign_in.wait_for_quick_connect(code, timeout_s=0.05, poll_s=0.01)
    dialect.users.expire_codes()
    with pytest.raises(AuthError):
        sign_in.poll_quick_connect(code)
    dialect.users.quick_connect = False
    assert not sign_in.quick_connect_enabled()
    with pytest.raises(AuthError):
        sign_in.start_quick_connect()
    dialect.users.quick_connect = True
    again = sign_in.start_quick_connect()
    server.reset_counters()
    stopping = threading.Thread(target=lambda: server.wait_for_requests(1) and cancel.cancel())
    stopping.start()
    with pytest.raises(Cancelled):
        sign_in.wait_for_quick_connect(again, timeout_s=60, poll_s=30)
    stopping.join(30)
