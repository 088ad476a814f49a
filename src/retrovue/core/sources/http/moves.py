"""Redirects: where they lead, and which of them may be followed with a token."""

from urllib.parse import SplitResult, urljoin, urlsplit

from retrovue.core.domain.errors import MovedError, ProtocolError
from retrovue.core.i18n import _
from retrovue.core.sources.http.failures import port_of
from retrovue.core.sources.http.network import redact

MOVED = (301, 302, 303, 307, 308)


def target_of(asked: str, location: str, host: str) -> str:
    """The whole address that a Location means.

    Raises:
        ProtocolError: it is no address.
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
    """Whether two addresses lead to the same program: scheme, host and port."""
    return _place(urlsplit(one)) == _place(urlsplit(other))


def moved(asked: str, target: str, host: str, status: int) -> MovedError:
    """The error for a redirect that is not followed as it is.

    Its `target` is set where it may be followed without a token: on the same host, and never from https down to http.
    A server elsewhere would be a stranger, and a login page is no media server.
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
    """The addresses of servers that a redirect of `path` may mean, the most likely first; three at most.

    A proxy keeps the path (`https://nas/identity`); a server with a base path puts it in front
    (`/jellyfin/System/Info/Public`), or leads to its web page there (`/jellyfin/web/index.html`).
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
