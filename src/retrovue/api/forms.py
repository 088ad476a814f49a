"""The fields of a form in the body of a request, in either of the two ways in which programs send one."""

import re
from email.message import Message
from urllib.parse import parse_qsl

_MOST_FIELDS = 200


def fields_of(content_type: str, body: bytes) -> dict[str, str]:
    """Return the fields of a form, files left out; none of a body that is no form.

    Raises:
        ValueError: there are more than anybody needs.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS))
    if kind != "multipart/form-data":
        return {}
    head = Message()
    head["Content-Type"] = re.sub(r"[\r\n]", " ", content_type)
    boundary = head.get_boundary()
    return _parts(body, boundary.encode("latin-1", "replace")) if boundary else {}


def _parts(body: bytes, boundary: bytes) -> dict[str, str]:
    """Not by the parser for mail: it goes as deep into parts of parts as a request likes."""
    found: dict[str, str] = {}
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if len(parts) > _MOST_FIELDS:
        raise ValueError("too many fields")
    for part in parts[1:]:
        head, _empty, content = part.partition(b"\r\n\r\n")
        if part.startswith(b"--"):
            break
        name, file_name = _names(head.decode("utf-8", "replace"))
        if name and file_name is None:
            found[name] = content.decode("utf-8", "replace")
    return found


def _names(head: str) -> tuple[str | None, str | None]:
    """The name of a field, and that of its file where it is one."""
    for line in head.split("\r\n"):
        label, _colon, value = line.partition(":")
        if label.strip().lower() == "content-disposition":
            names = {match[1].lower(): match[2] or match[3] or "" for match in _NAME.finditer(value)}
            return names.get("name"), names.get("filename")
    return None, None


_NAME = re.compile(r';\s*(name|filename)\*?=(?:"([^"]*)"|([^\s;"]+))', re.IGNORECASE)
