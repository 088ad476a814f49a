"""Two years of plays for a profile that was filled from demo servers, without asking those servers."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from retrovue.core.domain.servers import Server
from retrovue.core.domain.text import fold
from retrovue.core.storage.tables import episodes, libraries, media_users, movies, plays
from retrovue.demo.library import DemoLibrary
from retrovue.demo.mediabrowser_view import EMBY, JELLYFIN, digest
from retrovue.demo.model import Quality
from retrovue.demo.past import DAYS, make_past
from retrovue.demo.people import ServerName
from retrovue.demo.playback import PastPlay

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from retrovue.core.context import AppContext

_FLAVOURS = {"emby": EMBY, "jellyfin": JELLYFIN}
_DECISIONS = {"direct play": "direct_play", "direct stream": "direct_stream", "transcode": "transcode"}
_CONVERTED = "720p H264 · AAC 2.0"


def fill_history(
    context: "AppContext",
    shelves: Mapping[ServerName, DemoLibrary] | DemoLibrary,
    *,
    until: datetime | None = None,
    days: int = DAYS,
    seed: int = 7,
    zone: tzinfo | None = None,
) -> int:
    """Store the past of a demo house in the history; returns how many plays (6,000 in two years, under 2 s).

    The rows are written as they are, not through a monitor, which would take ten times as long. Call it once.

    Args:
        shelves: the demo library of each kind of server; a library alone is that of the Plex server. The profile's
            first server of that kind played it, and has to be imported before, so that plays find their items.
        until: the end of the past; now by default.
        days, seed, zone: see `make_past`.
    """
    by_name: Mapping[ServerName, DemoLibrary] = {"plex": shelves} if isinstance(shelves, DemoLibrary) else shelves
    servers = {name: next(one for one in context.servers.all() if one.kind.value == name) for name in by_name}
    past = make_past(by_name, until=until or context.clock.now(), days=days, seed=seed, zone=zone)
    with context.database.write() as connection:
        for name, server in servers.items():
            # A scene before may have taken items and files away: what cannot be described was not played.
            known = by_name[name].items
            mine = [play for play in past[name] if play.item_id in known and known[play.item_id].versions]
            users = _users(connection, server, by_name[name], mine)
            guids = _guids(connection, server)
            rows = [_row(server, by_name[name], play, users, guids) for play in mine]
            if rows:
                connection.execute(insert(plays), rows)
    return sum(map(len, past.values()))


def _users(
    connection: "Connection", server: Server, library: DemoLibrary, past: list[PastPlay]
) -> Mapping[int, int | None]:
    """Store the accounts that played; returns their ids by the person's number."""
    ids: dict[int, int | None] = {}
    for play in past:
        if play.user.id not in ids:
            number = play.user.id
            key = str(number) if server.kind.value == "plex" else digest("user", library.machine_identifier, number)
            row = {"server_id": server.id, "user_key": key, "name": play.user.name}
            seen = {"first_seen_at": play.started_at, "last_seen_at": past[-1].stopped_at}
            ids[number] = connection.execute(insert(media_users).values(**row, **seen)).inserted_primary_key[0]
    return ids


def _guids(connection: "Connection", server: Server) -> dict[str, str]:
    """What the catalog knows the server's items by."""
    found: dict[str, str] = {}
    for table in (movies, episodes):
        query = (
            select(table.c.remote_id, table.c.guid_primary)
            .join(libraries, libraries.c.id == table.c.library_id)
            .where(libraries.c.server_id == server.id, table.c.guid_primary.is_not(None))
        )
        found.update((row.remote_id, row.guid_primary) for row in connection.execute(query))
    return found


def _row(
    server: Server, library: DemoLibrary, play: PastPlay, users: Mapping[int, int | None], guids: Mapping[str, str]
) -> dict[str, Any]:
    item, flavour = library.items[play.item_id], _FLAVOURS.get(server.kind.value)
    show = library.items.get(item.show_id or 0)
    show_title = None if show is None else show.title
    remote_id = str(item.id) if flavour is None else flavour.item_id(item.id)
    quality = item.versions[0].quality
    is_converted, duration_ms = play.decision == "transcode", item.duration_ms or 1
    words = (item.title, show_title, play.user.name, server.name, play.player.name)
    return {
        "uid": digest("past", server.uuid, play.user.id, play.item_id, play.started_at),
        "server_id": server.id,
        "server_name": server.name,
        "media_user_id": users[play.user.id],
        "user_name": play.user.name,
        "kind": item.kind,
        "title": item.title,
        "show_title": show_title,
        "season_number": item.season_number,
        "episode_number": item.index if item.kind == "episode" else None,
        "aired": item.originally_available_at if item.kind == "episode" else None,
        "year": item.year,
        "remote_id": remote_id,
        "guid": guids.get(remote_id),
        "device_id": play.player.machine_identifier,
        "player": play.player.name,
        "product": play.player.product,
        "platform": play.player.platform,
        "address": play.player.address,
        "location": "lan" if play.player.local else "wan",
        "stream_decision": _DECISIONS[play.decision],
        "source_label": _label(quality),
        "delivered_label": _CONVERTED if is_converted else _label(quality),
        "bandwidth_kbps": min(quality.bitrate_kbps, 2_500) if is_converted else quality.bitrate_kbps,
        "started_at": play.started_at,
        "stopped_at": play.stopped_at,
        "paused_s": play.paused_s,
        "play_s": play.stopped_at - play.started_at - play.paused_s,
        "position_ms": play.position_ms,
        "duration_ms": duration_ms,
        "percent": min(100, play.position_ms * 100 // duration_ms),
        "is_watched": play.position_ms >= duration_ms * 0.9,
        "is_live": False,
        "is_inferred": False,
        "buffered": 0,
        "source": "live",
        "folded": fold(" ".join(word for word in words if word)),
    }


def _label(quality: Quality) -> str:
    resolution = {"4k": "4K", "sd": "SD"}.get(quality.resolution, f"{quality.resolution}p")
    layout = {2: "2.0", 6: "5.1"}.get(quality.audio_channels, str(quality.audio_channels))
    return f"{resolution} {quality.video_codec.upper()} · {quality.audio_codec.upper()} {layout}"
