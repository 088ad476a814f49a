"""Collections of the Plex dialect: how a section lists them, and which hubs they are promoted to."""

from __future__ import annotations

from retrovue.demo.plex_items import Document
from retrovue.demo.store import LibraryStore


def collection_documents(library: LibraryStore, section: str) -> list[Document]:
    """Give the collections of a section as `/library/sections/{id}/collections` lists them."""
    return [
        {
            "ratingKey": str(one.id),
            "key": f"/library/collections/{one.id}/children",
            "guid": f"collection://{one.id:032x}",
            "type": "collection",
            "title": one.title,
            "subtype": library.sections[section].kind,
            "summary": "",
            "addedAt": one.added_at,
            "updatedAt": one.added_at,
            "childCount": str(len(one.item_ids)),
        }
        for one in library.collections.values()
        if one.section == section
    ]


def hub_documents(library: LibraryStore, section: str) -> list[Document]:
    """Give the managed hubs of a section: one that every section has, and the collections that somebody promoted."""
    recent: Document = {
        "identifier": "movie.recentlyadded", "title": "Recently Added", "promotedToRecommended": True,
        "promotedToOwnHome": True, "promotedToSharedHome": True, "deletable": False,
    }  # fmt: skip
    promoted = [one for one in library.collections.values() if one.section == section and one.promoted]
    return [
        recent,
        *(
            {
                "identifier": f"custom.collection.{section}.{one.id}", "title": one.title,
                "promotedToRecommended": True, "promotedToOwnHome": True, "promotedToSharedHome": False,
                "deletable": True,
            }
            for one in promoted
        ),
    ]  # fmt: skip
