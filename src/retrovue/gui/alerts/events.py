"""The events that can raise a notice: the one table of their words, icons, groups and pages."""

from collections.abc import Callable
from dataclasses import dataclass

from retrovue.core.i18n import _
from retrovue.core.system.settings import NOTICE_DEFAULTS


@dataclass(frozen=True, slots=True)
class NoticeEvent:
    """How an event is shown.

    Attributes:
        group, words: made when they are shown, in the language of that moment.
        page: the key of the page that shows what a notice is about.
        is_problem: its notice is colored as a warning, and can come through in quiet hours.
        is_of_stream: it can have a filter by user, library and type.
    """

    group: Callable[[], str]
    words: Callable[[], str]
    icon: str
    page: str = "activity"
    is_problem: bool = False
    is_of_stream: bool = False


def _problems() -> str:
    return _("Problems")


def _playback() -> str:
    return _("Playback")


EVENTS: dict[str, NoticeEvent] = {
    "server_down": NoticeEvent(_problems, lambda: _("A server is not responding"), "plugs", "servers", is_problem=True),
    "server_up": NoticeEvent(_problems, lambda: _("A server is back online"), "plugs-connected"),
    "sync_failed": NoticeEvent(
        _problems, lambda: _("A sync failed or was incomplete"), "x-circle", "sync", is_problem=True
    ),
    "held_back": NoticeEvent(_problems, lambda: _("Removals are held back"), "hand-palm", "sync", is_problem=True),
    "error": NoticeEvent(_problems, lambda: _("A stream failed"), "warning", is_problem=True, is_of_stream=True),
    "started": NoticeEvent(_playback, lambda: _("Playback started"), "play", is_of_stream=True),
    "stopped": NoticeEvent(_playback, lambda: _("Playback stopped"), "square", is_of_stream=True),
    "paused": NoticeEvent(_playback, lambda: _("Playback paused"), "pause", is_of_stream=True),
    "resumed": NoticeEvent(_playback, lambda: _("Playback resumed"), "play-circle", is_of_stream=True),
    "watched": NoticeEvent(_playback, lambda: _("Watched to the end"), "check-circle", is_of_stream=True),
    "decision_changed": NoticeEvent(
        _playback, lambda: _("Stream decision changed"), "arrows-clockwise", is_of_stream=True
    ),
    "buffering": NoticeEvent(_playback, lambda: _("A stream is buffering"), "circle-notch", is_of_stream=True),
    "several_streams": NoticeEvent(_playback, lambda: _("One user has several streams"), "user", is_of_stream=True),
    "new_device": NoticeEvent(_playback, lambda: _("A user plays on a new device"), "user-plus", is_of_stream=True),
    "sync_finished": NoticeEvent(lambda: _("Syncs"), lambda: _("A sync finished"), "check-circle", "sync"),
    "leaving_soon": NoticeEvent(lambda: _("Clean-up"), lambda: _("Titles are leaving soon"), "broom", "cleanup"),
}
"""In the order of the settings, problems first. Buffering is only in records of earlier versions."""

PROBLEMS = frozenset(name for name, event in EVENTS.items() if event.is_problem)
FILTERED = frozenset(name for name, event in EVENTS.items() if event.is_of_stream)
"""Events of streams: each can have a filter of its own."""


def icon_of(event: str) -> str:
    """Return the icon of an event; a newer version can have stored one that is not known here."""
    return EVENTS[event].icon if event in EVENTS else "bell"


def page_about(event: str) -> str:
    """Return the key of the page that shows what a notice is about."""
    return EVENTS[event].page if event in EVENTS else "activity"


def event_texts() -> dict[str, dict[str, tuple[str, str]]]:
    """Return the groups of events that can raise a notice, each with its words and its icon; the problems first."""
    groups: dict[str, dict[str, tuple[str, str]]] = {}
    for name, event in EVENTS.items():
        if name in NOTICE_DEFAULTS:
            groups.setdefault(event.group(), {})[name] = (event.words(), event.icon)
    return groups
