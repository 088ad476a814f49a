"""Who is playing now, on every server that is watched: the engine behind the window, the tray and the command line.

`poller` watches one server until it is told to stop: it asks, backs off while nobody answers, and is woken by what the
server's websocket says. `watcher` compares one answer with the last and finds the events; `notices` decides which of
them a person is told of, and in how many words. Nothing here knows Qt: whoever wants the engine gives it a thread.
"""

from retrovue.core.domain.playback import EventKind
from retrovue.core.services.monitor.events import ActiveSession, Heard, MonitorState, MonitorUpdate, PlaybackEvent
from retrovue.core.services.monitor.watcher import SessionWatcher

__all__ = [
    "ActiveSession",
    "EventKind",
    "Heard",
    "MonitorState",
    "MonitorUpdate",
    "PlaybackEvent",
    "SessionWatcher",
]
