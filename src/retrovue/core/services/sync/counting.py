"""Whether a server counts what is stored: the cheapest proof that nothing went."""

from collections.abc import Mapping, Sequence

from retrovue.core.domain.media import ItemKind
from retrovue.core.services.sync.context import LibraryContext
from retrovue.core.services.sync.notes import ListingNotes

Question = tuple[ItemKind, ItemKind | None]
"""A kind, and the one that is asked for together with it."""


def questions(kinds: Sequence[ItemKind], joint: tuple[ItemKind, ItemKind] | None) -> list[Question]:
    """The questions that cover all kinds, as few as the server allows."""
    if joint is None or not set(joint) <= set(kinds):
        return [(kind, None) for kind in kinds]
    first, second = joint
    return [(kind, second if kind is first else None) for kind in kinds if kind is not second]


class Counting:
    """Compares the server's counts with the catalog's, less what is known to differ. Thread: one."""

    def __init__(self, context: LibraryContext, kinds: Sequence[ItemKind], notes: ListingNotes) -> None:
        self._c = context
        self._questions = questions(kinds, context.source.capabilities.joint)
        self._notes = notes

    def agree(self) -> bool:
        """Whether the server counts as many items as are stored and not known to be absent."""
        for question in self._questions:
            kind, also = question
            told = self._c.source.count(self._c.remote, kind, also=also)
            if told is not None and told != self._stored(question) + self._notes.surplus.get(_name(question), 0):
                return False
        return True

    def learn(self, surplus: Mapping[ItemKind, int]) -> None:
        """A listing was just proven complete: remember what is counted beyond what is stored, by kind."""
        for question in self._questions:
            asked = [kind for kind in question if kind is not None]
            if all(kind in surplus for kind in asked):
                self._notes.surplus[_name(question)] = sum(surplus[kind] for kind in asked)

    def _stored(self, question: Question) -> int:
        c = self._c
        return sum(
            c.libraries.present(c.library.id, kind) - c.removals.known_absent(c.library.id, kind)
            for kind in question
            if kind is not None
        )


def _name(question: Question) -> str:
    return "+".join(kind.value for kind in question if kind is not None)
