"""The pages of the window in the order of the rail. A page's module is imported when it is first shown."""

from collections.abc import Callable

from retrovue.core.i18n import _
from retrovue.gui.pages.services import PageServices
from retrovue.gui.widgets.page import Page, PageSpec


def page_specs(services: Callable[[], PageServices]) -> list[PageSpec]:
    """Every page that exists; the factories call `services` when the profile is open."""

    def activity() -> Page:
        from retrovue.gui.pages.activity.page import ActivityPage

        return ActivityPage(services())

    def library() -> Page:
        from retrovue.gui.pages.library.page import LibraryPage

        return LibraryPage(services())

    def servers() -> Page:
        from retrovue.gui.pages.servers.page import ServersPage

        return ServersPage(services())

    def mapping() -> Page:
        from retrovue.gui.pages.mapping.page import MappingPage

        return MappingPage(services())

    def settings() -> Page:
        from retrovue.gui.pages.settings.page import SettingsPage

        return SettingsPage(services())

    def log() -> Page:
        from retrovue.gui.pages.log.page import LogPage

        return LogPage(services())

    def cleanup() -> Page:
        from retrovue.gui.pages.cleanup.page import CleanupPage

        return CleanupPage(services())

    def sync() -> Page:
        from retrovue.gui.pages.sync.page import SyncPage

        return SyncPage(services())

    def history() -> Page:
        from retrovue.gui.pages.history.page import HistoryPage

        return HistoryPage(services())

    def statistics() -> Page:
        from retrovue.gui.pages.statistics.page import StatisticsPage

        return StatisticsPage(services())

    return [
        PageSpec("activity", _("Activity"), "monitor-play", activity),
        PageSpec("library", _("Library"), "film-strip", library),
        PageSpec("servers", _("Servers"), "hard-drives", servers),
        PageSpec("mapping", _("Path mapping"), "signpost", mapping),
        PageSpec("sync", _("Sync"), "arrows-clockwise", sync),
        PageSpec("history", _("History"), "clock-counter-clockwise", history),
        PageSpec("statistics", _("Statistics"), "chart-bar", statistics),
        PageSpec("cleanup", _("Clean-up"), "broom", cleanup),
        PageSpec("settings", _("Settings"), "gear-six", settings, bottom=True),
        PageSpec("log", _("Log"), "scroll", log, bottom=True),
    ]
