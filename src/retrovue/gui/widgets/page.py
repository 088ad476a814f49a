"""What the frame expects of a page, and the head that every page has."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QVBoxLayout, QWidget

from retrovue.core.i18n import _
from retrovue.gui.theme import icons
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.menus import Menu
from retrovue.gui.widgets.tips import plain_tip

PAGE_MARGIN = 24
FOLD_WIDTH = 1120
"""Below this window width the rail shows icons only and secondary actions fold into a menu."""


class Page(QWidget):
    """One page of the window. Override what the page has an answer to. Thread: GUI."""

    def activate(self) -> None:
        """The page has come to the front; the first time is right after it was built."""

    def start_search(self) -> None:
        """Ctrl+F: put the cursor into the search field."""

    def refresh(self) -> None:
        """F5: read again what is shown."""

    def escape(self) -> bool:
        """Esc: close or clear what is open; False when there was nothing."""
        return False


@dataclass(frozen=True)
class PageSpec:
    """A page that the window can show.

    Args:
        key: names the page in code, settings and links ("library").
        title: translated title, in the rail and the Go menu.
        icon: icon name; a "-fill" twin is used while the page is selected.
        factory: builds the page when it is first shown. Called on the GUI thread.
        shortcut: key sequence; without one the page gets Ctrl+1 … 9 by its place.
        bottom: stands at the lower end of the rail.
        widest_badge: the widest that its entry in the rail will show; empty where it has none.
    """

    key: str
    title: str
    icon: str
    factory: Callable[[], Page]
    shortcut: str | None = None
    bottom: bool = False
    widest_badge: str = ""


@dataclass
class PageAction:
    """A button in the page head.

    Args:
        text: what the act is called; ends in "…" when a dialog follows.
        icon: its icon.
        triggered: called on click.
        primary: the one thing this page is for; never folds away.
        menu: opened on click; beside `triggered` it has an arrow of its own (a split button).
    """

    text: str
    icon: str | None = None
    triggered: Callable[[], None] | None = None
    primary: bool = False
    menu: QMenu | None = None
    enabled: bool = True
    why_disabled: str = ""
    button: Button | None = field(default=None, init=False)


class PageHead(QWidget):
    """Title, one line of summary, and the page's actions; in a narrow window they fold into "…"."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions: list[PageAction] = []
        self._folded = False
        self._title = label(title, FontRole.PAGE_TITLE)
        self._title.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._subtitle = ElidedLabel(tone="text2")
        self._overflow = Button(icon="dots-three", name=_("More actions"))
        self._overflow_menu = Menu(self._overflow)
        self._overflow_menu.aboutToShow.connect(self._fill_overflow)
        self._overflow.setMenu(self._overflow_menu)
        self._overflow.hide()
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        words = QHBoxLayout()
        words.setSpacing(16)
        words.addWidget(self._title, 0, Qt.AlignmentFlag.AlignBaseline)
        words.addWidget(self._subtitle, 1, Qt.AlignmentFlag.AlignBaseline)
        line = QHBoxLayout(self)
        line.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 0)
        line.setSpacing(16)
        line.addLayout(words, 1)
        line.addLayout(self._row)
        self._row.addWidget(self._overflow)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def title_label(self) -> QLabel:
        """The title, for tests and for a buddy."""
        return self._title

    @property
    def folded(self) -> bool:
        """Whether secondary actions are in the menu."""
        return self._folded

    def set_subtitle(self, text: str) -> None:
        """The summary beside the title, such as "4 servers · 9 of 12 libraries on"."""
        self._subtitle.set_text(text)

    def add_action(self, action: PageAction) -> Button:
        """Add a button at the end of the row and return it."""
        kind = ButtonKind.PRIMARY if action.primary else ButtonKind.SECONDARY
        button = Button(action.text, kind=kind, icon=action.icon)
        if action.triggered is not None:
            button.clicked.connect(action.triggered)
            button.set_choices(action.menu)
        elif action.menu is not None:
            button.setMenu(action.menu)
        button.setEnabled(action.enabled)
        button.setToolTip(plain_tip("" if action.enabled else action.why_disabled))
        action.button = button
        self._actions.append(action)
        self._row.insertWidget(self._row.count() - 1, button)
        button.setHidden(self._folded and not action.primary)
        self._overflow.setHidden(not self._has_hidden())
        return button

    def sizeHint(self) -> QSize:
        """60 px high."""
        return QSize(480, 60)

    def minimumSizeHint(self) -> QSize:
        """Title, primary action and the "…" button; everything else folds."""
        width = 2 * PAGE_MARGIN + self._title.sizeHint().width() + 48
        width += sum(a.button.sizeHint().width() + 8 for a in self._actions if a.primary and a.button)
        return QSize(width, 60)

    def event(self, event: QEvent) -> bool:
        """Fold before the layout asks for more room than there is."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.ParentChange):
            self._fold()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold and unfold with the window."""
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        folded = self.window().width() < FOLD_WIDTH and sum(not a.primary for a in self._actions) > 0
        if folded == self._folded:
            return
        self._folded = folded
        for action in self._actions:
            if action.button is not None and not action.primary:
                action.button.setHidden(folded)
        self._overflow.setVisible(self._has_hidden())

    def _has_hidden(self) -> bool:
        return self._folded and any(not action.primary for action in self._actions)

    @Slot()
    def _fill_overflow(self) -> None:
        self._overflow_menu.clear()
        for action in self._actions:
            if action.primary or action.button is None:
                continue
            if action.menu is not None:
                action.menu.setTitle(action.text)
                self._overflow_menu.addMenu(action.menu)
                continue
            entry = QAction(action.text, self._overflow_menu)
            if action.icon is not None:
                entry.setIcon(icons.icon(action.icon))
            entry.setEnabled(action.button.isEnabled())
            entry.triggered.connect(action.button.click)
            self._overflow_menu.addAction(entry)


def page_layout(page: QWidget, head: PageHead) -> QVBoxLayout:
    """The column of a page: its head at the top, content with the page margin below."""
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(head)
    content = QVBoxLayout()
    content.setContentsMargins(PAGE_MARGIN, 0, PAGE_MARGIN, 16)
    content.setSpacing(16)
    column.addLayout(content, 1)
    return content
