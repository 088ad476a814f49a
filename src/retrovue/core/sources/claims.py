"""Validation of values from unverified responses: display names, identities, secrets, addresses.

Discovery and sign-in read responses of unknown programs. An invalid value counts as absent and is never repaired: a
secret with a line break would end up in a header, and a name of one megabyte on the screen.
"""

from urllib.parse import urlsplit

from retrovue.core.sources.documents import text_of

_MAX_NAME = 100
_MAX_IDENTITY = 64
_MAX_SECRET = 1024
_MAX_URL = 500


def shown_name(value: object, fallback: str) -> str:
    """Return a printable name of limited length, or `fallback` if nothing of it is left."""
    text = value if isinstance(value, str) else ""
    shown = "".join(character for character in text[: 10 * _MAX_NAME] if character.isprintable()).strip()
    return shown[:_MAX_NAME] or fallback


def identity_of(value: object) -> str | None:
    """Return a valid identity (machine, account) as text: short, with letters, digits and dashes."""
    text = text_of(value)
    if text is None or len(text) > _MAX_IDENTITY or not text.isascii():
        return None
    return text if text.replace("-", "").replace("_", "").isalnum() else None


def secret_of(value: object) -> str | None:
    """Return a token or code that fits a header and an address: visible ASCII, of limited length."""
    if not isinstance(value, str) or not 0 < len(value) <= _MAX_SECRET:
        return None
    return value if all("!" <= character <= "~" for character in value) else None


def address_of(value: object) -> str | None:
    """Return a server address: http or https with a host, without user, password, query, fragment and final slash."""
    if not isinstance(value, str) or len(value) > _MAX_URL:
        return None
    try:
        parts = urlsplit(value)
        valid = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        return None
    if not valid or parts.username or parts.password or parts.query or parts.fragment:
        return None
    if not value.isprintable() or " " in value or "\\" in value:
        return None
    return value.rstrip("/")
