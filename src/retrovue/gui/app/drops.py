"""What can be dropped on the window: the address of a server, or a backup of the catalog."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from PySide6.QtCore import QMimeData


def dropped(data: QMimeData) -> str | Path | None:
    """The address, without query, user and the page of the web player; or the path of a backup; None: neither."""
    urls = [url for url in data.urls() if url.isValid()] if data.hasUrls() else []
    if len(urls) == 1 and urls[0].isLocalFile():
        path = Path(urls[0].toLocalFile())
        return path if path.suffix.lower() == ".db" else None
    text = urls[0].toString() if len(urls) == 1 else data.text().strip() if data.hasText() else ""
    return _address(text)


def _address(text: str) -> str | None:
    if not text.lower().startswith(("http://", "https://")) or any(sign.isspace() for sign in text):
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host:
        return None
    # A query may hold a token, and people drag the address of the page that they look at.
    base = parts.path.partition("/web/")[0].removesuffix("/web").rstrip("/")
    place = f"[{host}]" if ":" in host else host
    return urlunsplit((parts.scheme, place if port is None else f"{place}:{port}", base, "", ""))
