"""Beside the preview: a suggested rule, files not looked for yet, and conflicts; narrow windows get one line each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from retrovue.core.domain.path_rules import ConflictKind, MappingConflict
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.pages.mapping.words import conflict_words, evidence_lines
from retrovue.gui.theme import tokens
from retrovue.gui.theme.style import FontRole, fixed_font
from retrovue.gui.widgets.busy import BusyIcon
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.flow import FlowLayout
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.notices import Banner, NoticeAction, Tone, ToneIcon
from retrovue.gui.widgets.states import StateLook, StatePill
from retrovue.gui.widgets.tips import plain_tip

if TYPE_CHECKING:
    from retrovue.core.services.mapping.proposals import Proposal

_MOST_CONFLICTS = 4
_MOST_SUGGESTIONS = 4
_ICONS = {"info": "info-fill", "warning": "warning-fill", "danger": "x-circle-fill"}


@dataclass(frozen=True)
class SuggestState:
    """How far suggesting is. `found` None: nobody asked."""

    is_running: bool = False
    server: str = ""
    found: "tuple[Proposal, ...] | None" = None

    @property
    def first(self) -> "Proposal | None":
        """The suggestion on screen."""
        return self.found[0] if self.found else None


@dataclass(frozen=True)
class SideState:
    """Everything that stands beside the preview."""

    suggest: SuggestState = SuggestState()
    unchecked: int = 0
    conflicts: tuple[MappingConflict, ...] = ()
    numbers: Mapping[int, int] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        suggest = self.suggest
        return not (suggest.is_running or suggest.found is not None or self.unchecked or self.conflicts)


class SideNotice(QFrame):
    """A banner for a narrow column: icon and bold heading, sentences, links below."""

    def __init__(
        self, tone: str, title: str, sentences: str, actions: Sequence[NoticeAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._tone = tone
        self.setAccessibleName(f"{title}. {sentences}")
        outer = QVBoxLayout(self)
        # A link has 4 px of its own around its text, which has to stand below the other texts.
        outer.setContentsMargins(11, 13, 14, 10)
        outer.setSpacing(6)
        column = QVBoxLayout()
        column.setContentsMargins(4, 0, 0, 0)
        column.setSpacing(6)
        outer.addLayout(column)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(ToneIcon(_ICONS[tone], tone))
        head.addWidget(label(title, FontRole.SECTION, wrap=True), 1)
        column.addLayout(head)
        column.addWidget(_wrapped(sentences))
        links = QWidget()
        flow = FlowLayout(links, gap=8)
        for action in actions:
            button = Button(action.text, kind=ButtonKind.LINK)
            button.clicked.connect(action.triggered)
            flow.addWidget(button)
        outer.addWidget(links)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint fill and border as a banner does."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        soft = active.color(f"{self._tone}_soft")
        painter.setPen(QPen(tokens.blend(active.color(self._tone), soft, 0.4), 1))
        painter.setBrush(soft)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)


class SuggestionCard(Card):
    """A suggested rule with what speaks for it."""

    def __init__(self, found: "Proposal", more: int, side: "SidePanel", parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self.setAccessibleName(_("Suggested rule"))
        self.body.setSpacing(8)
        suggestion = found.suggestion
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(ToneIcon("lightbulb-fill", "accent"))
        head.addWidget(label(_("Suggested rule"), FontRole.SECTION, wrap=True), 1)
        evidence = suggestion.evidence
        is_sure = evidence.found == evidence.sampled and evidence.share_equal == 1
        words = _("{n} of {total}").format(n=text.number(evidence.found), total=text.number(evidence.sampled))
        look = StateLook("check" if is_sure else "warning", "success" if is_sure else "warning", words)
        head.addWidget(StatePill(look, filled=True))
        self.body.addLayout(head)
        self.body.addWidget(_PathBox(suggestion.server_path, suggestion.local_path))
        for line in evidence_lines(found):
            self.body.addLayout(_evidence(line))
        self.use = Button(_("Use this rule"))
        self.use.clicked.connect(lambda: side.use_requested.emit(found))
        self.show_files = Button(_("Show files"))
        self.show_files.clicked.connect(lambda: side.show_requested.emit(found))
        self.dismiss = Button(icon="x", kind=ButtonKind.FLAT, name=_("Dismiss"), height=26)
        self.dismiss.clicked.connect(lambda: side.dismiss_requested.emit(found))
        head.addWidget(self.dismiss)
        # Longer words take a second line: the column is no wider than it is.
        buttons = QWidget()
        flow = FlowLayout(buttons, gap=8)
        flow.addWidget(self.use)
        flow.addWidget(self.show_files)
        self.body.addWidget(buttons)
        if more:
            words = ngettext("{n} more suggestion", "{n} more suggestions", more).format(n=more)
            self.body.addWidget(label(words, FontRole.SMALL, tone="text2"))


class _PathBox(QFrame):
    """Two paths in the fixed font on a plate."""

    def __init__(self, server_path: str, local_path: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 7, 10, 7)
        column.setSpacing(2)
        for path, tone in ((server_path, "text2"), (local_path, "text")):
            column.addWidget(
                ElidedLabel(path, mode=Qt.TextElideMode.ElideMiddle, text_font=fixed_font(FontRole.SMALL), tone=tone)
            )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        active = tokens.of(self.palette())
        painter.setPen(active.color("border"))
        painter.setBrush(active.color("alt"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)


class SidePanel(QWidget):
    """Shows a `SideState` as cards in a column, or as one line each. Widgets are made anew for each state.

    Signals:
        use_requested, show_requested, dismiss_requested: with a `Proposal`.
        cancel_requested: stop searching. look_requested: search in a folder that is still to be named.
        check_requested: look for the files.
        show_rules: ids of rules to show. intended: a conflict that is meant so. remove_requested: a rule's id.
    """

    use_requested = Signal(object)
    show_requested = Signal(object)
    dismiss_requested = Signal(object)
    closed = Signal()
    cancel_requested = Signal()
    look_requested = Signal()
    check_requested = Signal()
    show_rules = Signal(object)
    intended = Signal(object)
    remove_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = SideState()
        self._narrow = False
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._outer.addWidget(self._area)
        self._line: QWidget | None = None
        self.show_state(self._state)

    @property
    def state(self) -> SideState:
        """What is shown."""
        return self._state

    def show_state(self, state: SideState) -> None:
        """Show another state."""
        self._state = state
        self._rebuild()

    def set_narrow(self, *, narrow: bool) -> None:
        """One line each, above the preview, or cards beside it."""
        if narrow != self._narrow:
            self._narrow = narrow
            self._rebuild()

    def _rebuild(self) -> None:
        content = QWidget()
        content.setProperty("page", "true")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8 if self._narrow else 16)
        for widget in self._lines() if self._narrow else self._cards():
            column.addWidget(widget)
        column.addStretch(0 if self._narrow else 1)
        if self._line is not None:
            self._outer.removeWidget(self._line)
            self._line.deleteLater()
            self._line = None
        self._area.setVisible(not self._narrow)
        if self._narrow:
            self._line = content
            self._outer.addWidget(content)
        else:
            self._area.setWidget(content)
        policy = QSizePolicy.Policy.Fixed if self._narrow else QSizePolicy.Policy.Expanding
        self.setSizePolicy(QSizePolicy.Policy.Preferred, policy)
        self.setHidden(self._state.is_empty)

    # --- wide -------------------------------------------------------------------------------------------------------

    def _cards(self) -> list[QWidget]:
        cards: list[QWidget] = []
        suggest = self._state.suggest
        if suggest.is_running:
            cards.append(self._searching_card(suggest.server))
        elif suggest.first is not None and suggest.found is not None:
            shown = suggest.found[:_MOST_SUGGESTIONS]
            more = len(suggest.found) - len(shown)
            cards += [SuggestionCard(one, more if one is shown[-1] else 0, self) for one in shown]
        elif suggest.found is not None:
            title, words = _nothing_words(suggest.server)
            cards.append(SideNotice("info", title, words, self._nothing_actions()))
        if self._state.unchecked:
            title, words, actions = self._unchecked()
            cards.append(SideNotice("info", title, words, actions))
        for conflict in self._state.conflicts[:_MOST_CONFLICTS]:
            said = conflict_words(conflict, self._state.numbers or {})
            cards.append(SideNotice(said.tone, said.title, said.text, self._conflict_actions(conflict)))
        return cards

    def _searching_card(self, server: str) -> QWidget:
        card = Card()
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(BusyIcon())
        head.addWidget(label(_("Checking files"), FontRole.SECTION), 1)
        card.body.addLayout(head)
        card.body.addWidget(
            _wrapped(_("Comparing folders on this computer with sample files from {server}.").format(server=server))
        )
        cancel = Button(_("Cancel"))
        cancel.clicked.connect(self.cancel_requested)
        card.body.addWidget(cancel)
        return card

    # --- narrow -----------------------------------------------------------------------------------------------------

    def _lines(self) -> list[QWidget]:
        lines: list[QWidget] = []
        suggest = self._state.suggest
        if suggest.is_running:
            said = _("Looking for files from {server} on this computer").format(server=suggest.server)
            cancel = NoticeAction(_("Cancel"), self.cancel_requested.emit)
            lines.append(_line(Tone.INFO, said, (cancel,), icon="lightbulb"))
        elif suggest.first is not None:
            lines.append(self._suggestion_line(suggest.first))
        elif suggest.found is not None:
            title, words = _nothing_words(suggest.server)
            lines.append(_line(Tone.INFO, title, self._nothing_actions(), tip=words))
        # The page head counts them as well: where room is short a conflict comes first.
        if self._state.unchecked and not (lines and self._state.conflicts):
            title, words, actions = self._unchecked()
            lines.append(_line(Tone.INFO, title, actions, tip=words))
        if self._state.conflicts:
            first = self._state.conflicts[0]
            said_of = conflict_words(first, self._state.numbers or {})
            title = said_of.title
            more = len(self._state.conflicts) - 1
            if more:
                title += " · " + ngettext("{n} more", "{n} more", more).format(n=more)
            lines.append(_line(Tone(said_of.tone), title, self._conflict_actions(first), tip=said_of.text))
        return lines

    def _suggestion_line(self, found: "Proposal") -> QWidget:
        suggestion = found.suggestion
        said = _("Suggested: {server_path} → {local_path} · {found} of {sampled} found").format(
            server_path=suggestion.server_path,
            local_path=suggestion.local_path,
            found=text.number(suggestion.found),
            sampled=text.number(suggestion.sampled),
        )
        actions = (
            NoticeAction(_("Use this rule"), lambda: self.use_requested.emit(found)),
            NoticeAction(_("Show files"), lambda: self.show_requested.emit(found)),
        )
        banner = _line(
            Tone.INFO, said, actions, icon="lightbulb-fill", tip="\n".join(evidence_lines(found)), cross=True
        )
        banner.closed.connect(lambda: self.dismiss_requested.emit(found))
        return banner

    # --- both -------------------------------------------------------------------------------------------------------

    def _nothing_actions(self) -> tuple[NoticeAction, ...]:
        return (
            NoticeAction(_("Search a folder…"), self.look_requested.emit),
            NoticeAction(_("Dismiss"), self.closed.emit),
        )

    def _unchecked(self) -> tuple[str, str, tuple[NoticeAction, ...]]:
        n = self._state.unchecked
        title = ngettext("{n} file not checked yet", "{n} files not checked yet", n).format(n=text.number(n))
        words = _("They have a local path. Check files to see whether they are there.")
        return title, words, (NoticeAction(_("Check files now"), self.check_requested.emit),)

    def _conflict_actions(self, conflict: MappingConflict) -> tuple[NoticeAction, ...]:
        rule_id = conflict.mapping.id or 0
        ids = [rule_id] if conflict.other is None else [rule_id, conflict.other.id or 0]
        show = _("Show rule") if conflict.other is None else _("Show both")
        second: Callable[[], None] = lambda: self.intended.emit(conflict)  # noqa: E731 - the other branch is one, too
        words = _("Ignore conflict")
        if conflict.kind is ConflictKind.INVALID:
            words, second = _("Remove rule"), lambda: self.remove_requested.emit(rule_id)
        return (
            NoticeAction(show, lambda: self.show_rules.emit(ids)),
            NoticeAction(words, second),
        )


def _line(
    tone: Tone,
    title: str,
    actions: tuple[NoticeAction, ...],
    *,
    icon: str | None = None,
    tip: str = "",
    cross: bool = False,
) -> Banner:
    banner = Banner(tone, title, actions=actions, icon=icon, closable=cross)
    banner.setToolTip(plain_tip(tip))
    if tip:
        banner.setAccessibleDescription(tip)
    return banner


def _nothing_words(server: str) -> tuple[str, str]:
    title = _("Nothing to suggest")
    words = _(
        "No other folder on this computer contains files from {server}. Connect the disk or share, then try again."
    ).format(server=server)
    return title, words


def _wrapped(words: str) -> QWidget:
    made = label(words, wrap=True)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return made


def _evidence(words: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    tick = ToneIcon("check", "success")
    tick.setFixedSize(14, 14)
    row.addWidget(tick, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(_wrapped(words), 1)
    return row
