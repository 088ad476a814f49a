"""Every trigger of the catalog: what a file may hold, and what it must."""

from retrovue.core.storage.tables import listed, statistics, watched_items

TRIGGERS = {**statistics.TRIGGERS, **listed.TRIGGERS, **watched_items.TRIGGERS}
"""name → the rest of CREATE TRIGGER."""


def own_trigger(name: str) -> str | None:
    """The statement that makes a trigger of ours; None for any other name."""
    return f"CREATE TRIGGER {name} {TRIGGERS[name]}" if name in TRIGGERS else None
