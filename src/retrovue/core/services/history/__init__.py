"""The history: what was played, listed, exported, taken out and brought back.

A play belongs to the day of its start, in the time zone of this computer. Nothing is taken out for good: every deletion
has a name that brings it back until the catalog is purged.
"""
