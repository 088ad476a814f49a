"""What is done by itself while the program runs: scheduled syncs, checks of files, Tautulli, the weekly backup,
sums of plays for the statistics, and the lists of tracked clean-up rules.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from retrovue.core.domain.sync import ChangeSet, Initiator, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers.stored import active_libraries
from retrovue.gui.app.collected import CollectionReader
from retrovue.gui.app.watched import WatchedKeeper
from retrovue.gui.pages.services import PageServices
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import TaskHandle

if TYPE_CHECKING:
    from retrovue.core.services.monitor.notices import NoticeText

_BACKUP_PAUSE = timedelta(hours=1)
"""A disk that is full now is full in a minute, too."""


class Chores(QObject):
    """Begins what is due; a person's own sync comes first. Thread: GUI."""

    def __init__(self, services: PageServices, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._tried_at: dict[int, datetime] = {}
        self._file_check: TaskHandle | None = None
        self._tautulli: TaskHandle | None = None
        self._sums: TaskHandle | None = None
        self._lists: TaskHandle | None = None
        self._backup_tried_at: datetime | None = None
        self._watched = WatchedKeeper(services, self)
        self._collections = CollectionReader(services, self)
        services.runner.changed.connect(self._on_changed)

    def begin(self) -> None:
        """The program has just started: what the setting wants then."""
        self._sync(at_start=True)
        self._sum_plays()

    @Slot()
    def look(self) -> None:
        """Called each minute."""
        self._sync(at_start=False)
        self._check_files()
        self._back_up()
        self._count_tautulli()
        self._sum_plays()
        self._make_lists()
        self._collections.look()

    @Slot(object)
    def _on_changed(self, change: ChangeSet) -> None:
        if "plays" in change.kinds:
            self._sum_plays()

    def _sum_plays(self) -> None:
        """Before anybody looks at the statistics. What is written meanwhile is summed a minute later."""
        services = self._services
        if services.runner.is_closed or (self._sums is not None and not self._sums.is_finished):
            return
        context = services.context

        def add_up(token: CancelToken, _report: object) -> None:
            from retrovue.core.services.statistics.upkeep import prepare

            prepare(context, token=token)

        # Not on the lane of the page: its questions are answered meanwhile.
        self._sums = services.runner.submit(add_up, lane=Lane.REPORT, of="sums")

    def _sync(self, *, at_start: bool) -> None:
        services = self._services
        if services.sync.is_running or services.runner.is_closed:
            return

        def find_due(_token: object, _report: object) -> tuple[int, ...]:
            from retrovue.core.services.sync.schedule import due_libraries

            context, now = services.context, services.context.clock.now()
            due = due_libraries(
                active_libraries(context), context.settings, now, at_start=at_start, tried_at=self._tried_at
            )
            # A server that is down must not be asked again each minute. Only this lane's work reads and writes it.
            self._tried_at.update(dict.fromkeys(due, now))
            return due

        handle = services.runner.submit(find_due, lane=Lane.QUERY)
        handle.succeeded.connect(self._on_due)

    @Slot(object)
    def _on_due(self, library_ids: tuple[int, ...]) -> None:
        if library_ids:
            self._services.sync.start(SyncRequest(library_ids=library_ids, initiator=Initiator.SCHEDULE))

    def _check_files(self) -> None:
        """It goes on where an interrupted one was, and waits while a sync runs."""
        services = self._services
        if services.context.settings.file_check_schedule == "off" or services.sync.is_running:
            return
        if services.runner.is_closed or (self._file_check is not None and not self._file_check.is_finished):
            return
        context = services.context

        def check(token: CancelToken, _report: object) -> ChangeSet | None:
            from retrovue.core.services.files import check as files

            if not files.is_due(context):
                return None
            files.check(context, all_sizes=False, token=token)
            return ChangeSet(frozenset({"files"}), "schedule")

        self._file_check = services.runner.submit(check, lane=Lane.CHECK)

    def _count_tautulli(self) -> None:
        services = self._services
        is_counting = self._tautulli is not None and not self._tautulli.is_finished
        if is_counting or services.sync.is_running or services.runner.is_closed:
            return
        context = services.context

        def count(token: CancelToken, _report: object) -> ChangeSet | None:
            from retrovue.core.services.tautulli.sync import sync_due

            return ChangeSet(frozenset({"connections", "watched"}), "tautulli") if sync_due(context, token) else None

        self._tautulli = services.runner.submit(count, lane=Lane.REPORT, of="tautulli")

    def _make_lists(self) -> None:
        """The lists of tracked clean-up rules, once a day."""
        services = self._services
        is_making = self._lists is not None and not self._lists.is_finished
        if is_making or services.sync.is_running or services.runner.is_closed:
            return
        context = services.context
        if not context.settings.leaving_rules:
            return

        def make(token: CancelToken, _report: object) -> "NoticeText | None":
            from retrovue.core.services.cleanup import leaving, marks

            if not leaving.is_due(context):
                return None
            rules = leaving.watched_rules(context)
            marks.refresh_for(context, rules, token)
            return leaving.notice_of(leaving.make_lists(context, rules, token), grace_days=context.settings.grace_days)

        self._lists = services.runner.submit(make, lane=Lane.REPORT, of="leaving")
        self._lists.succeeded.connect(self._on_lists)

    @Slot(object)
    def _on_lists(self, notice: "NoticeText | None") -> None:
        if notice is not None:
            self._services.monitor.teller.tell(notice, notice.event)

    def _back_up(self) -> None:
        services, now = self._services, self._services.context.clock.now()
        if services.context.settings.backup_schedule == "off" or services.sync.is_running or services.runner.is_closed:
            return
        if self._backup_tried_at is not None and now - self._backup_tried_at < _BACKUP_PAUSE:
            return
        self._backup_tried_at = now
        context = services.context

        def back_up(_token: CancelToken, _report: object) -> None:
            from retrovue.core.services.upkeep import database

            if database.is_backup_due(context):
                database.backup(context, reason="weekly")

        services.runner.submit(back_up, lane=Lane.FILES)
