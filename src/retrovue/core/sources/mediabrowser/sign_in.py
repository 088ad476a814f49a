"""Sign-in to Emby and Jellyfin: username and password, and Jellyfin's Quick Connect. Passwords are not stored."""

from dataclasses import dataclass, field
from time import monotonic
from types import TracebackType
from typing import Self

import msgspec

from retrovue.core.domain.errors import (
    AuthError,
    Cancelled,
    ForbiddenError,
    NotFoundError,
    ProtocolError,
    RateLimitedError,
    UnreachableError,
)
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.sources.base import Connection
from retrovue.core.sources.claims import identity_of, secret_of, shown_name
from retrovue.core.sources.documents import malformed
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.mediabrowser.decode import Document, document, plain
from retrovue.core.sources.mediabrowser.headers import mediabrowser_headers
from retrovue.core.sources.mediabrowser.libraries import account_of

_JSON: dict[str, str | None] = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that succeeded. `token` is secret; `user_id` belongs into `Connection.user_id` with it."""

    token: str = field(repr=False)
    user_id: str
    user_name: str | None
    machine_identifier: str | None
    is_administrator: bool


@dataclass(frozen=True, slots=True)
class QuickConnectCode:
    """A code to confirm on a signed-in device. `secret` is never shown."""

    code: str
    secret: str = field(repr=False)


class MediaBrowserSignIn:
    """Signs in to one server. Thread: one at a time; `cancel` can be set from any.

    Args:
        kind: Emby or Jellyfin.
        connection: the server. The token will belong to its `client_id`, so keep that the same.
    """

    def __init__(
        self,
        kind: ServerKind,
        connection: Connection,
        *,
        cancel: CancelToken | None = None,
        client: HttpClient | None = None,
    ) -> None:
        self._cancel = cancel or CancelToken()
        self._http = client or HttpClient(
            connection, cancel=self._cancel, headers=mediabrowser_headers(kind, connection)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back all connections."""
        self._http.close()

    def with_password(self, user: str, password: str) -> SignedIn:
        """Sign in with username and password.

        Raises:
            AuthError: the username or password is wrong, or the account is disabled.
            SourceError: the server cannot be reached.
        """
        body = msgspec.json.encode({"Username": user, "Pw": password})
        try:
            answer = self._http.post("/Users/AuthenticateByName", body=body, headers=_JSON)
        except AuthError as error:
            raise AuthError(
                _("The server did not accept this username and password."),
                hint=_("Check both. If the account has no password, leave it empty."),
                detail=error.detail,
            ) from error
        return _signed_in(document(answer.body))

    def quick_connect_enabled(self) -> bool:
        """Return whether the server offers Quick Connect; always False on Emby."""
        try:
            return plain(self._http.get("/QuickConnect/Enabled").body) is True
        except (NotFoundError, ProtocolError, AuthError, ForbiddenError):
            return False

    def start_quick_connect(self) -> QuickConnectCode:
        """Request a code.

        Raises:
            AuthError: Quick Connect is turned off on this server.
            SourceError: the server cannot be reached.
        """
        try:
            found = document(self._http.post("/QuickConnect/Initiate", body=b"", headers=_JSON).body)
        except (AuthError, ForbiddenError, NotFoundError) as error:
            raise AuthError(
                _("Quick Connect is turned off on this server."),
                hint=_("Sign in with a username and password, or turn it on in the server’s dashboard."),
                detail=error.detail,
            ) from error
        code, secret = identity_of(found.get("Code")), secret_of(found.get("Secret"))
        if code is None or secret is None:
            raise malformed("no Code or Secret")
        return QuickConnectCode(code, secret)

    def poll_quick_connect(self, code: QuickConnectCode) -> SignedIn | None:
        """Return the sign-in once the code is confirmed, None before.

        Raises:
            AuthError: the code has expired.
            SourceError: the server cannot be reached.
        """
        try:
            found = document(self._http.get("/QuickConnect/Connect", [("secret", code.secret)]).body)
        except (NotFoundError, AuthError) as error:
            raise _expired(error.detail) from error
        if found.get("Authenticated") is not True:
            return None
        body = msgspec.json.encode({"Secret": code.secret})
        answer = self._http.post("/Users/AuthenticateWithQuickConnect", body=body, headers=_JSON)
        return _signed_in(document(answer.body))

    def wait_for_quick_connect(
        self, code: QuickConnectCode, *, timeout_s: float = 300.0, poll_s: float = 2.0
    ) -> SignedIn:
        """Wait until the code is confirmed. Short outages are ignored.

        Raises:
            AuthError: the code was not confirmed in time.
            Cancelled: the token was canceled.
        """
        deadline = monotonic() + timeout_s
        while monotonic() < deadline:
            try:
                found = self.poll_quick_connect(code)
            except (UnreachableError, RateLimitedError):
                found = None
            if found is not None:
                return found
            if self._cancel.wait(poll_s):
                raise Cancelled
        raise _expired("not confirmed in time")


def _expired(detail: str) -> AuthError:
    return AuthError(_("The code has expired."), hint=_("Get a new code and confirm it."), detail=detail)


def _signed_in(found: Document) -> SignedIn:
    user = found.get("User")
    account = account_of(user) if isinstance(user, dict) else None
    token = secret_of(found.get("AccessToken"))
    user_id = identity_of(account.user_id) if account is not None else None
    if account is None or user_id is None or token is None:
        raise malformed("no User or AccessToken")
    name = shown_name(account.name, "") or None
    return SignedIn(token, user_id, name, identity_of(found.get("ServerId")), account.is_administrator)
