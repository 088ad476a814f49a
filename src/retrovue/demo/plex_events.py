"""Notifications of the Plex dialect for streams and library changes, as seen on a real server's websocket."""

from __future__ import annotations

from collections.abc import Iterator

from retrovue.demo.library import DemoLibrary
from retrovue.demo.model import Change, Item, Kind
from retrovue.demo.playback import Playback, PlaybackBoard
from retrovue.demo.plex_items import Document
from retrovue.demo.plex_status import playing_frame
from retrovue.demo.websocket import SocketHub

_TYPE_NUMBERS = {"movie": 1, "show": 2, "season": 3, "episode": 4, "artist": 8, "photo": 13}
_ACTIVITY_STEPS, _PROGRESS_STEPS = 39, 52
_TIMELINE_STATES = (0, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 1, 5)


def container(kind: str, array: str, *entries: Document) -> Document:
    """Wrap notification entries."""
    return {"NotificationContainer": {"type": kind, "size": len(entries), array: list(entries)}}


def timeline_frame(item: Item, state: int, *, now: int, **facts: object) -> Document:
    """Give one timeline notification; state 5 is done, 9 deleted."""
    entry: Document = {
        "identifier": "com.plexapp.plugins.library",
        "sectionID": item.section,
        "itemID": str(item.id),
        "type": _TYPE_NUMBERS[item.kind],
        "title": item.title,
        "state": state,
        "updatedAt": now,
        **facts,
    }
    if item.season_id is not None:
        entry |= {"parentItemID": str(item.season_id), "rootItemID": str(item.show_id)}
    if state == 9:
        entry["metadataState"] = "deleted"
    elif state < 5:
        entry |= {"metadataState": "loading", "queueSize": 1}
    return container("timeline", "TimelineEntry", entry)


def _activity(event: str, item: Item, progress: int) -> Document:
    return container(
        "activity",
        "ActivityNotification",
        {
            "event": event,
            "uuid": f"{item.id:08x}-0000-4000-8000-5eed5eed5eed",
            "Activity": {
                "uuid": f"{item.id:08x}-0000-4000-8000-5eed5eed5eed",
                "type": "library.update.section",
                "cancellable": False,
                "userID": 1,
                "title": "Scanning",
                "subtitle": item.title,
                "progress": progress,
                "Context": {"librarySectionID": item.section},
            },
        },
    )


def addition_frames(item: Item, *, now: int) -> Iterator[Document]:
    """Yield the storm that one new item causes: 80 activity, 52 progress, 14 timeline and some other frames."""
    yield _activity("started", item, 0)
    states = iter(_TIMELINE_STATES)
    for step in range(1, _ACTIVITY_STEPS * 2 + 1):
        yield _activity("updated", item, min(100, step * 100 // (_ACTIVITY_STEPS * 2)))
        if step <= _PROGRESS_STEPS:
            yield container("progress", "ProgressNotification", {"message": f"Analysing {item.title} ({step})"})
        if step % 6 == 0 and (state := next(states, None)) is not None:
            yield timeline_frame(item, state, now=now)
    for state in states:
        yield timeline_frame(item, state, now=now)
    yield _activity("ended", item, 100)
    yield container(
        "status",
        "StatusNotification",
        {"title": "Library scan complete", "description": "", "notificationName": "LIBRARY_UPDATE"},
    )


class PlexAnnouncer:
    """Sends a server's notifications to its websocket clients. Thread: any.

    Attributes:
        playbacks: announce streams (on).
        library_changes: announce library changes (off, so that tests say themselves what is heard).
    """

    def __init__(self, library: DemoLibrary, board: PlaybackBoard, sockets: SocketHub) -> None:
        self.playbacks = True
        self.library_changes = False
        self._library = library
        self._sockets = sockets
        library.listen(self._library_changed)
        board.listen(self._playback_changed)

    def _playback_changed(self, playback: Playback) -> None:
        if self.playbacks:
            self._sockets.broadcast(playing_frame(playback))

    def _library_changed(self, change: Change) -> None:
        if not self.library_changes:
            return
        now = self._library.now()
        items = [self._library.items[each] for each in change.item_ids if each in self._library.items]
        match change.action:
            case "added":
                for item in items[:1]:
                    self.added(item)
            case "removed":
                for item_id in change.item_ids:
                    if item_id not in self._library.items:
                        self.removed(item_id, change.sections[0])
            case "changed" | "watched":
                for item in items:
                    if item.id == change.subject:
                        self._sockets.broadcast(timeline_frame(item, 5, now=now))
            case "bulk":
                for section in change.sections:
                    self.refreshed(section)

    def added(self, item: Item) -> int:
        """Send the storm of a new item; give how many frames it had."""
        frames = list(addition_frames(item, now=self._library.now()))
        for each in frames:
            self._sockets.broadcast(each)
        return len(frames)

    def removed(self, item_id: int, section: str) -> None:
        """Send the word that an item is gone; what it was is not said, as servers do at times."""
        now = self._library.now()
        gone = Item(item_id, "movie", section, "", "", now)
        self._sockets.broadcast(timeline_frame(gone, 9, now=now, type=-1))

    def refreshed(self, section: str) -> None:
        """Send what a refresh of all metadata of a library causes: the word that each item is done."""
        now = self._library.now()
        kinds: tuple[Kind, ...] = ("movie", "show", "season", "episode")
        for kind in kinds:
            for item in self._library.members(section, kind):
                self._sockets.broadcast(timeline_frame(item, 5, now=now))
