"""No e-mail address leaves: Plex names people who chose no username by theirs."""

import re
from typing import Any

import msgspec

_MAIL = re.compile(r"([^@\s/\\]+)@[^@\s/\\]+\.[A-Za-z]{2,}")


def encoded(document: Any) -> bytes:
    """Return a document as JSON, without addresses of mail."""
    body = msgspec.json.encode(document)
    # Nearly every answer has none: only one that might is gone through.
    return msgspec.json.encode(without_mail(document)) if b"@" in body else body


def without_mail(document: Any) -> Any:
    """Return a document in which every text that is an address of mail is only its name, the part before the @."""
    if isinstance(document, str):
        found = _MAIL.fullmatch(document) if "@" in document else None
        return document if found is None else found[1]
    if isinstance(document, dict):
        return {key: without_mail(value) for key, value in document.items()}
    if isinstance(document, list | tuple):
        return [without_mail(value) for value in document]
    return document
