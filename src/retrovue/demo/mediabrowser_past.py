"""What Emby and Jellyfin remember of plays by themselves: the log of activity, and the Playback Reporting plugin."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from retrovue.demo.http import Request, Response
from retrovue.demo.mediabrowser_items import Document, iso
from retrovue.demo.mediabrowser_listing import Query, json_response
from retrovue.demo.mediabrowser_users import Users
from retrovue.demo.mediabrowser_view import TYPE_NAMES, MediaView
from retrovue.demo.model import Item
from retrovue.demo.playback import PastPlay, PlaybackBoard

_DAY_S = 86_400
_NOTED_AFTER_S = 20
_METHODS = {
    "direct play": "DirectPlay",
    "direct stream": "DirectStream (v:direct a:direct)",
    "transcode": "Transcode (v:h264 a:aac)",
}


class MediaPast:
    """The records of one server. Thread: any, under the library's lock.

    Attributes:
        log_days: how long the log of activity is kept.
        report_days: how long the plugin keeps its rows.
    """

    def __init__(self, view: MediaView, board: PlaybackBoard, users: Users) -> None:
        self.log_days = 30
        self.report_days = 92
        self._view = view
        self._board = board
        self._users = users

    def activity(self, query: Query) -> Response:
        """Answer `/System/ActivityLog/Entries`: newest first, starts and stops of plays among signs of other life."""
        rows = self._log()
        since = query.text("MinDate")
        if since is not None:
            earliest = datetime.fromisoformat(since.replace("Z", "+00:00")).timestamp()
            rows = [row for row in rows if row[0] >= earliest]
        start, limit = query.number("StartIndex") or 0, query.number("Limit")
        shown = rows[start:] if limit is None else rows[start : start + limit]
        found: Document = {"Items": [document for _, document in shown], "TotalRecordCount": len(rows)}
        if not self._view.flavour.is_emby:
            found["StartIndex"] = start
        return json_response(found)

    def submit_query(self, request: Request) -> Response:
        """Answer `/user_usage_stats/submit_custom_query` as the plugin does: any error is a 200 with HTML."""
        statement = str(json.loads(request.body or b"{}").get("CustomQueryString", ""))
        connection = sqlite3.connect(":memory:")
        try:
            connection.execute(
                "CREATE TABLE PlaybackActivity (DateCreated DATETIME NOT NULL, UserId TEXT, ItemId TEXT, "
                "ItemType TEXT, ItemName TEXT, PlaybackMethod TEXT, ClientName TEXT, DeviceName TEXT, PlayDuration INT)"
            )
            connection.executemany("INSERT INTO PlaybackActivity VALUES (?,?,?,?,?,?,?,?,?)", self.report_rows())
            cursor = connection.execute(statement)
            results = [["" if cell is None else str(cell) for cell in row] for row in cursor]
            columns = [each[0] for each in cursor.description or ()] if results else []
            return json_response({"colums": columns, "results": results, "message": ""})
        except sqlite3.Error as error:
            message = f"Error Running Query</br>{error}"
            return json_response({"colums": [], "results": [], "message": message})
        finally:
            connection.close()

    def report_rows(self) -> list[tuple[Any, ...]]:
        """The rows of the plugin's table, oldest first; its backup file has them too, separated by tabs."""
        since = self._view.library.now() - self.report_days * _DAY_S
        rows = []
        for play in sorted(self._board.past, key=lambda each: each.started_at):
            length_s = play.stopped_at - play.started_at - play.paused_s
            item = self._item(play)
            if play.started_at < since or length_s < _NOTED_AFTER_S or item is None:
                continue
            # The time of the server's own clock on the wall, without saying which zone that is.
            noted = datetime.fromtimestamp(play.started_at + _NOTED_AFTER_S, UTC).astimezone()
            identity = self._view.flavour.item_id(item.id)
            user_id = self._users.id_of(play.user)
            rows.append(
                (f"{noted:%Y-%m-%d %H:%M:%S}.0000000", user_id, identity, TYPE_NAMES[item.kind], self._name(item),
                 _METHODS[play.decision], play.player.product, play.player.name, length_s)
            )  # fmt: skip
        return rows

    def _log(self) -> list[tuple[float, Document]]:
        since = self._view.library.now() - self.log_days * _DAY_S
        entries = sorted(self._entries(), key=lambda entry: entry[0])
        rows = []
        for number, (at, kind, name, user_id, item_id) in enumerate(entries, start=1):
            if at < since:
                continue
            document: Document = {"Id": number, "Name": name, "Type": kind, "Date": iso(at), "UserId": user_id}
            if item_id is not None:
                document["ItemId"] = item_id
            rows.append((at, document | {"Severity": "Information" if not self._view.flavour.is_emby else "Info"}))
        return rows[::-1]

    def _entries(self) -> Iterator[tuple[float, str, str, str, str | None]]:
        identity = self._view.flavour.item_id
        seen: set[int] = set()
        for play in self._board.past:
            user_id = self._users.id_of(play.user)
            item = self._item(play)
            what = "?" if item is None else item.title
            if play.user.id not in seen:
                seen.add(play.user.id)
                yield play.started_at - 60, "SessionStarted", f"{play.user.name} is online", user_id, None
            on = f"{what} on {play.player.name}"
            if play.logged != "none":
                yield (
                    play.started_at,
                    "VideoPlayback",
                    f"{play.user.name} is playing {on}",
                    user_id,
                    identity(play.item_id),
                )
            if play.logged == "both":
                name = f"{play.user.name} has finished playing {on}"
                yield play.stopped_at, "VideoPlaybackStopped", name, user_id, identity(play.item_id)
        for active in self._board.active():
            name = f"{active.user.name} is playing on {active.player.name}"
            yield active.started_at, "VideoPlayback", name, self._users.id_of(active.user), identity(active.item_id)

    def _item(self, play: PastPlay) -> Item | None:
        return self._view.library.items.get(play.item_id)

    def _name(self, item: Item) -> str:
        show = self._view.library.items.get(item.show_id or 0)
        if item.kind != "episode" or show is None:
            return item.title
        return f"{show.title} - s{item.season_number or 0:02}e{item.index or 0:02} - {item.title}"
