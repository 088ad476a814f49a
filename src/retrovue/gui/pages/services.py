"""What every page is given: work, the profile, and the window's own doors."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings

from retrovue.core.system import deeds
from retrovue.gui.theme.style import ThemeController
from retrovue.gui.widgets.notices import NoticeAction, Tone
from retrovue.gui.work.tasks import TaskRunner

if TYPE_CHECKING:
    from retrovue.core.context import AppContext
    from retrovue.gui.controllers.follow import FollowController
    from retrovue.gui.controllers.monitor import MonitorController
    from retrovue.gui.controllers.sharing import SharingController
    from retrovue.gui.controllers.sync import SyncController


def _no_page(_key: str, _argument: object) -> None:
    return None


def _no_words(_text: str, _tone: Tone, _action: NoticeAction | None) -> None:
    return None


def _no_toast(_text: str, _undo: Callable[[], None] | None) -> None:
    return None


@dataclass(frozen=True)
class PageServices:
    """Handed to the factory of each page. Thread: GUI; only `context` may be used on lanes.

    Args:
        runner: runs work on lanes and broadcasts `changed(ChangeSet)`.
        context: the profile; ask it on a lane only, never on the GUI thread.
        theme: tokens and their changes.
        settings: an INI file of the profile for column states and sizes.
        sync: starts, watches and cancels syncs.
        monitor: who is playing now.
        follow: which servers are followed live, and how that stands.
        sharing: answers other programs.
        open_page: shows a page by its key and hands it an argument (a server id, a filter; None).
        toast: says that something is done, with an undo when one is possible.
        say: says anything else, in the tone of what it is: a failure is no green tick; with what answers it.
    """

    runner: TaskRunner
    context: "AppContext"
    theme: ThemeController
    settings: QSettings
    sync: "SyncController"
    monitor: "MonitorController"
    follow: "FollowController"
    sharing: "SharingController | None" = None
    open_page: Callable[[str, object], None] = field(default=_no_page)
    toast: Callable[[str, Callable[[], None] | None], None] = field(default=_no_toast)
    say: Callable[[str, Tone, NoticeAction | None], None] = field(default=_no_words)

    def wrote(self, said: str) -> None:
        """Say that a file was written, now and in the log, where it can be found again."""
        deeds.tell(said)
        self.toast(said, None)
