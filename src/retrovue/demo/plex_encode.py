"""Encoding of Plex documents: JSON, XML, and the tree-shaped JSON of 2015."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from retrovue.demo.plex_items import Document

_ILLEGAL_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile('[\x00-\x1f&<"\ud800-\udfff\ufffe\uffff]')
_TAGS = {"movie": "Video", "episode": "Video", "clip": "Video", "track": "Track", "photo": "Photo"}
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def json_fragment(document: Document) -> bytes:
    """Encode one document as JSON."""
    return _ENCODER.encode(document).encode("utf-8", "surrogatepass")


def xml_fragment(name: str, document: Document) -> bytes:
    """Encode one document as an XML element; a `Metadata` element is named after its type."""
    parts: list[str] = []
    _write_xml(parts, name, document)
    return "".join(parts).encode("utf-8")


def _write_xml(parts: list[str], name: str, document: Document) -> None:
    tag = _TAGS.get(document.get("type", ""), "Directory") if name == "Metadata" else name
    parts.append(f"<{tag}")
    children: list[tuple[str, Document]] = []
    for key, value in document.items():
        kind = type(value)
        if kind is str:
            parts.append(f' {key}="{xml_text(value) if _SPECIAL.search(value) else value}"')
        elif kind is int:
            parts.append(f' {key}="{value}"')
        elif kind is list:
            children.extend([(key, child) for child in value])
        elif kind is dict:
            children.append((key, value))
        elif value is not None:
            parts.append(f' {key}="{xml_text(value)}"')
    if not children:
        parts.append("/>")
        return
    parts.append(">")
    for key, child in children:
        _write_xml(parts, key, child)
    parts.append(f"</{tag}>")


def xml_text(value: Any) -> str:
    """Give an attribute's text: booleans as 1 and 0, line breaks kept, illegal characters dropped."""
    if isinstance(value, bool):
        return "1" if value else "0"
    text = _ILLEGAL_XML.sub("", str(value))
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;")


def container_bytes(attributes: Document, key: str, fragments: Iterable[bytes], *, xml: bool) -> bytes:
    """Give a whole `MediaContainer` around encoded children; without children `key` is absent, as on servers."""
    joined = (b"" if xml else b",").join(fragments)
    if xml:
        head = xml_fragment("MediaContainer", attributes)
        opened = head[:-2] + b">" if head.endswith(b"/>") else head.removesuffix(b"</MediaContainer>")
        return b'<?xml version="1.0" encoding="UTF-8"?>\n' + opened + joined + b"</MediaContainer>\n"
    head = json_fragment(attributes)[:-1]
    if not joined:
        return b'{"MediaContainer":' + head + b"}}"
    comma = b"," if attributes else b""
    return b'{"MediaContainer":' + head + comma + f'"{key}":['.encode() + joined + b"]}}"


def legacy_tree(body: bytes) -> bytes:
    """Turn a JSON answer into the `_elementType`/`_children` tree that servers of 2015 sent."""
    return json_fragment(_tree("MediaContainer", json.loads(body)["MediaContainer"]))


def _tree(name: str, document: Document) -> Document:
    tag = _TAGS.get(document.get("type", ""), "Directory") if name == "Metadata" else name
    tree: Document = {"_elementType": tag}
    children: list[Document] = []
    for key, value in document.items():
        if isinstance(value, list):
            children.extend(_tree(key, child) for child in value)
        elif isinstance(value, dict):
            children.append(_tree(key, value))
        else:
            tree[key] = value
    tree["_children"] = children
    return tree
