"""Redirects: their targets, and which of them can be followed with a token."""

from urllib.parse import SplitResult, urljoin, urlsplit

from retrovue.core.domain.errors import MovedError, ProtocolError
from retrovue.core.i18n import _
from retrovue.core.sources.http.failures import port_of
from retrovue.core.sources.http.network import redact

MOVED = (301, 302, 303, 307, 308)


def target_of(asked: str, location: str, host: str) -> str:
    """Return the full address of a Location header.

    Raises:
        ProtocolError: it is not an address.
    """
    try:
        target, told = urljoin(asked, location.strip()), urlsplit(location.strip())
        parts = urlsplit(target)
        nowhere = not location.strip() or (told.scheme in ("http", "https") and not told.hostname)
        readable = not nowhere and parts.hostname is not None and port_of(parts) > 0
    except ValueError:
        readable, target = False, location
    if not readable:
        raise ProtocolError(
            _("{host} redirects to an invalid address.").format(host=host),
            hint=_("Check the proxy in front of the server."),
            detail=redact(target[:200]),
        )
    return target


def same_place(one: str, other: str) -> bool:
    """Return whether two addresses have the same scheme, host and port."""
    return _place(urlsplit(one)) == _place(urlsplit(other))


def moved(asked: str, target: str, host: str, status: int) -> MovedError:
    """Return the error for a redirect that is not followed.

    `target` is set if it can be followed without a token: on the same host, and never from https to http. A server on
    another host is unknown, and a login page is not a media server.
    """
    old, new = urlsplit(asked), urlsplit(target)
    same_host = (old.hostname or "").lower() == (new.hostname or "").lower()
    downgrade = old.scheme == "https" and new.scheme != "https"
    may_follow = same_host and not downgrade and new.scheme in ("http", "https") and not new.username
    shown = f"{new.scheme}://{new.netloc.rpartition('@')[2]}"
    hint = _("If that is your media server, use its address.")
    if may_follow:
        hint = _("Test the server. If the same server answers at the new address, RetroVue saves it.")
    return MovedError(
        _("{host} redirects requests to {target}.").format(host=host, target=shown),
        hint=hint,
        detail=redact(target[:200]),
        status=status,
        target=target if may_follow else None,
    )


def bases_behind(target: str, path: str) -> list[str]:
    """Return up to three server addresses that a redirect of `path` can mean, the most likely first.

    A proxy keeps the path (`https://nas/identity`). A server with a base path prepends it
    (`/jellyfin/System/Info/Public`), or redirects to its web page (`/jellyfin/web/index.html`).
    """
    parts = urlsplit(target)
    root = f"{parts.scheme}://{parts.netloc}"
    where = parts.path.rstrip("/")
    if where.lower().endswith(path.lower()):
        return [root + where[: -len(path)]]
    pieces = where.split("/")[1:]
    lower = [piece.lower() for piece in pieces]
    if "web" in lower:
        pieces = pieces[: lower.index("web")]
    found = ["".join(f"/{piece}" for piece in pieces[:count]) for count in range(len(pieces), -1, -1)]
    return [root + base for base in found[:3]]


def _place(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme.lower(), (parts.hostname or "").lower(), port_of(parts)
