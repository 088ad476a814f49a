"""A service that notices are also sent to: its address, what it is sent, and in which words, with a live preview."""

from datetime import UTC, datetime

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from retrovue.core.domain.errors import ConfigError, RetroVueError
from retrovue.core.domain.forwarding import NoticeChoice, NoticeTarget
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.system.settings import names_of
from retrovue.gui.alerts.events import event_texts
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme import icons
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.checks import WrappedCheckBox
from retrovue.gui.widgets.fields import ComboBox, Field, FieldBlock, SecretField
from retrovue.gui.widgets.labels import label, set_tone
from retrovue.gui.work.lanes import Lane

_WIDTH = 780
_TEXT_HEIGHT = 72


def event_names() -> dict[str, str]:
    """Return the words for each event."""
    return {event: words for events in event_texts().values() for event, (words, _icon) in events.items()}


def type_names() -> dict[str, str]:
    """Return the words for each type."""
    return {"movie": _("Movies"), "episode": _("Episodes"), "live": _("Live TV")}


class ServiceDialog(BaseDialog):
    """See the module. Thread: GUI.

    Args:
        servers: names by ID.
        target: the service to change; None adds one.
    """

    saved = Signal(str)
    """What was done, for a toast."""

    def __init__(
        self,
        services: PageServices,
        servers: dict[int, str],
        target: NoticeTarget | None,
        parent: QWidget | None = None,
    ) -> None:
        title = _("Add service") if target is None else _("Change {service}").format(service=target.service)
        super().__init__(title, parent)
        self._services = services
        self._servers = servers
        self._target = target
        choice = NoticeChoice() if target is None else target.choice
        self.setMinimumWidth(_WIDTH)
        self.content.addWidget(self._make_address())
        above = QHBoxLayout()
        above.setSpacing(24)
        above.addLayout(self._make_limits(choice), 1)
        above.addLayout(self._make_events(choice), 1)
        self.content.addLayout(above)
        self.content.addLayout(self._make_text(choice))
        self.verdict = label("", wrap=True)
        self.content.addWidget(self.verdict)
        self.test_button = self.add_button(Button(_("Send test"), icon="test"), leading=True)
        self.test_button.clicked.connect(self._on_test)
        cancel = self.add_button(Button(_("Cancel")))
        cancel.clicked.connect(self.reject)
        said = _("Add service") if target is None else _("Save service")
        self.save_button = self.add_button(Button(said, kind=ButtonKind.PRIMARY), default=True)
        self.save_button.clicked.connect(self._on_save)
        self._say("", "text2")
        self._show_events()
        self._show_preview()

    # --- what it is made of -------------------------------------------------------------------------------------

    def _make_address(self) -> FieldBlock:
        self.address = SecretField(name=_("Address"))
        self.address.setPlaceholderText("ntfy://my-topic" if self._target is None else _("Unchanged"))
        hint = _("As the service’s page in the Apprise documentation has it. It is kept in the keyring.")
        self.address_block = FieldBlock(_("Address"), self.address, hint=hint)
        return self.address_block

    def _make_limits(self, choice: NoticeChoice) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(10)
        names = [self._servers.get(each, "") for each in choice.servers]
        self.servers = Field(placeholder=_("All"), name=_("Servers"))
        self.servers.setText(" | ".join(name for name in names if name))
        self.servers_block = FieldBlock(_("Servers"), self.servers)
        self.users = Field(placeholder=_("All"), name=_("Users"))
        self.users.setText(" | ".join(choice.users))
        self.libraries = Field(placeholder=_("All"), name=_("Libraries"))
        self.libraries.setText(" | ".join(choice.libraries))
        for block in (
            self.servers_block,
            FieldBlock(_("Users"), self.users),
            FieldBlock(_("Libraries"), self.libraries, hint=_("Names, separated by |")),
        ):
            column.addWidget(block)
        self.types = {kind: WrappedCheckBox(words) for kind, words in type_names().items()}
        row = QHBoxLayout()
        row.setSpacing(16)
        for kind, box in self.types.items():
            box.setChecked(not choice.kinds or kind in choice.kinds)
            # Three short words: the box's own minimum is for sentences.
            box.setMinimumWidth(box.sizeHint().width())
            row.addWidget(box)
        row.addStretch(1)
        column.addWidget(label(_("Types"), FontRole.HEADER, tone="text2"))
        column.addLayout(row)
        column.addStretch(1)
        return column

    def _make_events(self, choice: NoticeChoice) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(label(_("Events"), FontRole.HEADER, tone="text2"))
        self.as_desktop = WrappedCheckBox(_("The same events as on the desktop"))
        self.as_desktop.setChecked(not choice.events)
        self.as_desktop.toggled.connect(self._show_events)
        column.addWidget(self.as_desktop)
        inside = QWidget()
        boxes = QVBoxLayout(inside)
        boxes.setContentsMargins(10, 8, 10, 8)
        boxes.setSpacing(6)
        chosen = choice.events or tuple(on for on, wanted in self._services.context.settings.notices.items() if wanted)
        self.events: dict[str, WrappedCheckBox] = {}
        for group, events in event_texts().items():
            boxes.addWidget(label(group, FontRole.SMALL, tone="text2"))
            for event, (words, icon) in events.items():
                box = self.events[event] = WrappedCheckBox(words)
                box.setIcon(icons.icon(icon))
                box.setChecked(event in chosen)
                boxes.addWidget(box)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inside)
        for ground in (inside, self._area.viewport()):
            ground.setAutoFillBackground(False)
        card = Card()
        card.body.setContentsMargins(1, 1, 1, 1)
        card.body.addWidget(self._area)
        column.addWidget(card, 1)
        return column

    def _make_text(self, choice: NoticeChoice) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        self.text = QPlainTextEdit(choice.text)
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(_TEXT_HEIGHT)
        self.text.setPlaceholderText(_("Empty: the words of the desktop. The first of several lines is the title."))
        self.text.textChanged.connect(self._show_preview)
        self.text_block = FieldBlock(_("Text"), self.text)
        column.addWidget(self.text_block)
        self.preview_of = ComboBox(name=_("Preview of"))
        for event, words in event_names().items():
            self.preview_of.addItem(words, event)
        self.preview_of.setCurrentIndex(max(0, self.preview_of.findData("started")))
        self.preview_of.currentIndexChanged.connect(self._show_preview)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(label(_("Preview of"), tone="text2"))
        row.addWidget(self.preview_of)
        row.addStretch(1)
        column.addLayout(row)
        self.preview_title = label("", FontRole.STRONG, wrap=True)
        self.preview_body = label("", wrap=True)
        card = Card()
        card.body.setSpacing(2)
        card.body.addWidget(self.preview_title)
        card.body.addWidget(self.preview_body)
        column.addWidget(card)
        return column

    # --- what it says -------------------------------------------------------------------------------------------

    @Slot()
    def _show_events(self) -> None:
        self._area.setEnabled(not self.as_desktop.isChecked())

    @Slot()
    def _show_preview(self) -> None:
        from retrovue.core.services.forwarding.wording import fields_of, preview

        event = str(self.preview_of.currentData())
        fields = " ".join(f"{{{name}}}" for name in fields_of(event))
        self.text_block.set_hint(_("Fields: {fields}").format(fields=fields))
        try:
            title, body = preview(self.text.toPlainText(), event, datetime.now(UTC), self._services.context.zone)
        except ConfigError as error:
            self.text_block.set_error(f"{error.text} {error.hint or ''}".strip())
            return
        self.text_block.set_error("")
        self.preview_title.setText(title)
        self.preview_title.setVisible(bool(title))
        self.preview_body.setText(body)

    def _say(self, text: str, tone: str) -> None:
        self.verdict.setText(text)
        self.verdict.setVisible(bool(text))
        set_tone(self.verdict, tone)

    # --- what is done -------------------------------------------------------------------------------------------

    def choice(self) -> NoticeChoice | None:
        """Return what is chosen; None where a name is unknown, which is said at its field."""
        ids = {name.casefold(): server_id for server_id, name in self._servers.items()}
        servers = names_of(self.servers.text())
        unknown = [name for name in servers if name.casefold() not in ids]
        self.servers_block.set_error(_("There is no server “{name}”.").format(name=unknown[0]) if unknown else "")
        if unknown:
            self.adjustSize()
            self.servers.setFocus()
            return None
        kinds = tuple(kind for kind, box in self.types.items() if box.isChecked())
        events = tuple(event for event, box in self.events.items() if box.isChecked())
        if not kinds or not (events or self.as_desktop.isChecked()):
            self._say(_("Select at least one event.") if kinds else _("Select at least one type."), "danger")
            return None
        return NoticeChoice(
            events=() if self.as_desktop.isChecked() else events,
            servers=tuple(ids[name.casefold()] for name in servers),
            users=names_of(self.users.text()),
            libraries=names_of(self.libraries.text()),
            kinds=() if len(kinds) == len(self.types) else kinds,
            text=self.text.toPlainText().strip(),
        )

    def _wanted(self) -> tuple[str | None, NoticeChoice] | None:
        """Return (address, choice); None, and what is missing is said. No address: as it is kept."""
        url = self.address.text().strip()
        is_missing = not url and self._target is None
        self.address_block.set_error(_("Enter the address of the service.") if is_missing else "")
        if is_missing:
            self.address.setFocus()
            return None
        choice = self.choice()
        return None if choice is None else (url or None, choice)

    @Slot()
    def _on_test(self) -> None:
        wanted = self._wanted()
        if wanted is None:
            return
        context, target, (url, choice) = self._services.context, self._target, wanted

        def send(_token: CancelToken, _report: object) -> str:
            from retrovue.core.services.forwarding import targets

            address = url if url is not None or target is None else targets.address_of(context, target.id)
            return targets.try_address(context, address or "", choice)

        self.test_button.setEnabled(False)
        self._say(_("Sending…"), "text2")
        handle = self._services.runner.submit(send, lane=Lane.IO)
        handle.succeeded.connect(self._on_tested)
        handle.failed.connect(self._on_failed)

    @Slot(object)
    def _on_tested(self, problem: str) -> None:
        self.test_button.setEnabled(True)
        self._say(problem or _("The test notification was sent."), "danger" if problem else "success")

    @Slot()
    def _on_save(self) -> None:
        wanted = self._wanted()
        if wanted is None:
            return
        context, target, (url, choice) = self._services.context, self._target, wanted

        def save(_token: CancelToken, _report: object) -> str:
            from retrovue.core.services.forwarding import targets

            if target is not None:
                targets.change(context, target.id, choice, url)
                return _("{service} saved.").format(service=target.service)
            added = targets.add(context, url or "", choice)
            return _("Notifications are now also sent to {service}.").format(service=added.service)

        self.save_button.setEnabled(False)
        self.test_button.setEnabled(False)
        handle = self._services.runner.submit(save, lane=Lane.SECRETS)
        handle.succeeded.connect(self._on_saved)
        handle.failed.connect(self._on_failed)

    @Slot(object)
    def _on_saved(self, said: str) -> None:
        self.saved.emit(said)
        self.accept()

    @Slot(object)
    def _on_failed(self, error: BaseException) -> None:
        self.save_button.setEnabled(True)
        self.test_button.setEnabled(True)
        text = error.user_text() if isinstance(error, RetroVueError) else str(error)
        self._say(text, "danger")
