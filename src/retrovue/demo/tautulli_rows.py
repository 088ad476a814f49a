"""What a demo Tautulli keeps: one row for every play of a Plex server that was long enough, and its groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import Any

from retrovue.demo.http import Request
from retrovue.demo.library import DemoLibrary
from retrovue.demo.playback import PastPlay, Playback, PlaybackBoard, User

Document = dict[str, Any]
_SHORTEST_S = 120
_WATCHED_PERCENT = 85
_OWNER_ACCOUNT = 1_000_001
_DECISIONS = {"direct play": "direct play", "direct stream": "copy", "transcode": "transcode"}


@dataclass(slots=True)
class History:
    """The rows of one Plex server. Thread: any, under the library's lock.

    Attributes:
        zone: the zone of Tautulli's process, in which all days are; None is this computer's.
        deleted: ids of rows that somebody deleted; their numbers are never used again.
    """

    library: DemoLibrary
    board: PlaybackBoard
    zone: tzinfo | None = None
    deleted: set[int] = field(default_factory=set)
    _read: int = 0
    _rows: list[Document] = field(default_factory=list)

    def rows(self) -> list[Document]:
        """Every row that is kept, by id, which grows with the time of stopping."""
        past = self.board.past
        if len(past) < self._read:
            # Another past was put in.
            self._rows, self._read = [], 0
        if self._read != len(past):
            fresh = sorted(past[self._read :], key=lambda play: play.stopped_at)
            self._rows += [row for play in fresh if (row := self._row(play, len(self._rows) + 1)) is not None]
            self._number()
            self._read = len(past)
        return [row for row in self._rows if row["id"] not in self.deleted]

    def _number(self) -> None:
        """Number the rows and group them: a row joins the one before of the same user and item that it goes on with."""
        latest: dict[tuple[int, int], Document] = {}
        for number, row in enumerate(self._rows, start=1):
            key = (row["user_id"], row["rating_key"])
            before = latest.get(key)
            row["id"] = row["row_id"] = number
            joins = before is not None and not _is_watched(before) and row["_position_ms"] >= before["_position_ms"]
            row["reference_id"] = before["reference_id"] if before is not None and joins else number
            latest[key] = row

    def _row(self, play: PastPlay, number: int) -> Document | None:
        length_s = play.stopped_at - play.started_at - play.paused_s
        if length_s < _SHORTEST_S or play.item_id not in self.library.items:
            return None
        document = self._described(play.item_id, play.user, play)
        return document | {
            "reference_id": number, "row_id": number, "id": number, "date": play.started_at,
            "started": play.started_at, "stopped": play.stopped_at, "duration": length_s, "play_duration": length_s,
            "paused_counter": play.paused_s, "transcode_decision": _DECISIONS[play.decision],
            "group_count": 1, "group_ids": str(number), "state": None, "session_key": None,
            **self._progress(play.item_id, play.position_ms),
        }  # fmt: skip

    def live(self) -> list[Document]:
        """The rows of what is playing now, which have no id yet."""
        return [self._live(playback) for playback in self.board.active() if not playback.live]

    def _live(self, playback: Playback) -> Document:
        now = self.library.now()
        length_s = max(0, now - playback.started_at)
        return self._described(playback.item_id, playback.user, playback) | {
            "reference_id": None, "row_id": None, "id": None, "date": playback.started_at,
            "started": playback.started_at, "stopped": now, "duration": length_s, "play_duration": length_s,
            "paused_counter": 0, "transcode_decision": _DECISIONS[playback.decision], "group_count": None,
            "group_ids": None, "state": playback.state, "session_key": int(playback.session_key),
            **self._progress(playback.item_id, self.board.position_ms(playback)),
        }  # fmt: skip

    def _progress(self, item_id: int, position_ms: int) -> Document:
        duration_ms = self.library.items[item_id].duration_ms or 0
        percent = min(100, round(position_ms * 100 / duration_ms)) if duration_ms else 0
        quarters = min(1.0, percent / _WATCHED_PERCENT // 0.25 * 0.25)
        return {
            "percent_complete": percent,
            "watched_status": int(quarters) if quarters in (0, 1) else quarters,
            "_position_ms": position_ms,
            "_duration_ms": duration_ms,
        }

    def _described(self, item_id: int, user: User, play: PastPlay | Playback) -> Document:
        item = self.library.items[item_id]
        show, season = (self.library.items.get(number or 0) for number in (item.show_id, item.season_id))
        player = play.player
        account = account_id(user)
        return {
            "user_id": account, "user": user.name, "friendly_name": user.name, "user_thumb": "",
            "platform": player.platform, "product": player.product, "player": player.name,
            "ip_address": player.address, "live": 0, "machine_id": player.machine_identifier,
            "location": "lan" if player.local else "wan", "secure": 1, "relayed": 0, "media_type": item.kind,
            "rating_key": item.id, "parent_rating_key": "" if season is None else season.id,
            "grandparent_rating_key": "" if show is None else show.id,
            "full_title": item.title if show is None else f"{show.title} - {item.title}", "title": item.title,
            "parent_title": "" if season is None else season.title,
            "grandparent_title": "" if show is None else show.title, "original_title": item.original_title or "",
            "year": item.year or "", "media_index": "" if show is None else item.index or "",
            "parent_media_index": "" if item.season_number is None else item.season_number,
            "thumb": f"/library/metadata/{item.id}/thumb/{item.artwork_at}",
            "originally_available_at": item.originally_available_at or "", "guid": item.guid,
            "_section": item.section,
        }  # fmt: skip

    def day_of(self, epoch: float) -> date:
        """The day of an instant, in the zone of this Tautulli."""
        return self.local(epoch).date()

    def local(self, epoch: float) -> datetime:
        """An instant in the zone of this Tautulli."""
        return datetime.fromtimestamp(epoch, self.zone).astimezone(self.zone)


def account_id(user: User) -> int:
    """The account that Tautulli knows a person by: the owner's is not the 1 that the server itself uses."""
    return _OWNER_ACCOUNT if user.id == 1 else user.id


def shown(row: Document) -> Document:
    """A row as it is answered."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


def grouped(rows: list[Document]) -> list[Document]:
    """One row for each group, with the sums of all."""
    groups: dict[int, list[Document]] = {}
    for row in rows:
        groups.setdefault(row["reference_id"], []).append(row)
    return [_group(members) for members in groups.values()]


def _group(rows: list[Document]) -> Document:
    last = rows[-1]
    length_s = sum(row["duration"] for row in rows)
    return last | {
        "date": max(row["started"] for row in rows),
        "started": min(row["started"] for row in rows),
        "stopped": max(row["stopped"] for row in rows),
        "duration": length_s,
        "play_duration": length_s,
        "paused_counter": sum(row["paused_counter"] for row in rows),
        "percent_complete": max(row["percent_complete"] for row in rows),
        "group_count": len(rows),
        "group_ids": ",".join(str(row["id"]) for row in rows),
    }


def answer_history(history: History, request: Request) -> Document:
    """Answer `get_history`: filtered, grouped, searched, ordered and cut, in this order."""
    found = [row for row in history.rows() if _is_wanted(history, row, request)]
    if request.param("grouping", "1") != "0":
        found = grouped(found)
    live = history.live() if request.param("include_activity", "1") != "0" else []
    found = [row for row in [*live, *found] if _matches(row, request.param("search") or "")]
    column = request.param("order_column") or "date"
    found.sort(
        key=lambda row: (row["id"] is None, row.get("_duration_ms" if column == "duration" else column) or 0),
        reverse=request.param("order_dir", "desc") != "asc",
    )
    start, length = int(request.param("start") or 0), int(request.param("length") or 25)
    # -1 leaves out the last row, as the real one does.
    page = found[start : length if length < 0 else start + length]
    return {
        "recordsFiltered": len(found),
        "recordsTotal": len(history.rows()),
        "data": [shown(row) for row in page],
        "draw": 1,
        "filter_duration": f"{sum(row['duration'] for row in page)} secs",
        "total_duration": f"{sum(row['duration'] for row in found)} secs",
    }


def _matches(row: Document, search: str) -> bool:
    columns = ("friendly_name", "ip_address", "platform", "product", "player", "full_title")
    return search.casefold() in " ".join(str(row[name]) for name in columns).casefold()


def _is_wanted(history: History, row: Document, request: Request) -> bool:
    for name in (
        "user_id", "user", "rating_key", "parent_rating_key", "grandparent_rating_key", "reference_id", "media_type",
        "transcode_decision",
    ):  # fmt: skip
        wanted = request.param(name)
        if wanted and str(row[name]) not in wanted.split(","):
            return False
    section, guid = request.param("section_id"), request.param("guid")
    if (section and row["_section"] not in section.split(",")) or (guid and not row["guid"].startswith(guid)):
        return False
    day = history.day_of(row["started"]).isoformat()
    after, before, exactly = (request.param(name) for name in ("after", "before", "start_date"))
    if any(limit is not None and not _is_day(limit) for limit in (after, before, exactly)):
        return False
    return (after or "") <= day <= (before or "9999") and exactly in (None, day)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_watched(row: Document) -> bool:
    return bool(row["watched_status"] == 1)
