"""Looks for files by itself: after a rule was saved or changed, and after a sync brought files."""

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QObject, QTimer, Slot

from retrovue.core.domain.media import FileState
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.catalog import browsing
from retrovue.gui import text
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.notices import NoticeAction, Tone
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

_CONCERNS = frozenset({"mappings", "items"})
_PAUSE_MS = 500
"""One save and one sync tell of several changes."""
ORIGIN = "proof"
WIZARD = "wizard"
"""Who says so when a server was added."""


class Proving(QObject):
    """One look at a time, behind a check that runs; what changes meanwhile is looked for afterwards. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._handle: TaskHandle | None = None
        self._again = False
        self._is_new_server = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._look)
        services.runner.changed.connect(self._on_changed)

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if change.initiator == WIZARD:
            self._is_new_server = True
        if change.kinds & _CONCERNS and change.initiator != ORIGIN:
            self._pause.start()

    @Slot()
    def _look(self) -> None:
        services = self._services
        if services.runner.is_closed:
            return
        if self._handle is not None and not self._handle.is_finished:
            self._again = True
            return
        self._again = False
        context = services.context

        def look(token: CancelToken, _report: object) -> ChangeSet | None:
            from retrovue.core.services.files.fresh import prove

            return ChangeSet(frozenset({"files"}), ORIGIN) if prove(context, token=token) else None

        self._handle = services.runner.submit(look, lane=Lane.CHECK)
        self._handle.finished.connect(self._on_finished)

    @Slot()
    def _on_finished(self) -> None:
        if self._again:
            self._pause.start()
        elif self._is_new_server and not self._services.sync.is_running:
            self._tell_found()

    def _tell_found(self) -> None:
        """The end of the wizard: its first sync is over, and its files were looked for."""
        context = self._services.context
        handle = self._services.runner.submit(lambda _token, _report: browsing.totals(context).states, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_counted)

    @Slot(object)
    def _on_counted(self, states: Mapping[FileState, int]) -> None:
        found, total = states.get(FileState.FOUND, 0), sum(states.values())
        if not total or not self._is_new_server:
            return
        self._is_new_server = False
        if states.get(FileState.UNMAPPED, 0) == total:
            # Without a rule nothing can be found, and Path mapping says so.
            return
        said = ngettext("{found} of {n} file found.", "{found} of {n} files found.", total)
        said = said.format(found=text.number(found), n=text.number(total))
        tone = Tone.SUCCESS if found == total else Tone.INFO
        self._services.say(
            said, tone, NoticeAction(_("Open library"), partial(self._services.open_page, "library", None))
        )
