"""What is told of a copy of the catalog in another database."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table with the rows that both sides have of it."""

    table: str
    rows: int


@dataclass(frozen=True, slots=True)
class CopyProgress:
    """How far a copy is. `table` is the one being copied; rows are those of all tables."""

    table: str
    done: int
    total: int
