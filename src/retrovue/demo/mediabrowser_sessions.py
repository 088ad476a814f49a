"""Streams and the websocket of Emby and Jellyfin."""

from __future__ import annotations

import json
import threading
from typing import Any

from retrovue.demo.library import DemoLibrary
from retrovue.demo.mediabrowser_items import (
    Document,
    Wanted,
    filled,
    iso,
    item_document,
    media_streams,
    ticks,
    user_data,
)
from retrovue.demo.mediabrowser_users import Users
from retrovue.demo.mediabrowser_view import MediaView, digest
from retrovue.demo.model import Change
from retrovue.demo.playback import Playback, PlaybackBoard
from retrovue.demo.websocket import Socket, SocketHub

_METHODS = {"direct play": "DirectPlay", "direct stream": "DirectStream", "transcode": "Transcode"}
_STATE: Document = {"CanSeek": False, "IsPaused": False, "IsMuted": False, "RepeatMode": "RepeatNone"}
KEEP_ALIVE_S = 60


def session_document(view: MediaView, board: PlaybackBoard, users: Users, playback: Playback) -> Document:
    """Give a stream as `/Sessions` lists it: a device that has a playing item."""
    account = users.named(playback.user.name)
    item = view.item(playback.item_id)
    document = _device(view, playback.player.machine_identifier, playback.player.name, playback.player.product)
    document |= {
        "UserId": account.id if account else None,
        "UserName": playback.user.name,
        "RemoteEndPoint": playback.player.address,
        "PlayState": {
            **_STATE,
            "CanSeek": True,
            "IsPaused": playback.state == "paused",
            "PositionTicks": ticks(board.position_ms(playback)),
            "VolumeLevel": 87,
            "AudioStreamIndex": 2,
            "SubtitleStreamIndex": -1,
            "PlayMethod": _METHODS[playback.decision],
        },
    }
    if item is not None:
        playing = item_document(view, item, Wanted(None))
        playing.pop("MediaSources", None)
        versions = view.versions(item)
        if versions:
            version = versions[min(playback.version_index, len(versions) - 1)]
            playing["MediaStreams"] = media_streams(version.quality)
            document["PlayState"]["MediaSourceId"] = digest("source", version.id)
        document["NowPlayingItem"] = playing
    if playback.decision != "direct play":
        document["TranscodingInfo"] = _transcoding(playback)
    return filled(document | playback.extra)


def _device(view: MediaView, device_id: str, name: str, client: str) -> Document:
    return {
        "Id": digest("session", device_id),
        "ServerId": view.library.machine_identifier[:32],
        "Client": client,
        "DeviceName": name,
        "DeviceId": device_id,
        "ApplicationVersion": "3.4.20",
        "Protocol": "HTTP/1.1",
        "LastActivityDate": iso(view.library.now_exact()),
        "PlayState": dict(_STATE),
        "AdditionalUsers": [],
        "SupportsRemoteControl": True,
    }


def _transcoding(playback: Playback) -> Document:
    copies = playback.decision == "direct stream"
    return {
        "VideoCodec": "h264",
        "AudioCodec": "aac",
        "Container": "ts",
        "IsVideoDirect": copies,
        "IsAudioDirect": copies,
        "Bitrate": playback.bandwidth_kbps * 1_000,
        "Width": 1280,
        "Height": 720,
        "AudioChannels": 2,
        "CompletionPercentage": 12.5,
        "TranscodeReasons": ["VideoCodecNotSupported"],
    }


class MediaAnnouncer:
    """Sends messages to websocket clients. Thread: any.

    Attributes:
        playbacks: tell subscribers of streams (on).
        library_changes: tell of library changes (off, so that tests say themselves what is heard).
    """

    def __init__(self, view: MediaView, board: PlaybackBoard, sockets: SocketHub, users: Users) -> None:
        self.playbacks = True
        self.library_changes = False
        self._view = view
        self._board = board
        self._sockets = sockets
        self._users = users
        self._periods: dict[Socket, float] = {}
        self._stop = threading.Event()
        self._feed: threading.Thread | None = None
        self._messages = 0
        self._messages_to: dict[str, str] = {}
        self._sending = threading.Lock()
        self._lists = self._sent = 0
        library: DemoLibrary = view.library
        library.listen(self._library_changed)
        board.listen(self._playback_changed)
        sockets.on_message = self._heard
        sockets.on_open = self._opened

    def sessions(self) -> list[Document]:
        """Every connected device: those that play, and one that is idle."""
        idle = _device(self._view, "device-idle-0009", "Kitchen", "Emby Web")
        playing = [session_document(self._view, self._board, self._users, each) for each in self._board.active()]
        return [idle, *playing]

    def message_to(self, session_id: str, text: str) -> bool:
        """Keep what a player is to show; False where nothing plays there."""
        known = self._playing_as(session_id) is not None
        if known:
            self._messages_to[session_id] = text
        return known

    def stop(self, session_id: str) -> bool:
        """Stop what plays as this session; False where nothing does."""
        playback = self._playing_as(session_id)
        text = self._messages_to.pop(session_id, "")
        return playback is not None and self._board.terminate(playback.session_id, text)

    def _playing_as(self, session_id: str) -> Playback | None:
        playing = self._board.active()
        return next((p for p in playing if digest("session", p.player.machine_identifier) == session_id), None)

    def message(self, kind: str, data: Any = None) -> Document:
        """Give a frame; its id is new each time."""
        self._messages += 1
        document = {"MessageType": kind, "MessageId": digest("message", self._messages)}
        return document if data is None else {**document, "Data": data}

    def _opened(self, socket: Socket) -> None:
        if not self._view.flavour.is_emby:
            _send(socket, self.message("ForceKeepAlive", KEEP_ALIVE_S))

    def _heard(self, socket: Socket, text: str) -> None:
        try:
            said = json.loads(text)
        except ValueError:
            return
        match said.get("MessageType") if isinstance(said, dict) else None:
            case "KeepAlive":
                if not self._view.flavour.is_emby:
                    _send(socket, self.message("KeepAlive"))
            case "SessionsStart":
                _first, _, period = str(said.get("Data", "0,1500")).partition(",")
                self._periods[socket] = int(period or 1500) / 1_000
                if self._view.flavour.is_emby:
                    _send(socket, self._sessions_message())
                    self._keep_feeding()
            case "SessionsStop":
                self._periods.pop(socket, None)
            case _:
                pass

    def _sessions_message(self) -> Document:
        with self._view.library.lock:
            return self.message("Sessions", self.sessions())

    def push_sessions(self) -> int:
        """Send all streams to those who subscribed; give how many those are."""
        open_now = self._sockets.sockets
        for socket in list(self._periods):
            if socket not in open_now:
                self._periods.pop(socket, None)
        if not self._periods:
            return 0
        with self._view.library.lock:
            self._lists += 1
            number, document = self._lists, self._sessions_message()
        with self._sending:
            # Lists are made on several threads; an older one after a newer one would take a stream back.
            if number > self._sent:
                self._sent = number
                for socket in list(self._periods):
                    _send(socket, document)
        return len(self._periods)

    def _keep_feeding(self) -> None:
        """Emby repeats the list while somebody listens."""
        if self._feed is None or not self._feed.is_alive():
            self._feed = threading.Thread(target=self._run, name="demo-sessions", daemon=True)
            self._feed.start()

    def _run(self) -> None:
        while self._periods:
            self._stop.wait(min(self._periods.values(), default=1.5))
            self.push_sessions()

    def _playback_changed(self, _playback: Playback) -> None:
        if self.playbacks:
            self.push_sessions()

    def _library_changed(self, change: Change) -> None:
        if not self.library_changes:
            return
        if change.action == "watched":
            self._watched(change)
            return
        name = {"added": "ItemsAdded", "changed": "ItemsUpdated", "removed": "ItemsRemoved"}.get(change.action)
        identity = self._view.flavour.item_id
        known = self._view.library.items
        numbers = [each for each in change.item_ids if (each in known) is (change.action != "removed")]
        data: Document = {each: [] for each in ("ItemsAdded", "ItemsUpdated", "ItemsRemoved")}
        if name:
            data[name] = [identity(number) for number in numbers]
        data |= {
            "FoldersAddedTo": [],
            "FoldersRemovedFrom": [],
            "CollectionFolders": [identity(int(key)) for key in change.sections],
        }
        if not self._view.flavour.is_emby:
            data["IsEmpty"] = not any(data[each] for each in ("ItemsAdded", "ItemsUpdated", "ItemsRemoved"))
        self.announce_library(data)

    def _watched(self, change: Change) -> None:
        """What somebody watched, and the season above it, which says only how much of it is left."""
        item = self._view.item(change.subject or 0)
        if item is None:
            return
        identity = self._view.flavour.item_id
        rows = [{**user_data(item), "Key": str(item.id), "ItemId": identity(item.id)}]
        if item.season_id is not None:
            rows.append({"PlayCount": 0, "Played": False, "UnplayedItemCount": 3, "ItemId": identity(item.season_id)})
        for socket in self._sockets.sockets:
            caller = self._users.caller(socket.request)
            if caller is not None and caller.account is not None:
                _send(socket, self.message("UserDataChanged", {"UserId": caller.account.id, "UserDataList": rows}))

    def announce_library(self, data: Document) -> int:
        """Send a library change; on Jellyfin only to people: a key has no libraries. Give how many got it."""
        told = 0
        for socket in self._sockets.sockets:
            caller = self._users.caller(socket.request)
            if self._view.flavour.is_emby or (caller is not None and caller.account is not None):
                _send(socket, self.message("LibraryChanged", data))
                told += 1
        return told


def _send(socket: Socket, document: Document) -> None:
    socket.send(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))
