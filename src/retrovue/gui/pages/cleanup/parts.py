"""The tabs of the page, which are built when they are first chosen."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QStackedWidget, QWidget

from retrovue.core.i18n import _
from retrovue.gui.pages.section import CANDIDATES, DISKS, DUPLICATES, EXTRA, Section
from retrovue.gui.widgets.segments import Segments

_GAP = 16


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
        self.bar = _Bar(self.switch, self.tools)
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
        self.bar.arrange()
        section.activate()


class _Bar(QWidget):
    """The switch, and the tools beside it; below it where longer words leave them no room."""

    def __init__(self, switch: QWidget, tools: QStackedWidget) -> None:
        super().__init__()
        self._switch, self._tools = switch, tools
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(switch)
        self._row.addWidget(tools, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look again whether both fit."""
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Put the tools of the tab in front where they fit."""
        shown = self._tools.currentWidget()
        wanted = 0 if shown is None else shown.minimumSizeHint().width()
        fits = self._switch.sizeHint().width() + _GAP + wanted <= self.width()
        self._row.setDirection(QBoxLayout.Direction.LeftToRight if fits else QBoxLayout.Direction.TopToBottom)
        self._row.setSpacing(_GAP if fits else 8)


class _Stack(QStackedWidget):
    """As high as a line, and no wider than what is in front needs."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
