"""The pages of the window in the order of the rail. A page's module is imported when it is first shown."""

from collections.abc import Callable

from retrovue.core.i18n import _
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.page import Page, PageSpec


def _activity(services: PageServices) -> Page:
    from retrovue.gui.pages.activity.page import ActivityPage

    return ActivityPage(services)


def _library(services: PageServices) -> Page:
    from retrovue.gui.pages.library.page import LibraryPage

    return LibraryPage(services)


def _servers(services: PageServices) -> Page:
    from retrovue.gui.pages.servers.page import ServersPage

    return ServersPage(services)


def _mapping(services: PageServices) -> Page:
    from retrovue.gui.pages.mapping.page import MappingPage

    return MappingPage(services)


def _settings(services: PageServices) -> Page:
    from retrovue.gui.pages.settings.page import SettingsPage

    return SettingsPage(services)


def _log(services: PageServices) -> Page:
    from retrovue.gui.pages.log.page import LogPage

    return LogPage(services)


def _cleanup(services: PageServices) -> Page:
    from retrovue.gui.pages.cleanup.page import CleanupPage

    return CleanupPage(services)


def _sync(services: PageServices) -> Page:
    from retrovue.gui.pages.sync.page import SyncPage

    return SyncPage(services)


def _history(services: PageServices) -> Page:
    from retrovue.gui.pages.history.page import HistoryPage

    return HistoryPage(services)


def _statistics(services: PageServices) -> Page:
    from retrovue.gui.pages.statistics.page import StatisticsPage

    return StatisticsPage(services)


def page_specs(services: Callable[[], PageServices]) -> list[PageSpec]:
    """Every page that exists; the factories call `services` when the profile is open."""

    def later(make: Callable[[PageServices], Page]) -> Callable[[], Page]:
        return lambda: make(services())

    return [
        PageSpec("activity", _("Activity"), "monitor-play", later(_activity), widest_badge="99"),
        PageSpec("library", _("Library"), "film-strip", later(_library)),
        PageSpec("servers", _("Servers"), "hard-drives", later(_servers)),
        PageSpec("mapping", _("Path mapping"), "signpost", later(_mapping), widest_badge="99+"),
        PageSpec("sync", _("Sync"), "arrows-clockwise", later(_sync), widest_badge="100 %"),
        PageSpec("history", _("History"), "clock-counter-clockwise", later(_history)),
        PageSpec("statistics", _("Statistics"), "chart-bar", later(_statistics)),
        PageSpec("cleanup", _("Clean-up"), "broom", later(_cleanup)),
        PageSpec("settings", _("Settings"), "gear-six", later(_settings), bottom=True),
        PageSpec("log", _("Log"), "scroll", later(_log), bottom=True),
    ]
