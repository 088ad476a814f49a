"""Conflicts of which somebody said that they are meant so; kept in the settings of the window."""

from collections.abc import Sequence

from PySide6.QtCore import QSettings

from retrovue.core.domain.path_rules import MappingConflict
from retrovue.gui.pages.mapping.words import conflict_key

_KEY = "mapping/intended"


class IntendedConflicts:
    """Remembers conflicts by the rules that they are about. Thread: GUI."""

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings

    @property
    def keys(self) -> list[str]:
        """What `conflict_key` gave for them."""
        # An INI file gives a list of one back as text, and an empty one as nothing.
        stored = self._settings.value(_KEY, [])
        return [str(one) for one in stored] if isinstance(stored, list) else [str(stored)] if stored else []

    def add(self, conflict: MappingConflict) -> None:
        """It is meant so."""
        self._settings.setValue(_KEY, [*self.keys, conflict_key(conflict)])

    def forget(self, conflict: MappingConflict) -> None:
        """Mention it again."""
        self._settings.setValue(_KEY, [one for one in self.keys if one != conflict_key(conflict)])

    def without(self, conflicts: Sequence[MappingConflict]) -> tuple[MappingConflict, ...]:
        """Those that are still to be mentioned."""
        known = self.keys
        return tuple(one for one in conflicts if conflict_key(one) not in known)
