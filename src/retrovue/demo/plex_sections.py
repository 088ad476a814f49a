"""Sections of the Plex dialect and the description of their filters."""

from __future__ import annotations

from retrovue.demo.model import Section
from retrovue.demo.plex_items import Document

TYPES: dict[str, str] = {
    "1": "movie", "2": "show", "3": "season", "4": "episode", "8": "artist", "9": "album", "10": "track",
    "13": "photo", "14": "photoalbum", "18": "collection",
}  # fmt: skip
_LEVELS = {"movie": ("movie",), "show": ("show", "season", "episode"), "artist": ("artist",), "photo": ("photo",)}
_FIELDS = (
    ("title", "string"), ("studio", "string"), ("year", "integer"), ("contentRating", "tag"), ("genre", "tag"),
    ("addedAt", "date"), ("updatedAt", "date"), ("lastViewedAt", "date"), ("originallyAvailableAt", "date"),
    ("viewCount", "integer"), ("duration", "integer"), ("unwatched", "boolean"), ("trash", "boolean"),
)  # fmt: skip
_SORTS = ("titleSort", "addedAt", "updatedAt", "originallyAvailableAt", "lastViewedAt", "viewCount", "duration", "year")
_OPERATORS = {
    "tag": ("=", "!="),
    "integer": ("=", "!=", ">>=", "<<="),
    "string": ("=", "!=", "==", "!==", "<=", ">="),
    "boolean": ("=", "!="),
    "date": ("<<=", ">>="),
}


def section_document(section: Section) -> Document:
    """Give a section as `/library/sections` lists it."""
    return {
        "allowSync": True,
        "art": f"/:/resources/{section.kind}-fanart.jpg",
        "composite": f"/library/sections/{section.key}/composite/{section.scanned_at}",
        "filters": True,
        "refreshing": section.refreshing,
        "thumb": f"/:/resources/{section.kind}.png",
        "key": section.key,
        "type": section.kind,
        "title": section.title,
        "agent": section.agent,
        "scanner": section.scanner,
        "language": section.language,
        "uuid": section.uuid,
        "updatedAt": section.updated_at,
        "createdAt": section.created_at,
        "scannedAt": section.scanned_at,
        "content": True,
        "directory": True,
        "contentChangedAt": section.content_marker,
        "hidden": section.hidden,
        "Location": [{"id": root.id, "path": root.path} for root in section.roots],
    }


def listing_attributes(section: Section, view_group: str) -> Document:
    """Give the container's attributes of a list inside a section."""
    return {
        "allowSync": True,
        "art": f"/:/resources/{section.kind}-fanart.jpg",
        "identifier": "com.plexapp.plugins.library",
        "librarySectionID": int(section.key),
        "librarySectionTitle": section.title,
        "librarySectionUUID": section.uuid,
        "mediaTagPrefix": "/system/bundle/media/flags/",
        "mediaTagVersion": 1_734_362_201,
        "nocache": True,
        "thumb": f"/:/resources/{section.kind}.png",
        "title1": section.title,
        "title2": f"All {section.title}",
        "viewGroup": view_group,
    }


def meta_document(section: Section) -> Document:
    """Give the filters, sorts and operators of a section (`includeMeta=1`)."""
    base = f"/library/sections/{section.key}"
    types = [
        {
            "key": f"{base}/all?type={next(number for number, kind in TYPES.items() if kind == level)}",
            "type": level,
            "title": f"{level.title()}s",
            "active": level == section.kind,
            "Filter": [
                {"filter": name, "filterType": kind, "key": f"{base}/{name}", "title": name, "type": "filter"}
                for name, kind in _FIELDS
            ],
            "Sort": [
                {"defaultDirection": "asc", "descKey": f"{name}:desc", "key": name, "title": name} for name in _SORTS
            ],
            "Field": [
                {"key": name if level == section.kind else f"{level}.{name}", "title": name, "type": kind}
                for name, kind in _FIELDS
            ],
        }
        for level in _LEVELS[section.kind]
    ]
    operators = [
        {"type": kind, "Operator": [{"key": key, "title": key} for key in keys]} for kind, keys in _OPERATORS.items()
    ]
    return {"Type": types, "FieldType": operators}
