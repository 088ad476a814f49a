"""What follows when only some items of a library were read: one show, or what the server's hints named."""

import json
from collections.abc import Sequence

from retrovue.core.domain.media import ItemKind
from retrovue.core.services.sync.absence import is_too_many
from retrovue.core.services.sync.absorb import Absorber
from retrovue.core.services.sync.notes import ListingNotes
from retrovue.core.storage.libraries import LibraryRepository


def settle_pieces(
    absorber: Absorber, libraries: LibraryRepository, library_id: int, kinds: Sequence[ItemKind], *, now: int
) -> None:
    """Store what lost versions, and note for the next sync which items are doubted (see `losses`).

    Call it while the library's lock is held.
    """
    stored = libraries.present(library_id, *kinds)
    held_back = absorber.settle_losses(lambda lost: is_too_many(lost, stored))
    absorber.counts.held_back += held_back
    notes = ListingNotes.of(libraries.cursor(library_id).listing_notes)
    before = notes.stored()
    notes.keep_doubts(absorber.doubts, asked=absorber.taken, now=now)
    after = notes.stored()
    if after != before:
        libraries.change(library_id, listing_notes=None if after is None else json.dumps(after, ensure_ascii=False))
