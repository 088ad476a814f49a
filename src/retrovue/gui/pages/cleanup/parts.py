"""The tabs of the page, which are built when they are first chosen."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStackedWidget, QWidget

from retrovue.core.i18n import _
from retrovue.gui.pages.section import CANDIDATES, DISKS, DUPLICATES, EXTRA, Section
from retrovue.gui.widgets.segments import Segments


class Parts(QObject):
    """Keeps heads, tools and contents of the tabs in step. Thread: GUI.

    Attributes:
        heads, tools, contents: stacks with a place for each tab that was built.
        bar: the switch with the tools beside it.
    """

    rules_wanted = Signal()
    """The rules of path mapping instead."""

    def __init__(self, factories: dict[str, Callable[[], Section]], parent: QWidget) -> None:
        super().__init__(parent)
        self.switch = Segments(
            [
                (CANDIDATES, _("Candidates")),
                (DUPLICATES, _("Duplicates")),
                (EXTRA, _("Extra files")),
                (DISKS, _("Disks")),
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
        self._factories = factories
        self._sections: dict[str, Section] = {}

    @property
    def current(self) -> str:
        """The key of the tab in front."""
        return self.switch.current

    @property
    def section(self) -> Section:
        """The tab in front."""
        return self.get(self.current)

    def get(self, key: str) -> Section:
        """A tab, built if it is not there yet.

        Raises:
            KeyError: no such tab.
        """
        section = self._sections.get(key)
        if section is None:
            section = self._sections[key] = self._factories[key]()
            section.rules_wanted.connect(self.rules_wanted)
            self.heads.addWidget(section.head)
            self.tools.addWidget(section.tools)
            self.contents.addWidget(section)
        return section

    @Slot(str)
    def choose(self, key: str) -> None:
        """Bring a tab to the front."""
        self.switch.select(key)
        section = self.get(key)
        self.heads.setCurrentWidget(section.head)
        self.tools.setCurrentWidget(section.tools)
        self.contents.setCurrentWidget(section)
        section.activate()


class _Stack(QStackedWidget):
    """As high as a line, and no wider than what is in front needs."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
