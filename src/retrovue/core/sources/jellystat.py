"""The backup file of Jellystat: one JSON list of tables.

Facts: its source of 2026-02-08. A play has the time at which it ended or was last seen, and how long it lasted without
pauses. Later plays of the same person and item can be in the same row, so a start computed from both can be too late.
Rows that it took from Playback Reporting have that plugin's time instead: 20 s after the start, by the server's clock
on the wall, written as if it were UTC.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any

import msgspec

from retrovue.core.domain.errors import ConfigError
from retrovue.core.i18n import _
from retrovue.core.sources.documents import LONGEST_MS, any_json, between, number_of, ordinal_of, text_of, year_of
from retrovue.core.sources.given import read_given
from retrovue.core.sources.mediabrowser.reporting import NOTED_AFTER_S, decision_of
from retrovue.core.sources.mediabrowser.values import epoch_of, moment, ms_of_ticks

_PLAYS = "jf_playback_activity"


@dataclass(frozen=True, slots=True)
class JellystatPlay:
    """One row of the table of plays. Times are epoch seconds."""

    key: str
    started_at: int
    stopped_at: int
    length_s: int
    remote_id: str
    title: str
    server: str | None = None
    user_key: str | None = None
    user: str | None = None
    show_title: str | None = None
    season_number: int | None = None
    episode_number: int | None = None
    year: int | None = None
    duration_ms: int | None = None
    position_ms: int | None = None
    device_id: str | None = None
    player: str | None = None
    product: str | None = None
    address: str | None = None
    decision: str | None = None

    @property
    def kind(self) -> str:
        """Return "episode" for what belongs to a show."""
        return "movie" if self.show_title is None else "episode"


@dataclass(frozen=True, slots=True)
class JellystatBackup:
    """What a backup tells of plays. `bad` is how many rows could not be read."""

    plays: list[JellystatPlay]
    bad: int = 0


def read_jellystat(path: Path, zone: tzinfo) -> JellystatBackup:
    """Read a backup file.

    Args:
        zone: of the server, for rows that came from Playback Reporting.

    Raises:
        ConfigError: it cannot be read, or is no such file.
    """
    tables = _tables(path)
    items = _items(tables)
    plays: list[JellystatPlay] = []
    bad = 0
    for row in tables[_PLAYS]:
        play = _play(row, items, zone) if isinstance(row, Mapping) else None
        if play is None:
            bad += 1
        else:
            plays.append(play)
    return JellystatBackup(plays, bad)


def _tables(path: Path) -> dict[str, list[Any]]:
    try:
        document = any_json(read_given(path))
    except msgspec.DecodeError as error:
        raise _no_backup(str(error)) from error
    found: dict[str, list[Any]] = {}
    for part in document if isinstance(document, list) else ():
        if isinstance(part, Mapping):
            found |= {name: rows for name, rows in part.items() if isinstance(rows, list)}
    if _PLAYS not in found:
        raise _no_backup(f"tables: {sorted(found)}")
    return found


def _items(tables: Mapping[str, list[Any]]) -> dict[str, Mapping[str, Any]]:
    """Return what the ids meant, also of items that are gone."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, keys in (("jf_library_items", ("Id",)), ("jf_library_episodes", ("EpisodeId", "Id"))):
        for row in tables.get(name, ()):
            if isinstance(row, Mapping):
                found |= {key: row for each in keys if (key := text_of(row.get(each)))}
    return found


def _play(row: Mapping[str, Any], items: Mapping[str, Mapping[str, Any]], zone: tzinfo) -> JellystatPlay | None:
    length_s = between(number_of(row.get("PlaybackDuration")), 0, LONGEST_MS // 1000)
    episode_id = text_of(row.get("EpisodeId"))
    # Of an episode, the other id is that of the show.
    remote_id, title = episode_id or text_of(row.get("NowPlayingItemId")), text_of(row.get("NowPlayingItemName"))
    times = None if length_s is None else _times(row, length_s, zone)
    if times is None or length_s is None or remote_id is None or title is None:
        return None
    item = items.get(remote_id, {})
    state = row.get("PlayState")
    position = number_of(state.get("PositionTicks")) if isinstance(state, Mapping) else None
    return JellystatPlay(
        key=text_of(row.get("Id")) or f"{row.get('UserId')} {remote_id} {times[0]}",
        started_at=times[0],
        stopped_at=times[1],
        length_s=length_s,
        remote_id=remote_id,
        title=title,
        server=text_of(row.get("ServerId")),
        user_key=text_of(row.get("UserId")),
        user=text_of(row.get("UserName")),
        show_title=text_of(row.get("SeriesName")) if episode_id else None,
        season_number=ordinal_of(item.get("ParentIndexNumber")) if episode_id else None,
        episode_number=ordinal_of(item.get("IndexNumber")) if episode_id else None,
        year=year_of(item.get("ProductionYear")),
        duration_ms=ms_of_ticks(number_of(item.get("RunTimeTicks"))),
        position_ms=ms_of_ticks(position),
        device_id=text_of(row.get("DeviceId")),
        player=text_of(row.get("DeviceName")),
        product=text_of(row.get("Client")),
        address=text_of(row.get("RemoteEndPoint")),
        decision=decision_of(text_of(row.get("PlayMethod"))),
    )


def _times(row: Mapping[str, Any], length_s: int, zone: tzinfo) -> tuple[int, int] | None:
    text = text_of(row.get("ActivityDateInserted"))
    if row.get("imported") is True:
        noted = moment(text)
        if noted is None:
            return None
        noted = noted.replace(tzinfo=zone).astimezone(UTC)
        started_at = int(noted.timestamp()) - NOTED_AFTER_S
        return started_at, started_at + length_s
    stopped_at = epoch_of(text)
    return None if stopped_at is None else (stopped_at - length_s, stopped_at)


def servers_of(backup: JellystatBackup) -> Iterator[str]:
    """Yield the machine identifiers of the servers, the one with most plays first."""
    counts: dict[str, int] = {}
    for play in backup.plays:
        if play.server is not None:
            counts[play.server] = counts.get(play.server, 0) + 1
    yield from sorted(counts, key=lambda server: -counts[server])


def _no_backup(detail: str) -> ConfigError:
    return ConfigError(
        _("This file is not a backup of Jellystat."),
        hint=_("Choose the .json file that Jellystat wrote, with its table of plays."),
        detail=detail,
    )
