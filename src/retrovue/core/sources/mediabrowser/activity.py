"""Emby's and Jellyfin's log of activity: starts and stops of plays, kept by the server for 30 days.

Facts: recorded on Jellyfin 12.0 and 10.11. The device stands in a sentence in the server's language only, so it is not
read. Where the log has no plays, what the server keeps of each person and item still says that something was watched.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from retrovue.core.domain.errors import NotFoundError, ProtocolError
from retrovue.core.domain.imports import paired
from retrovue.core.sources.documents import number_of, ordinal_of, text_of, year_of
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.mediabrowser.decode import Document, document, rows_of
from retrovue.core.sources.mediabrowser.query import Params, id_lists
from retrovue.core.sources.mediabrowser.values import day_of, epoch_of, iso_of, ms_of_ticks
from retrovue.core.sources.paging import PageWatch
from retrovue.core.sources.records import PlayedItem, RecordedPlay

log = logging.getLogger(__name__)

_START, _STOP = "VideoPlayback", "VideoPlaybackStopped"
_PAGE = 500
_MAX_IDS = 40
_FIELDS = "ProductionYear,PremiereDate"
_WATCHED_FIELDS = f"{_FIELDS},UserDataPlayCount,UserDataLastPlayedDate"
_PAUSES = 2
"""A play with pauses can take longer than its item. A stop beyond this many lengths belongs to a start that is lost."""
_SPARE_S = 6 * 3_600


@dataclass(frozen=True, slots=True)
class _Entry:
    at: int
    is_start: bool
    user_key: str
    remote_id: str
    sentence: str


class ActivityReader:
    """Reads the record of one server. One thread.

    Args:
        items_path: the path and first parameters of item queries, for an account or for everything (None).
    """

    def __init__(self, http: HttpClient, items_path: Callable[[str | None], tuple[str, Params]]) -> None:
        self._http = http
        self._items_path = items_path

    def read(self, since: int) -> list[RecordedPlay]:
        """Return the plays since an instant (epoch seconds by the server's clock), oldest first.

        Raises:
            AuthError, ForbiddenError: only administrators may.
            SourceError: the server does not answer, or with something else.
        """
        users = self._users()
        try:
            entries = self._entries(since)
        except NotFoundError:
            log.info("%s keeps no log of activity", self._http.host)
            entries = []
        if entries:
            return self._plays(entries, {key: name for key, name, _ in users})
        found: list[RecordedPlay] = []
        for key, name, active_at in users:
            # Whoever was not there since then has played nothing, and need not be asked for.
            if active_at is None or active_at >= since:
                found += self._last_played(key, name, since)
        return sorted(found, key=lambda play: play.at)

    def _users(self) -> list[tuple[str, str, int | None]]:
        """Return (id, name, last activity) of every account."""
        rows, _total = rows_of(self._http.get("/Users").body)
        return [
            (key, text_of(row.get("Name")) or key, epoch_of(text_of(row.get("LastActivityDate"))))
            for row in rows
            if isinstance(row, dict) and (key := text_of(row.get("Id"))) is not None
        ]

    def _entries(self, since: int) -> list[_Entry]:
        found: list[_Entry] = []
        seen: set[str] = set()
        start, watch = 0, PageWatch()
        while True:
            params = [("StartIndex", start), ("Limit", _PAGE), ("MinDate", iso_of(since)), ("HasUserId", "true")]
            rows, total = rows_of(self._http.get("/System/ActivityLog/Entries", params, page_size=_PAGE).body)
            for row in rows:
                entry = _entry(row, seen)
                if entry is not None:
                    found.append(entry)
            start += len(rows)
            # Newest first: a version that does not know MinDate lists everything that it has.
            is_enough = bool(found) and found[-1].at < since
            if not rows or is_enough or watch.is_endless(_ids(rows)) or (total is not None and start >= total):
                return [entry for entry in found if entry.at >= since]

    def _plays(self, entries: list[_Entry], names: Mapping[str, str]) -> list[RecordedPlay]:
        items = self._items({entry.remote_id for entry in entries})
        longest: dict[tuple[str, ...], int] = {
            (entry.user_key, entry.remote_id): _PAUSES * (items[entry.remote_id].duration_ms or 0) // 1000 + _SPARE_S
            for entry in entries
            if entry.remote_id in items
        }
        sentences = {entry.remote_id: entry.sentence for entry in entries}
        told = ((entry.at, entry.is_start, (entry.user_key, entry.remote_id)) for entry in entries)
        plays = []
        for (user_key, remote_id), started_at, stopped_at in paired(told, longest_s=longest):
            # An item that is gone is still known by what the log says of it.
            item = items.get(remote_id) or PlayedItem(sentences[remote_id], "video")
            key = f"{user_key} {remote_id} {started_at}"
            plays.append(
                RecordedPlay(
                    key, started_at, item, stopped_at, user_key=user_key, user=names.get(user_key), remote_id=remote_id
                )
            )
        return plays

    def _items(self, ids: Iterable[str]) -> dict[str, PlayedItem]:
        path, first = self._items_path(None)
        found: dict[str, PlayedItem] = {}
        for chunk in id_lists(sorted(ids), _MAX_IDS):
            params = [*first, ("Ids", ",".join(chunk)), ("Fields", _FIELDS), ("EnableImages", "false")]
            try:
                rows, _total = rows_of(self._http.get(path, params).body)
            except ProtocolError as error:
                # One id that a version does not take fails the whole list; the plays are kept without their titles.
                log.warning("items of plays of %s: %s", self._http.host, error.detail or error.text)
                continue
            found |= {key: item for row in rows if isinstance(row, dict) for key, item in _item(row)}
        return found

    def _last_played(self, user_key: str, name: str, since: int) -> Iterator[RecordedPlay]:
        """Yield what an account played last, item by item: earlier plays of the same item are not known."""
        path, first = self._items_path(user_key)
        start, watch = 0, PageWatch()
        while True:
            params = [
                *first,
                ("Recursive", "true"),
                ("IncludeItemTypes", "Movie,Episode,Video"),
                ("SortBy", "DatePlayed"),
                ("SortOrder", "Descending"),
                ("Fields", _WATCHED_FIELDS),
                ("EnableUserData", "true"),
                ("EnableImages", "false"),
                ("StartIndex", start),
                ("Limit", _PAGE),
            ]
            rows, total = rows_of(self._http.get(path, params, page_size=_PAGE).body)
            for row in rows:
                for remote_id, item in _item(row) if isinstance(row, dict) else ():
                    data = self._user_data(row, f"{path}/{quote(remote_id, safe='')}", first)
                    at = epoch_of(text_of(data.get("LastPlayedDate")))
                    if at is None or at < since:
                        return
                    yield RecordedPlay(
                        f"{user_key} {remote_id} {at}",
                        at,
                        item,
                        is_instant=True,
                        watched=data.get("Played") is True,
                        user_key=user_key,
                        user=name,
                        remote_id=remote_id,
                    )
            start += len(rows)
            if not rows or watch.is_endless(_ids(rows)) or (total is not None and start >= total):
                return

    def _user_data(self, row: Document, path: str, first: Params) -> Document:
        """Return what the account did with an item. Emby's lists leave out when that was; the item alone has it."""
        data = row.get("UserData")
        if not isinstance(data, dict) or "LastPlayedDate" not in data:
            try:
                data = document(self._http.get(path, first).body).get("UserData")
            except NotFoundError:
                data = None
        return data if isinstance(data, dict) else {}


def account_names(http: HttpClient) -> dict[str, str]:
    """Return the names of all accounts by their ids, for administrators only."""
    rows, _total = rows_of(http.get("/Users").body)
    return {
        key: text_of(row.get("Name")) or key
        for row in rows
        if isinstance(row, dict) and (key := text_of(row.get("Id"))) is not None
    }


def user_path(user_id: str) -> tuple[str, Params]:
    """Return the path of an account's items on Emby, which has no such parameter."""
    return f"/Users/{quote(user_id, safe='')}/Items", []


def _ids(rows: Iterable[object]) -> Iterator[str | None]:
    return (text_of(row.get("Id")) for row in rows if isinstance(row, dict))


def _entry(row: object, seen: set[str]) -> _Entry | None:
    if not isinstance(row, dict) or row.get("Type") not in (_START, _STOP):
        return None
    number = text_of(row.get("Id"))
    at, user_key, remote_id = epoch_of(text_of(row.get("Date"))), text_of(row.get("UserId")), text_of(row.get("ItemId"))
    if at is None or user_key is None or remote_id is None or number in seen:
        return None
    if number is not None:
        # New entries move the pages that are read after them.
        seen.add(number)
    sentence = text_of(row.get("Name")) or datetime.fromtimestamp(at, UTC).isoformat()
    return _Entry(at, row["Type"] == _START, user_key, remote_id, sentence)


def _item(row: Document) -> Iterator[tuple[str, PlayedItem]]:
    remote_id, kind = text_of(row.get("Id")), (text_of(row.get("Type")) or "Video").lower()
    if remote_id is None:
        return
    is_episode = kind == "episode"
    yield (
        remote_id,
        PlayedItem(
            title=text_of(row.get("Name")) or "",
            kind=kind,
            show_title=text_of(row.get("SeriesName")) if is_episode else None,
            season_number=ordinal_of(row.get("ParentIndexNumber")) if is_episode else None,
            episode_number=ordinal_of(row.get("IndexNumber")) if is_episode else None,
            year=year_of(row.get("ProductionYear")),
            aired=day_of(text_of(row.get("PremiereDate"))) if is_episode else None,
            duration_ms=ms_of_ticks(number_of(row.get("RunTimeTicks"))),
        ),
    )
