"""Responses that are errors: from status and body to a `SourceError`."""

from collections.abc import Mapping

from retrovue.core.domain.errors import (
    AuthError,
    ForbiddenError,
    NotFoundError,
    PageTooLargeError,
    ProtocolError,
    ProxyError,
    SourceError,
    StartingError,
)
from retrovue.core.i18n import _
from retrovue.core.sources.claims import shown_name
from retrovue.core.sources.http import remedies
from retrovue.core.sources.http.network import redact

_HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")
_SNIPPET_BYTES = 200
_PROXY_SCHEMES = frozenset(("basic", "digest", "negotiate", "ntlm"))
"""Authentication schemes that media servers do not have, so a proxy in front of the server requires them."""


def looks_like_html(content_type: str, body: bytes) -> bool:
    """Return whether a response is a web page: by its first bytes, or by its type if the body is not data."""
    start = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_HTML_STARTS):
        return True
    # Some proxies label XML and JSON as text/html, so a body that starts like data is data.
    return content_type == "text/html" and not start.startswith((b"{", b"[", b"<?xml", b"<mediacontainer"))


def portal(host: str) -> ProtocolError:
    """Return the error for a web page instead of data: a captive portal, or the login page of a proxy."""
    return ProtocolError(
        _("{host} returned a web page, not a media server: probably a network login page.").format(host=host),
        hint=_("Sign in to the network in a browser, or check the address and any proxy in front of the server."),
    )


def error_of(
    status: int,
    body: bytes,
    *,
    host: str,
    page_size: int | None,
    headers: Mapping[str, str] | None = None,
    program: str = "",
) -> SourceError | None:
    """Return the error for an HTTP status, or None for success.

    A refused page of a listing (400, 413, 414) becomes `PageTooLargeError`. `headers` distinguish a refusal of a proxy
    from one of the server. `program` is that of the connection.
    """
    if 200 <= status < 300:
        return None
    detail = f"HTTP {status}"
    headers = headers or {}
    if body and not looks_like_html("", body):
        detail += ": " + redact(body[:_SNIPPET_BYTES].decode("utf-8", "replace"))
    match status:
        case 401 if (headers.get("WWW-Authenticate") or "").partition(" ")[0].lower() in _PROXY_SCHEMES:
            return of_a_proxy(status, host, headers, detail, program)
        case 401 | 498:
            return AuthError(detail=detail)
        case 403:
            text = _("This account does not have permission to do that on {host}.").format(host=host)
            hint = _("Sign in with the account that owns the server, or ask the owner.")
            return ForbiddenError(text, hint=hint, detail=detail)
        case 404:
            text = _("{host} has nothing at this address.").format(host=host)
            hint = _("Check the base path of the address, if it has one.")
            return NotFoundError(text, hint=hint, detail=detail)
        case 400 | 413 | 414 if page_size is not None:
            text = _("{host} refused a page of {count} items.").format(host=host, count=page_size)
            return PageTooLargeError(text, hint=_("RetroVue will request smaller pages."), detail=detail)
        case 407 | 511:
            return portal(host)
    text, hint = _failed(status, host, program)
    kind = StartingError if status == 503 else ProtocolError
    return kind(text, hint=hint, detail=detail, status=status)


def of_a_proxy(status: int, host: str, headers: Mapping[str, str], detail: str, program: str = "") -> ProxyError:
    """Return the error for a refusal by a proxy, which says nothing about an account on the server."""
    name = shown_name(headers.get("Server", "").partition("/")[0], "")
    if status == 403:
        text = _("{host} refuses requests before anyone can sign in.").format(host=host)
        hint = _("Check the proxy in front of the server and which addresses may reach it.")
    else:
        text = _("A proxy in front of {host} asks for its own sign-in.").format(host=host)
        hint = remedies.pass_on(program)
    if name:
        hint = _("{name} responded. {hint}").format(name=name, hint=hint)
    return ProxyError(text, hint=hint, detail=detail, status=status)


def _failed(status: int, host: str, program: str) -> tuple[str, str]:
    """Return text and hint for statuses without their own error class."""
    if status in (502, 504):
        return remedies.no_response_behind(host, program), remedies.check_running(program)
    if status == 503:
        text = _("{host} is starting up, busy or under maintenance.").format(host=host)
        return text, _("Try again in a few minutes.")
    if status >= 500:
        text = _("{host} reported an internal error (HTTP {status}).").format(host=host, status=status)
        return text, remedies.check_log(program)
    text = _("{host} refused the request (HTTP {status}).").format(host=host, status=status)
    return text, remedies.check_version(program)
