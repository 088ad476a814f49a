"""Sessions, history and accounts of the Plex dialect, and the frames of its websocket."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from retrovue.demo.http import Request, Response
from retrovue.demo.library import DemoLibrary
from retrovue.demo.playback import USERS, Playback, PlaybackBoard, Viewed
from retrovue.demo.plex_items import Document, item_document
from retrovue.demo.plex_listing import PlexExchange, not_found
from retrovue.demo.query import Selection

_DETAILS = Selection(guids=True, details=True)


def session_document(library: DemoLibrary, board: PlaybackBoard, playback: Playback) -> Document:
    """Give a stream as `/status/sessions` lists it."""
    item = library.items[playback.item_id]
    document = item_document(library, item, _DETAILS)
    document.pop("Image", None)
    document["librarySectionID"] = str(document["librarySectionID"])
    document["sessionKey"] = playback.session_key
    document["viewOffset"] = board.position_ms(playback)
    _select_media(document, playback)
    document["User"] = {"id": str(playback.user.id), "thumb": "", "title": playback.user.name}
    document["Player"] = _player(playback)
    document["Session"] = {
        "id": playback.session_id,
        "bandwidth": playback.bandwidth_kbps,
        "location": "lan" if playback.player.local else "wan",
    }
    if playback.decision != "direct play":
        document["TranscodeSession"] = _transcode(playback, item.duration_ms or 0)
    if playback.live:
        document["live"] = "1"
        document["key"] = f"/livetv/sessions/{playback.session_id}"
        document.pop("librarySectionID")
    return {name: value for name, value in {**document, **playback.extra}.items() if value is not None}


def _select_media(document: Document, playback: Playback) -> None:
    decision = "directplay" if playback.decision == "direct play" else "transcode"
    for number, media in enumerate(document.get("Media", [])):
        if number == playback.version_index:
            media["selected"] = True
            for part in media["Part"]:
                part.update(selected=True, decision=decision)
            if playback.live:
                media["origin"] = "livetv"
                for part in media["Part"]:
                    del part["file"]


def _player(playback: Playback) -> Document:
    player = playback.player
    return {
        "address": player.address,
        "device": player.device,
        "machineIdentifier": player.machine_identifier,
        "model": "",
        "platform": player.platform,
        "platformVersion": "14",
        "product": player.product,
        "profile": player.platform,
        "remotePublicAddress": "203.0.113.9",
        "state": playback.state,
        "title": player.name,
        "vendor": "",
        "version": "10.20.0",
        "local": player.local,
        "relayed": False,
        "secure": True,
        "userID": playback.user.id,
    }


def _transcode(playback: Playback, duration_ms: int) -> Document:
    video = "transcode" if playback.decision == "transcode" else "copy"
    return {
        "key": f"/transcode/sessions/{playback.session_id}",
        "throttled": False,
        "complete": False,
        "progress": 12.5,
        "size": -22,
        "speed": 2.4,
        "error": False,
        "duration": duration_ms,
        "remaining": 804,
        "context": "streaming",
        "sourceVideoCodec": "hevc",
        "sourceAudioCodec": "eac3",
        "videoDecision": video,
        "audioDecision": "transcode" if video == "transcode" else "copy",
        "protocol": "dash",
        "container": "mp4",
        "videoCodec": "h264",
        "audioCodec": "aac",
        "audioChannels": 2,
        "width": 1280,
        "height": 720,
        "transcodeHwRequested": True,
        "transcodeHwFullPipeline": False,
    }


def playing_frame(playback: Playback, **facts: object) -> Document:
    """Give the notification of a stream's state; `facts` replace fields."""
    notification = {
        "sessionKey": playback.session_key,
        "clientIdentifier": playback.player.machine_identifier,
        "guid": "",
        "ratingKey": str(playback.item_id),
        "url": "",
        "key": f"/library/metadata/{playback.item_id}",
        "viewOffset": playback.offset_ms,
        "playQueueItemID": 7_100 + int(playback.started_at) % 100,
        "playQueueID": 310,
        "state": playback.state,
        **facts,
    }
    if playback.decision != "direct play":
        notification["transcodeSession"] = playback.session_id
    return {
        "NotificationContainer": {
            "type": "playing",
            "size": 1,
            "PlaySessionStateNotification": [notification],
        }
    }


class PlexStatus:
    """Answers `/status/...` and `/accounts`. Thread: any."""

    def __init__(self, library: DemoLibrary, board: PlaybackBoard) -> None:
        self._library = library
        self._board = board

    def table(self) -> Iterator[tuple[str, Callable[..., Response]]]:
        """The paths answered here."""
        yield "/status/sessions", self._sessions
        yield "/status/sessions/terminate", self._terminate
        yield "/status/sessions/history/all", self._history
        yield "/transcode/sessions", self._transcodes
        yield "/accounts", self._accounts

    def _sessions(self, exchange: PlexExchange) -> Response:
        documents = [session_document(self._library, self._board, playback) for playback in self._board.active()]
        return exchange.documents({}, "Metadata", documents)

    def _transcodes(self, exchange: PlexExchange) -> Response:
        documents = [_transcode(playback, 0) for playback in self._board.active() if playback.decision != "direct play"]
        return exchange.documents({}, "TranscodeSession", documents)

    def _terminate(self, exchange: PlexExchange) -> Response:
        session_id = exchange.request.param("sessionId") or ""
        reason = exchange.request.param("reason") or ""
        if not self._board.terminate(session_id, reason):
            return not_found()
        return Response(200, b"", "text/html")

    def _accounts(self, exchange: PlexExchange) -> Response:
        documents: list[Document] = [{"id": 0, "key": "/accounts/0", "name": ""}]
        # Everybody who has ever played has an account.
        people = {user.id: user for user in (*USERS, *(entry.user for entry in self._board.history))}
        documents += [{"id": user.id, "key": f"/accounts/{user.id}", "name": user.name} for user in people.values()]
        return exchange.documents({"identifier": "com.plexapp.system.accounts"}, "Account", documents)

    def _history(self, exchange: PlexExchange) -> Response:
        request = exchange.request
        entries = [entry for entry in self._board.history if self._wanted(entry, request)]
        descending = (request.param("sort") or "").endswith(":desc")
        entries.sort(key=lambda entry: (entry.viewed_at, entry.id), reverse=descending)
        start = int(request.value("X-Plex-Container-Start") or 0)
        size = request.value("X-Plex-Container-Size")
        page = entries[start : None if size is None else start + int(size)]
        documents = [self._viewed(entry) for entry in page]
        attributes: Document = {"size": len(documents), "totalSize": len(entries), "offset": start}
        fragments = [exchange.fragment("Metadata", document) for document in documents]
        return exchange.respond(attributes, "Metadata", fragments)

    def _wanted(self, entry: Viewed, request: Request) -> bool:
        item = self._library.items.get(entry.item_id)
        since = request.param("viewedAt>") or request.param("viewedAt>>")
        return (
            (since is None or entry.viewed_at > int(since))
            and request.param("accountID", str(entry.user.id)) == str(entry.user.id)
            and request.param("metadataItemID", str(entry.item_id)) == str(entry.item_id)
            and (item is None or request.param("librarySectionID", item.section) == item.section)
        )

    def _viewed(self, entry: Viewed) -> Document:
        item = self._library.items.get(entry.item_id)
        document: Document = {"historyKey": f"/status/sessions/history/{entry.id}"}
        if item is None:
            # An item that is gone leaves an entry without keys.
            document |= {"title": "(removed)", "type": "movie"}
        else:
            document |= {"key": f"/library/metadata/{item.id}", "ratingKey": str(item.id)}
            document |= {"librarySectionID": item.section, "title": item.title, "type": item.kind}
            document |= {"thumb": f"/library/metadata/{item.id}/thumb/{item.artwork_at}"}
            if item.kind == "episode":
                show = self._library.items[item.show_id or 0]
                document |= {"grandparentKey": f"/library/metadata/{show.id}", "grandparentTitle": show.title}
                document |= {"parentIndex": item.season_number, "index": item.index}
        document |= {"viewedAt": entry.viewed_at, "accountID": entry.user.id, "deviceID": 2}
        return {name: value for name, value in document.items() if value is not None}
