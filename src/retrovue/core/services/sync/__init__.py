"""Keeping the catalog current: exact, cheap, and never losing anything.

`run.py` goes through servers and libraries, with one lock per library across processes. `library.py` chooses the
cheapest tier that can be right: marker (one request a server), delta (what changed since, by the server's clock,
and a count of each kind), sweep (slim pages of ids and change keys, details of what differs), full.

`listing.py` reads pages, several in flight, advances by what arrived, halves the page on a refusal, and judges: a
listing is complete if its distinct ids equal the total of the last page, totals did not move, and every page
arrived. `absorb.py` compares a fingerprint of what is stored with what arrived, in memory, and writes only
differences; a bad item becomes an issue and stops nothing. `absence.py` alone decides about rows that a listing
lacks: found again, held back for review, or removed. Memory is bounded by pages and the map of keys, not by the
library.

What differs between kinds of server is in the sources; `Capabilities` says what this package must know. `notes.py`
keeps what the last proven listing of a library taught (`libraries.listing_notes`): how many more items the server
counts than it lists, and what cannot be read, by its change key. Without it every such library would be compared as
a whole each time. A list that ends before its total proves absence only for a kind with `overcounts`, and only
where two readings with other page sizes were equal and the server, asked by id beside an item that it has, does not
know what is missing.
"""

from retrovue.core.services.sync.run import run_sync

__all__ = ["run_sync"]
