"""Statistics in the catalog: counted from plays, and from sums beside them for whole months.

What is kept beside the plays is never older than them. Triggers note each play that is written, changed or deleted by
anybody, in the transaction that does so (`play_changes`); before a view is read, what was noted is worked off and the
months it touched are summed again. A view is read in the transaction that found nothing left to do.

- `facts`: plays and sittings as statistics count them, and what each view counts by.
- `sittings`: which plays follow each other.
- `rollups`: sums of whole months of a zone, the most streams at once, and when they are current.
- `counting`: the repository.
"""
