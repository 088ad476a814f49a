"""The events that can raise a notice: their words and icons, by group."""

from retrovue.core.domain.playback import EventKind
from retrovue.core.i18n import _
from retrovue.core.system.settings import NOTICE_DEFAULTS

_OTHERS = frozenset({"sync_failed", "sync_finished", "held_back", "several_streams", "new_device", "leaving_soon"})
"""Events that are no event of a session or a server."""
FILTERED = frozenset({kind.value for kind in EventKind} - {"server_down", "server_up"}) | {
    "several_streams",
    "new_device",
}
"""Events of streams: each can have a filter of its own."""


def event_texts() -> dict[str, dict[str, tuple[str, str]]]:
    """Groups of events that can raise a notice, each with its words and its icon; the problems first."""
    texts = {
        _("Problems"): {
            "server_down": (_("A server is not responding"), "plugs"),
            "server_up": (_("A server is back online"), "plugs-connected"),
            "sync_failed": (_("A sync failed or was incomplete"), "x-circle"),
            "held_back": (_("Removals are held back"), "hand-palm"),
            "error": (_("A stream failed"), "warning"),
        },
        _("Playback"): {
            "started": (_("Playback started"), "play"),
            "stopped": (_("Playback stopped"), "square"),
            "paused": (_("Playback paused"), "pause"),
            "resumed": (_("Playback resumed"), "play-circle"),
            "watched": (_("Watched to the end"), "check-circle"),
            "decision_changed": (_("Stream decision changed"), "arrows-clockwise"),
            "buffering": (_("A stream is buffering"), "circle-notch"),
            "several_streams": (_("One user has several streams"), "user"),
            "new_device": (_("A user plays on a new device"), "user-plus"),
        },
        _("Syncs"): {"sync_finished": (_("A sync finished"), "check-circle")},
        _("Clean-up"): {"leaving_soon": (_("Titles are leaving soon"), "broom")},
    }
    raised = {kind.value for kind in EventKind} & set(NOTICE_DEFAULTS) | _OTHERS
    return {
        group: {event: words for event, words in events.items() if event in raised} for group, events in texts.items()
    }
