"""Keeping the catalog current: exact, cheap, and never losing anything.

run.py        a whole sync: servers, libraries, locks, what is kept of a run
library.py    one library: which tier, and what follows from what it found
listing.py    reading a listing in pages, several in flight, and judging whether it was complete
absorb.py     comparing what arrived with what is stored, and writing only differences
absence.py    what is absent: found again, held back, or removed
progress.py   how far it is, told at most ten times a second
"""

from retrovue.core.services.sync.run import run_sync

__all__ = ["run_sync"]
