"""Answers as XML, for programs that ask with `out_type=xml`, in the shape that Tautulli gives them."""

import re
from xml.sax.saxutils import escape

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may have, not even escaped: a title with one of these would make the whole answer unreadable."""


def as_xml(document: dict[str, object]) -> str:
    """Return a document with one root: an element a key, a list as an element that is repeated, nothing as empty."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    for name, value in document.items():
        _add(lines, name, value, "")
    return "\n".join(lines)


def _add(lines: list[str], name: str, value: object, indent: str) -> None:
    if isinstance(value, list):
        for each in value:
            _add(lines, name, each, indent)
    elif isinstance(value, dict) and value:
        lines.append(f"{indent}<{name}>")
        for key, inner in value.items():
            _add(lines, key, inner, indent + "\t")
        lines.append(f"{indent}</{name}>")
    else:
        lines.append(f"{indent}<{name}>{_text(value)}</{name}>")


def _text(value: object) -> str:
    if value is None or value == {}:
        return ""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return escape(_NOT_XML.sub("", text))
