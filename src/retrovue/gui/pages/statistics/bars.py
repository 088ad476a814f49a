"""From a bar to the plays that it counts, which the History page lists."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from retrovue.core.domain.played_titles import within
from retrovue.core.domain.statistics import Bar, Key, View
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.gui.pages.history.criteria import PickedPlays
from retrovue.gui.pages.statistics import words
from retrovue.gui.pages.statistics.shapes import PICTURED
from retrovue.gui.work.lanes import Lane
from retrovue.gui.work.tasks import Report, TaskHandle, TaskRunner

Behind = Callable[[Bar, CancelToken], tuple[int, ...]]
"""The ids of the plays that a bar counts. Called on a lane."""


class BarOpener(QObject):
    """Finds the plays of the bar that was opened last. Thread: GUI."""

    found = Signal(object)
    """`PickedPlays`."""
    failed = Signal(object)

    def __init__(self, runner: TaskRunner, behind: Behind, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._behind = behind
        self._finding: TaskHandle | None = None

    def open(self, bar: Bar, key: Key) -> None:
        """Find the plays of a bar, whose row is called `key`."""
        if self._finding is not None:
            self._finding.cancel()
        title = title_of(bar, key)
        # What runs at one instant is counted stream by stream, even where sittings are.
        is_grouped = bar.chosen.sittings and bar.view is not View.CONCURRENT

        def find(token: CancelToken, _report: Report) -> PickedPlays:
            return PickedPlays(title, self._behind(bar, token), grouped=is_grouped)

        self._finding = self._runner.submit(find, lane=Lane.REPORT, of="plays")
        self._finding.succeeded.connect(self.found)
        self._finding.failed.connect(self.failed)


def named(bar: Bar) -> Key:
    """What a row is called that is in no table at hand."""
    return within(str(bar.ref)).words if bar.view in PICTURED and bar.ref is not None else bar.ref


def title_of(bar: Bar, key: Key) -> str:
    """ "Sat 14 February 2026", "Android · 8 Feb – 9 Mar 2026"."""
    view = bar.view
    if view is View.CONCURRENT:
        parts = [_("Most streams at once: {day}").format(day=words.label_of(View.DAYS, key)[1])]
    else:
        parts = [words.label_of(view, key)[1]]
    if view not in (View.DAYS, View.MONTHS, View.CONCURRENT):
        parts.append(words.range_words(bar.chosen.days))
    if bar.chosen.user is not None and view is not View.USERS:
        parts.append(bar.chosen.user)
    if bar.chosen.within is not None:
        parts.append(bar.chosen.within.words)
    return " · ".join(parts)
