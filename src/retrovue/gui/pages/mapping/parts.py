"""The switch between the rules and the other parts of the page, which are built when they are first chosen."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QWidget

from retrovue.core.i18n import _
from retrovue.gui.pages.section import DISKS, DUPLICATES, EXTRA, RULES, Section
from retrovue.gui.widgets.segments import Segments


class Parts(QObject):
    """Keeps heads, tools and contents of the parts in step. Thread: GUI.

    Attributes:
        heads, tools, contents: stacks with a place for each part that was built; the rules are the first.
        bar: the switch with the tools beside it.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.switch = Segments(
            [
                (RULES, _("Rules")),
                (DISKS, _("Disks")),
                (EXTRA, _("Extra files")),
                (DUPLICATES, _("Duplicates")),
            ],
            name=_("What to show"),
        )
        self.switch.chosen.connect(self.choose)
        self.heads, self.tools, self.contents = _Stack(), _Stack(), QStackedWidget()
        self.bar = QWidget()
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(self.switch)
        row.addWidget(self.tools, 1)
        self._factories: dict[str, Callable[[], Section]] = {}
        self._sections: dict[str, Section] = {}
        self._places: dict[str, int] = {}

    @property
    def current(self) -> str:
        """The key of the part in front."""
        return self.switch.current

    @property
    def section(self) -> Section | None:
        """The part in front; None while the rules are."""
        return self._sections.get(self.current)

    def add_rules(self, head: QWidget, tools: QWidget, content: QWidget) -> None:
        """The first part."""
        self._place(RULES, head, tools, content)

    def set_factories(self, factories: dict[str, Callable[[], Section]]) -> None:
        """How the other parts are built."""
        self._factories = factories

    def get(self, key: str) -> Section:
        """A part, built if it is not there yet.

        Raises:
            KeyError: no such part, or the rules.
        """
        section = self._sections.get(key)
        if section is None:
            section = self._sections[key] = self._factories[key]()
            section.rules_wanted.connect(self._on_rules_wanted)
            self._place(key, section.head, section.tools, section)
        return section

    @Slot(str)
    def choose(self, key: str) -> None:
        """Bring a part to the front."""
        self.switch.select(key)
        section = None if key == RULES else self.get(key)
        place = self._places[key]
        for stack in (self.heads, self.tools, self.contents):
            stack.setCurrentIndex(place)
        if section is not None:
            section.activate()
        self.chosen.emit(key)

    def _place(self, key: str, head: QWidget, tools: QWidget, content: QWidget) -> None:
        self._places[key] = self.heads.addWidget(head)
        self.tools.addWidget(tools)
        self.contents.addWidget(content)

    @Slot()
    def _on_rules_wanted(self) -> None:
        self.choose(RULES)


class _Stack(QStackedWidget):
    """As high as a line, and no wider than what is in front needs."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
