"""Keeping the catalog current: exact, cheap, and never losing anything.

`run.py` goes through servers, `server.py` through the libraries of one, with one lock per library across
processes. `library.py` chooses the cheapest tier that can be right: marker (a few requests a server), delta
(what changed since, by the server's clock, and a count of each kind), sweep (slim pages of ids and change
keys, details of what differs), full.

`listing.py` reads pages, several in flight, advances by what arrived, halves the page on a refusal, and judges: a
listing is complete if its distinct ids equal the total of the last page, totals did not move, and every page
arrived. `absorb.py` compares a fingerprint of what is stored with what arrived, in memory, and writes only
differences; a bad item becomes an issue and stops nothing. `absence.py` alone decides about rows that a listing
lacks: found again, held back for review, or removed. Memory is bounded by pages and the map of keys, not by the
library.

An item that arrives without its files, its name or some of its parts is doubted (`losses.py`): what is stored stays,
the run names it, and the next sync requests it again. Versions may go, but like removals not of many items at once.
Shares are counted on the library as it was before the run. A list that lacks items the server knows is read again,
and removes nothing unless it lacks the same ones.

What differs between kinds of server is in the sources; `Capabilities` says what this package must know. `notes.py`
keeps what the last proven listing of a library taught (`libraries.listing_notes`): how many more items the server
counts than it lists, and what cannot be read, by its change key. Without it every such library would be compared as
a whole each time. A list that ends before its total proves absence only for a kind with `overcounts`, and only
where two readings with other page sizes were equal and the server, asked by id beside an item that it has, does not
know what is missing.

Emby and Jellyfin have no marker. `survey.py` asks about all libraries at once what was saved and how many items
there are; that number counts also what is not imported, so it is compared by the difference that was learned when
each library had just been found as stored and nothing was saved meanwhile. The newest items show what has no save
date, and a joint question is believed once it counted as many as single ones. Any doubt asks library by library.
`watched.py` looks at what the account watched last and at how many that are: on Jellyfin marking moves neither save
date nor Etag. `look.py` puts the two together for `server.py`.
"""

from retrovue.core.services.sync.run import run_sync

__all__ = ["run_sync"]
