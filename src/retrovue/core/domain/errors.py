"""The exception tree.

    RetroVueError
    ├── SourceError            a media server
    │   ├── AuthError              the server refused the sign-in
    │   ├── ForbiddenError         signed in, but without the right to do this
    │   ├── UnreachableError       no response: address, port, time-out
    │   ├── TlsError               the certificate cannot be trusted
    │   ├── ProtocolError          a response that no media server sends
    │   │   ├── StartingError          not ready yet
    │   │   ├── ProxyError             something in front of it refuses
    │   │   └── MovedError             the address leads on to another one
    │   ├── WrongServerError       another product or another machine responded
    │   ├── RateLimitedError       asked to wait
    │   ├── PageTooLargeError      request smaller pages
    │   ├── NotFoundError          the server has no such item or address
    │   └── UnsupportedVersionError
    ├── StorageError           the catalog file or its disk
    │   ├── LockedError  CorruptError  SchemaTooNewError  DiskFullError  ReadOnlyError  RowError
    │   ├── CatalogAwayError  CatalogPasswordError  OtherComputerError
    ├── ConfigError            a setting, rule or name that cannot be used
    ├── SecretError            the token store
    └── Cancelled              the person asked to stop (not a failure)

Every error has a translated text for the user (`user_text`: what happened and what to do). The exception of the
library below is its `__cause__`.
"""

from retrovue.core.domain.servers import Certificate
from retrovue.core.i18n import _


class RetroVueError(Exception):
    """Base of every error that is shown to the user.

    Args:
        text: what happened, one translated sentence.
        hint: what to do about it, translated; may be empty. True everywhere, so without commands, flags and variables.
        command_hint: what to do about it on the command line, where a command or flag is the remedy; else `hint`.
        detail: technical detail for the log and the "details" fold, never translated, already redacted.
    """

    def __init__(self, text: str, *, hint: str = "", command_hint: str = "", detail: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint
        self.command_hint = command_hint or hint
        self.detail = detail

    def user_text(self) -> str:
        """Return what happened and what to do, as one text."""
        return f"{self.text} {self.hint}".strip()

    def command_text(self) -> str:
        """Return `user_text` with the remedy of the command line."""
        return f"{self.text} {self.command_hint}".strip()


class SourceError(RetroVueError):
    """A media server failed, refused or sent an unexpected response."""

    layer: str = "answer"
    """The step of a connection test that this error belongs to."""


class AuthError(SourceError):
    """The server refused the token or password (HTTP 401)."""

    layer = "sign_in"

    def __init__(self, text: str = "", *, hint: str = "", detail: str = "") -> None:
        super().__init__(
            text or _("The server refused the sign-in."),
            hint=hint or _("Sign in again."),
            detail=detail,
        )


class ForbiddenError(SourceError):
    """Signed in, but without the permission for this (HTTP 403)."""

    layer = "sign_in"


class UnreachableError(SourceError):
    """No response: unknown host, refused or timed-out connection.

    `layer` is "address" (name not found, bad URL) or "port" (refused, timed out, reset).
    """

    layer = "port"

    def __init__(self, text: str, *, hint: str = "", detail: str = "", layer: str = "port") -> None:
        super().__init__(text, hint=hint, detail=detail)
        self.layer = layer


class TlsError(SourceError):
    """The certificate cannot be trusted, or there is no secure connection at all.

    `fingerprint` is the SHA-256 of the certificate shown by the server, hex, or None when there is none to trust;
    `certificate` has its owner and its last day. `trusted` is the fingerprint trusted so far, when the server now shows
    a different one.
    """

    layer = "certificate"

    def __init__(
        self,
        text: str,
        *,
        hint: str = "",
        detail: str = "",
        fingerprint: str | None = None,
        certificate: Certificate | None = None,
        trusted: str | None = None,
    ) -> None:
        super().__init__(text, hint=hint, detail=detail)
        self.fingerprint = certificate.fingerprint if certificate is not None else fingerprint
        self.certificate = certificate
        self.trusted = trusted


class ProtocolError(SourceError):
    """The response is not one of this server type: HTML, truncated, malformed or inconsistent."""

    def __init__(self, text: str, *, hint: str = "", detail: str = "", status: int | None = None) -> None:
        super().__init__(text, hint=hint, detail=detail)
        self.status = status


class StartingError(ProtocolError):
    """The server is there and not ready yet: starting, busy or under maintenance (HTTP 503). It is worth waiting."""


class ProxyError(ProtocolError):
    """Something in front of the server refuses in its place: that says nothing about an account on the server."""


class MovedError(ProtocolError):
    """The address leads on to another one.

    `target` is where, None where it must not be followed: another host, or from https down to http.
    """

    def __init__(
        self, text: str, *, hint: str = "", detail: str = "", status: int | None = None, target: str | None = None
    ) -> None:
        super().__init__(text, hint=hint, detail=detail, status=status)
        self.target = target


class WrongServerError(SourceError):
    """Another product, or another machine than the stored one, responds at this address.

    `found_kind` is the ServerKind value that was recognized, or None.
    """

    layer = "version"

    def __init__(self, text: str, *, hint: str = "", detail: str = "", found_kind: str | None = None) -> None:
        super().__init__(text, hint=hint, detail=detail)
        self.found_kind = found_kind


class RateLimitedError(SourceError):
    """The server asked to wait (429, 503 with Retry-After) longer than the client retries."""

    def __init__(self, text: str, *, hint: str = "", detail: str = "", retry_after_s: float | None = None) -> None:
        super().__init__(text, hint=hint, detail=detail)
        self.retry_after_s = retry_after_s


class PageTooLargeError(SourceError):
    """The server refused a page of this size (HTTP 400 or 414) or could not build it in time. Request less."""


class NotFoundError(SourceError):
    """HTTP 404: the item, library or base path does not exist."""


class UnsupportedVersionError(SourceError):
    """The server is too old, or uses a format that is no longer supported."""

    layer = "version"


class StorageError(RetroVueError):
    """The catalog file or the disk it is on."""


class CatalogAwayError(StorageError):
    """The server that has the catalog cannot be reached, or broke off. The next use tries again by itself."""


class CatalogAddressError(StorageError):
    """No connection to the catalog's server fits what its address, or a certificate, says: to try again is no use."""


class CatalogPasswordError(StorageError):
    """The server that has the catalog wants a password, or another one."""


class LockedError(StorageError):
    """Another program has locked the database for longer than the time-out."""


class OtherComputerError(LockedError):
    """Another computer works on this part of the catalog, or may by now. Other parts are free."""


class CorruptError(StorageError):
    """The database file is damaged."""


class SchemaTooNewError(StorageError):
    """The database was written by a newer RetroVue."""


class DiskFullError(StorageError):
    """No space left for the catalog."""


class ReadOnlyError(StorageError):
    """The data folder cannot be written."""


class RowError(StorageError):
    """The database refused one row. The others can still be stored."""


class ConfigError(RetroVueError):
    """A setting, rule, name or argument that cannot be used."""


class SecretError(RetroVueError):
    """The token store is absent, locked or refused.

    `reason` is "unavailable", "locked" or "missing".
    """

    def __init__(
        self, text: str, *, hint: str = "", command_hint: str = "", detail: str = "", reason: str = "unavailable"
    ) -> None:
        super().__init__(text, hint=hint, command_hint=command_hint, detail=detail)
        self.reason = reason

    @property
    def is_locked(self) -> bool:
        """Whether the token may be there and only cannot be read now: before the login, after a cancelled prompt.

        Nobody has to sign in for that.
        """
        return self.reason == "locked"


class Cancelled(RetroVueError):  # noqa: N818  # not an error: the user asked for it
    """The user asked to stop. Everything stored so far is kept."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text or _("Canceled."))
