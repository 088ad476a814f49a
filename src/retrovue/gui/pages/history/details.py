"""The panel beside the history: one play or sitting, its stream and its device."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from retrovue.core.domain.history import Play, PlayDetails
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.pages.activity.words import rate
from retrovue.gui.pages.history import words
from retrovue.gui.pages.library.clock import now
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind, flush
from retrovue.gui.widgets.focus import follow
from retrovue.gui.widgets.labels import ElidedLabel, label
from retrovue.gui.widgets.states import ServerKindTile, StatePill

WIDTH = 320


class PlayPanel(QFrame):
    """See the module. Thread: GUI."""

    item_requested = Signal(object)
    """The `Play` whose item is wanted on the Library page."""
    plays_requested = Signal(object)
    """The `Play` whose item's plays are wanted."""
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("Details"))
        self.setAutoFillBackground(True)
        self.setFixedWidth(WIDTH)
        self.shown: PlayDetails | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        head = QHBoxLayout()
        head.setContentsMargins(16, 10, 8, 0)
        head.addWidget(label(_("Details"), FontRole.HEADER, tone="text2"), 1)
        self.close_button = Button(icon="x", name=_("Close details"), kind=ButtonKind.FLAT)
        self.close_button.clicked.connect(self.closed)
        head.addWidget(self.close_button)
        column.addLayout(head)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column.addWidget(self._scroll, 1)
        self.show_nothing()

    def sizeHint(self) -> QSize:
        """320 wide; the height is the window's."""
        return QSize(WIDTH, 400)

    def show_nothing(self) -> None:
        """Say what can be seen here."""
        self.shown = None
        body, column = self._body()
        words_ = label(_("Select a play to see its stream and its device."), tone="text3", wrap=True)
        words_.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addSpacing(24)
        column.addWidget(words_)
        column.addStretch(1)
        self._scroll.setWidget(body)

    def show_play(self, play: Play, details: PlayDetails) -> None:
        """Show a play or a sitting (`play`), and the stream of its last part (`details`)."""
        self.shown = details
        body, column = self._body()
        column.addLayout(self._heading(play))
        column.addSpacing(14)
        self._add_section(column, _("Play"), _play_facts(play, details))
        column.addSpacing(14)
        self._add_stream(column, details)
        column.addSpacing(14)
        device = _device_facts(details)
        if device:
            self._add_section(column, _("Device"), device)
            column.addSpacing(14)
        more = Button(_("All plays of this title"), kind=ButtonKind.LINK)
        more.clicked.connect(lambda: self.plays_requested.emit(play))
        column.addLayout(flush(more))
        column.addStretch(1)
        self._scroll.setWidget(body)
        follow(self.close_button, body)

    @staticmethod
    def _body() -> tuple[QWidget, QVBoxLayout]:
        body = QWidget()
        body.setProperty("page", "true")
        column = QVBoxLayout(body)
        column.setContentsMargins(16, 4, 16, 16)
        column.setSpacing(0)
        return body, column

    def _heading(self, play: Play) -> QVBoxLayout:
        lines = QVBoxLayout()
        lines.setSpacing(3)
        lines.addWidget(label(words.heading(play), FontRole.CARD_TITLE, wrap=True, selectable=True))
        rest = words.rest_of_title(play)
        if rest:
            lines.addWidget(label(rest, tone="text2", wrap=True))
        place = QHBoxLayout()
        place.setSpacing(6)
        if play.server_kind is not None:
            place.addWidget(ServerKindTile(play.server_kind, size=16))
        who = " · ".join(part for part in (play.server, play.user or _("Unknown user")) if part)
        place.addWidget(ElidedLabel(who, tone="text2"), 1)
        lines.addSpacing(2)
        lines.addLayout(place)
        if play.server_id is not None:
            link = Button(_("Open in the library"), kind=ButtonKind.LINK)
            link.clicked.connect(lambda: self.item_requested.emit(play))
            lines.addLayout(flush(link))
        return lines

    def _add_stream(self, column: QVBoxLayout, details: PlayDetails) -> None:
        column.addWidget(label(_("Stream"), FontRole.HEADER, tone="text2"))
        column.addSpacing(6)
        look = words.look_of(details.play)
        if look is not None:
            column.addWidget(StatePill(look, filled=True), 0, Qt.AlignmentFlag.AlignLeft)
            column.addSpacing(6)
        facts = stream_facts(details)
        if look is None and not facts:
            column.addWidget(label(_("Nothing is known about the stream."), tone="text3", wrap=True))
        column.addLayout(_grid(facts))

    @staticmethod
    def _add_section(column: QVBoxLayout, title: str, facts: list[tuple[str, str]]) -> None:
        column.addWidget(label(title, FontRole.HEADER, tone="text2"))
        column.addSpacing(4)
        column.addLayout(_grid(facts))


def _grid(facts: list[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(4)
    for n, (name, value) in enumerate(facts):
        grid.addWidget(label(name, tone="text2"), n, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(label(value, wrap=True, selectable=True), n, 1)
    grid.setColumnMinimumWidth(0, 84)
    grid.setColumnStretch(1, 1)
    return grid


def _known(*facts: tuple[str, str | None]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in facts if value]


def _play_facts(play: Play, details: PlayDetails) -> list[tuple[str, str]]:
    watched = _("{percent} · Watched") if play.watched else "{percent}"
    stopped = words.moment(play.stopped_at, now())
    if details.is_inferred:
        stopped = _("about {time}").format(time=stopped)
    return _known(
        (_("Started"), words.moment(play.started_at, now())),
        (_("Stopped"), stopped),
        (_("Played"), words.played(play.play_s)),
        (_("Paused"), words.played(play.paused_s) if play.paused_s else None),
        (_("Progress"), watched.format(percent=words.percent(play)) if play.percent is not None else None),
        (_("Plays"), text.number(play.plays) if play.plays > 1 else None),
        (_("Buffered"), text.number(details.buffered) if details.buffered else None),
        (_("Source"), words.source_word(play.source)),
    )


def stream_facts(details: PlayDetails) -> list[tuple[str, str]]:
    """What was sent, source → delivered."""
    source, delivered = details.source_label, details.delivered_label
    if source and delivered and source != delivered:
        return _known(
            (_("Original"), source), (_("Delivered"), delivered), (_("Bandwidth"), rate(details.bandwidth_kbps))
        )
    return _known((_("Original"), source or delivered), (_("Bandwidth"), rate(details.bandwidth_kbps)))


def _device_facts(details: PlayDetails) -> list[tuple[str, str]]:
    play = details.play
    location = (details.location or "").casefold()
    places = {"lan": _("Home network"), "wan": _("Remote"), "cellular": _("Mobile network"), "relay": _("Relay")}
    return _known(
        (_("Player"), play.player),
        (_("App"), play.product),
        (_("Platform"), play.platform),
        (_("Address"), details.address),
        (_("Network"), places.get(location, details.location)),
        (_("Device ID"), play.device),
    )
