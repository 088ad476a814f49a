"""Addresses: private networks, proxies, and display without secrets."""

import ipaddress
import re
import urllib.request
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from retrovue.core.domain.errors import UnreachableError
from retrovue.core.i18n import _

_SECRETS = re.compile(r"(?i)((?:x-plex-|x-emby-|x-mediabrowser-)?(?:token|api_?key|access_?token)=\"?)[^&\s\"'<>]+")
_USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
_PRIVATE_NAME = re.compile(r"(?i)^(?:localhost|[^.]+|.+\.(?:local|lan|home|internal|home\.arpa|localdomain))$")
_PLEX_DIRECT = re.compile(r"(?i)^(\d+-\d+-\d+-\d+)\.[0-9a-f]+\.plex\.direct$")


def redact(text: str) -> str:
    """Return `text` with tokens and keys in addresses replaced by an ellipsis. Thread: any."""
    return _USER_INFO.sub("…@", _SECRETS.sub(r"\1…", text))


def parse_base(url: str) -> SplitResult:
    """Split a server address `http(s)://host[:port][/base]`.

    Raises:
        UnreachableError: it is not such an address (layer "address").
    """
    try:
        parts = urlsplit(url.strip())
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
        if valid and parts.hostname is not None:
            parts.hostname.encode("idna")
    except (ValueError, UnicodeError):
        valid = False
        parts = SplitResult("", "", "", "", "")
    if not valid:
        raise UnreachableError(
            _("“{url}” is not a server address.").format(url=redact(url)),
            hint=_("Enter it like http://nas:32400 or https://media.example.org."),
            layer="address",
        )
    return parts


@lru_cache(maxsize=256)
def host_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the IP address in a host name, also in a plex.direct name; None for other names."""
    if match := _PLEX_DIRECT.match(host):
        host = match.group(1).replace("-", ".")
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Return whether the host is this computer."""
    address = host_address(host)
    return address.is_loopback if address else host.lower().rstrip(".") == "localhost"


def is_private(host: str) -> bool:
    """Return whether the host is on loopback or a private network, from its name alone (no look-up)."""
    address = host_address(host)
    if address is not None:
        return address.is_private or address.is_loopback or address.is_link_local
    return bool(_PRIVATE_NAME.match(host.rstrip(".")))


def proxies_for(parts: SplitResult) -> dict[str, str]:
    """Return the proxies of system or environment for this address; none for loopback and exceptions."""
    host = parts.hostname or ""
    if is_loopback(host):
        # A forgotten proxy setting must not block a server on the same computer.
        return {}
    if urllib.request.proxy_bypass(host):
        return {}
    proxies = urllib.request.getproxies()
    return {name: proxies[name] for name in ("http", "https", "all") if proxies.get(name)}


def retry_after_s(value: str | None, now: float) -> float | None:
    """Return the seconds of a Retry-After header (a number or a date; `now` in epoch seconds), or None."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except (ValueError, OverflowError, OSError):
        return None
