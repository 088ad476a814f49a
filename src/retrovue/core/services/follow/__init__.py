"""Live updates: what a server announces leads to a fetch of just that, after a moment of quiet.

Announcements become the hints of `sources/hints.py`. Hints are never the record. `fold.py`, pure and with the time
passed in, gathers them: 156 frames for one film are one item; more than 200 items are a delta pass of the library.
`fetch.py` works under the library's lock with the same absorber as a sync. A removal is asked for by its id after 5
s; what the server does not know any more leads to a sweep, and only that removes (law 2). Afterwards the library
rests twice as long as it took, so that deleting one film after the other does not become a load. `follower.py` is
one server: a thread listens and folds, the caller's thread fetches; each connection begins with a delta pass, which
finds what was announced meanwhile. Libraries that were never imported, or are synced manually only, are left alone.

While someone streams from the server, on battery and on a metered link the quiet time is three times as long and
one page is asked for at a time (a setting). `system/power.py` knows metered links from NetworkManager only.
"""
