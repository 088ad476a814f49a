"""The Tautulli that watches the chosen server: connect it, test it, read it now or by itself, remove it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtCore import QSignalBlocker, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from retrovue.core.domain.connections import StoredConnection
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.tautulli.connection import Connected
from retrovue.core.services.tautulli.probe import Step, TautulliVerdict
from retrovue.core.system.secrets import SecretPlace
from retrovue.gui import text
from retrovue.gui.pages.servers.tautulli_dialog import ConnectDialog
from retrovue.gui.pages.services import PageServices
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.fields import ComboBox
from retrovue.gui.widgets.flow import FlowLayout
from retrovue.gui.widgets.labels import ElidedLabel, label, set_tone
from retrovue.gui.widgets.menus import Menu
from retrovue.gui.widgets.notices import Tone
from retrovue.gui.widgets.progress import ProgressBar
from retrovue.gui.widgets.states import StateLook, StatePill
from retrovue.gui.widgets.tips import plain_tip
from retrovue.gui.widgets.verdict import StepLook, VerdictStep, VerdictView
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.messages import show_error
from retrovue.gui.work.tasks import TaskHandle

CHANGED = ChangeSet(frozenset({"connections", "watched"}), "tautulli")
_EVERY = (6, 12, 24, 0)
Report = Callable[[object], None]


@dataclass(frozen=True)
class _Read:
    """How far a reading has come."""

    done: int
    total: int | None


@dataclass(frozen=True)
class _Counted:
    """What a reading brought."""

    fresh: int
    plays: int
    change_set: ChangeSet = CHANGED


def connection_look(connection: StoredConnection, now: datetime, *, is_reading: bool) -> StateLook:
    """The look of a connection: its icon, color and word."""
    if is_reading:
        return StateLook("circle-notch-fill", "info", _("Reading"))
    if connection.is_stale(now):
        return StateLook("warning-fill", "warning", _("Out of date"))
    if connection.error is not None:
        return StateLook("x-circle-fill", "danger", _("Failed"))
    return StateLook("check-circle-fill", "success", _("Connected"))


def state_words(connection: StoredConnection, now: datetime) -> str:
    """When it was read last, and why not since."""
    said = [text.last_synced(connection.synced_at, now) + "."]
    if connection.error is not None:
        said.append(
            _("The last attempt {when} failed: {why}").format(
                when=text.ago(connection.tried_at, now), why=connection.error
            )
        )
        if connection.synced_at is not None:
            said.append(_("What was counted before is kept."))
    return " ".join(said)


def steps_of(verdict: TautulliVerdict) -> tuple[VerdictStep, ...]:
    """The steps of a test with what was found at each."""
    names = {
        Step.ADDRESS: _("Address"),
        Step.KEY: _("API key"),
        Step.VERSION: _("Version"),
        Step.SERVER: _("Server"),
    }
    found = []
    for step in Step:
        if step in verdict.found:
            found.append(VerdictStep(names[step], verdict.found[step], StepLook.PASSED))
        elif step is verdict.failed:
            found.append(VerdictStep(names[step], "", StepLook.FAILED))
        else:
            found.append(VerdictStep(names[step], _("not tested"), StepLook.UNTRIED))
    return tuple(found)


class TautulliCard(Card):
    """See the module; only for Plex servers. Thread: GUI."""

    def __init__(self, services: PageServices, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__("Tautulli", parent=parent)
        self._services = services
        self._now = now
        self._server: Server | None = None
        self.connection: StoredConnection | None = None
        self._reading: TaskHandle | None = None
        self.pill = StatePill(StateLook("check-circle-fill", "success", ""))
        assert self.head is not None
        self.head.add_widget(self.pill)
        # A state ends where the rest of the card does; buttons without a frame may stand out.
        self.head.setContentsMargins(15, 8, 15, 8)
        self.facts = ElidedLabel(tone="text2")
        self.words = label("", FontRole.SMALL, tone="text2", wrap=True)
        self.bar = ProgressBar(height=4)
        self.bar.setAccessibleName(_("Reading Tautulli"))
        self.verdict = VerdictView()
        self.verdict.hide()
        self.connect_button = Button(_("Connect Tautulli…"), icon="plugs-connected")
        self.sync_button = Button(_("Sync now"), icon="arrows-clockwise")
        self.cancel_button = Button(_("Cancel"), icon="x")
        self.test_button = Button(_("Test"), icon="test")
        self.every = ComboBox(name=_("When Tautulli is read"))
        for hours in _EVERY:
            self.every.addItem(text.sync_plan("every" if hours else "off", hours), hours)
        self.more = Button(icon="dots-three", name=_("More actions"))
        menu = Menu(self.more)
        menu.addAction(_("Change address or key…"), self._connect)
        menu.addAction(_("Remove Tautulli"), self.remove)
        self.more.setMenu(menu)
        self._build()
        self.connect_button.clicked.connect(self._connect)
        self.sync_button.clicked.connect(self._sync)
        self.cancel_button.clicked.connect(self._cancel)
        self.test_button.clicked.connect(self._test)
        self.every.activated.connect(self._on_every)
        services.runner.changed.connect(self._on_changed)

    def _build(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(self.facts)
        column.addWidget(self.words)
        column.addWidget(self.bar)
        self.body.addLayout(column)
        row = FlowLayout(gap=8)
        for widget in (
            self.connect_button,
            self.sync_button,
            self.cancel_button,
            self.test_button,
            self.every,
            self.more,
        ):
            row.addWidget(widget)
        self.body.addLayout(row)
        self.body.addWidget(self.verdict)

    # --- what is shown ------------------------------------------------------------------------------------------

    def show_server(self, server: Server) -> None:
        """Show the Tautulli of another server, or of this one as it is now; other kinds of server have none."""
        if self._server is None or self._server.id != server.id:
            self.verdict.hide()
            self.connection = None
        self._server = server
        self.setVisible(server.kind is ServerKind.PLEX)
        if server.kind is ServerKind.PLEX:
            self._show()
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Ask for the connection again."""
        server, context = self._server, self._services.context
        if server is None:
            return

        def read(_token: CancelToken, _report: object) -> StoredConnection | None:
            from retrovue.core.services.tautulli.connection import of_server

            return of_server(context, server)

        handle = self._services.runner.submit(read, lane=Lane.QUERY)
        handle.succeeded.connect(lambda found: self._on_read(server, found))
        handle.failed.connect(lambda error: show_error(self, error))

    def _on_read(self, server: Server, found: StoredConnection | None) -> None:
        # Another server may have been chosen meanwhile.
        if self._server is not None and self._server.id == server.id:
            self.connection = found
            self._show()

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if "connections" in change.kinds and self._server is not None and self._server.kind is ServerKind.PLEX:
            self.refresh()

    def _show(self) -> None:
        connection, is_reading = self.connection, self._reading is not None
        is_there = connection is not None
        for widget in (self.sync_button, self.test_button, self.every, self.more, self.pill, self.facts):
            widget.setVisible(is_there)
        self.connect_button.setVisible(not is_there)
        self.bar.setVisible(is_reading)
        self.cancel_button.setVisible(is_there and is_reading)
        self.sync_button.setVisible(is_there and not is_reading)
        if connection is None:
            set_tone(self.words, "text2")
            self.words.setText(
                _("Connect it to see what everybody watched on this server, also before RetroVue was there.")
            )
            return
        now = self._now()
        self.pill.set_look(connection_look(connection, now, is_reading=is_reading))
        version = _("Tautulli {version}").format(version=connection.version) if connection.version else ""
        self.facts.set_text(" · ".join(part for part in (version, connection.url) if part))
        if not is_reading:
            set_tone(self.words, "danger" if connection.error is not None else "text2")
            self.words.setText(state_words(connection, now))
        self.words.setToolTip(plain_tip(text.exact(connection.synced_at)))
        hours = self._services.context.settings.tautulli_every_hours
        with QSignalBlocker(self.every):
            if self.every.findData(hours) < 0:
                self.every.addItem(text.sync_plan("every", hours), hours)
            self.every.setCurrentIndex(self.every.findData(hours))

    # --- what is done -------------------------------------------------------------------------------------------

    @Slot()
    def _connect(self) -> None:
        if self._server is None:
            return
        url = "" if self.connection is None else self.connection.url
        dialog = ConnectDialog(self._services, self._server, url, self)
        dialog.connected.connect(self._on_connected)
        dialog.open()

    @Slot(object)
    def _on_connected(self, done: Connected) -> None:
        self.connection = done.connection
        self._services.runner.changed.emit(CHANGED)
        if done.place is SecretPlace.MEMORY:
            self._services.say(
                _("Tautulli is connected. Without a keyring its key is kept until RetroVue ends."), Tone.WARNING, None
            )
        else:
            self._services.toast(_("Tautulli is connected."), None)
        self._sync()

    @Slot()
    def _sync(self) -> None:
        connection, context = self.connection, self._services.context
        if connection is None or self._reading is not None:
            return

        def read(token: CancelToken, report: Report) -> _Counted:
            from retrovue.core.services.tautulli.sync import sync

            try:
                counts = sync(context, connection, token, lambda done, total: report(_Read(done, total)))
            except BaseException:
                # Why it failed is in the catalog, for every page that shows it.
                report(CHANGED)
                raise
            return _Counted(counts.fresh, counts.plays)

        handle = self._services.runner.submit(read, lane=Lane.REPORT, of="tautulli")
        self._reading = handle
        handle.progress.connect(self._on_progress)
        handle.succeeded.connect(self._on_counted)
        handle.failed.connect(lambda _error: None)
        handle.finished.connect(self._on_finished)
        # What a test found before says nothing of this attempt.
        self.verdict.hide()
        self.bar.set_progress(0, None)
        set_tone(self.words, "text2")
        self.words.setText(_("Reading the history of Tautulli"))
        self._show()

    @Slot(object)
    def _on_progress(self, read: _Read) -> None:
        self.bar.set_progress(read.done, read.total)
        said = ngettext("{n} play read", "{n} plays read", read.done).format(n=text.number(read.done))
        self.words.setText(said)

    @Slot(object)
    def _on_counted(self, counted: _Counted) -> None:
        said = ngettext(
            "{n} new play counted, {total} in all.", "{n} new plays counted, {total} in all.", counted.fresh
        )
        self._services.toast(said.format(n=text.number(counted.fresh), total=text.number(counted.plays)), None)

    @Slot()
    def _on_finished(self) -> None:
        self._reading = None
        self._show()
        self.refresh()

    @Slot()
    def _cancel(self) -> None:
        if self._reading is not None:
            self._reading.cancel()

    @Slot()
    def _test(self) -> None:
        connection, context = self.connection, self._services.context
        if connection is None:
            return
        self.test_button.setEnabled(False)
        self.verdict.show()
        untried = tuple(VerdictStep(step.title, "", StepLook.UNTRIED) for step in steps_of(TautulliVerdict()))
        self.verdict.show_verdict("info", _("Testing {address}").format(address=connection.url), untried)
        self.verdict.set_actions([])

        def check(token: CancelToken, _report: object) -> TautulliVerdict:
            from retrovue.core.services.tautulli.probe import probe

            return probe(context, connection, token)

        handle = self._services.runner.submit(check, lane=Lane.IO)
        handle.succeeded.connect(self._on_tested)
        handle.failed.connect(lambda error: show_error(self, error))
        handle.finished.connect(lambda: self.test_button.setEnabled(True))

    @Slot(object)
    def _on_tested(self, verdict: TautulliVerdict) -> None:
        remark = _("Tested {time} · {took}").format(
            time=self._now().astimezone().strftime("%H:%M"), took=text.seconds(verdict.duration_ms / 1000)
        )
        error = verdict.error
        if error is None:
            title = _("Tautulli answers and takes its key.")
            self.verdict.show_verdict("success", title, steps_of(verdict), remark=remark)
            return
        self.verdict.show_verdict("danger", error.text, steps_of(verdict), text=error.hint, remark=remark)
        if verdict.failed is not Step.SERVER:
            again = Button(_("Change address or key…"), kind=ButtonKind.SECONDARY, icon="pencil")
            again.clicked.connect(self._connect)
            self.verdict.set_actions([again])

    @Slot(int)
    def _on_every(self, place: int) -> None:
        hours, store = self.every.itemData(place), self._services.context.settings_store
        handle = self._services.runner.submit(
            lambda _token, _report: store.update(tautulli_every_hours=hours), lane=Lane.SETTINGS
        )
        handle.failed.connect(lambda error: show_error(self, error))
        handle.finished.connect(self._show)

    @Slot()
    def remove(self) -> None:
        """Remove it with its key; the toast brings both back."""
        connection, services = self.connection, self._services
        if connection is None:
            return
        context = services.context
        self._cancel()

        def remove(_token: CancelToken, report: Report) -> str | None:
            from retrovue.core.services.tautulli.connection import disconnect

            key = disconnect(context, connection)
            report(CHANGED)
            return key

        def bring_back(key: str | None) -> None:
            def restore(_token: CancelToken, _report: object) -> ChangeSet:
                from retrovue.core.services.tautulli.connection import reconnect

                reconnect(context, connection, key)
                return CHANGED

            handle = services.runner.submit(restore, lane=Lane.SECRETS)
            handle.failed.connect(lambda error: show_error(self, error))

        said = _("Tautulli removed. What it counted stays.")
        handle = services.runner.submit(remove, lane=Lane.SECRETS)
        handle.succeeded.connect(lambda key: services.toast(said, lambda: bring_back(key)))
        handle.failed.connect(lambda error: show_error(self, error))
