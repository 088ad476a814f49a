"""Lists of plays, their fixed shape for scripts, and deletions with a way back."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import reduce
from typing import Any, TextIO

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.history import Play, PlayFilter, join
from retrovue.core.domain.servers import Server
from retrovue.core.domain.text import isoformat
from retrovue.core.i18n import _
from retrovue.core.services.catalog.sheets import SheetWriter


def list_plays(host: AppContext, chosen: PlayFilter, *, joined: bool = False, offset: int = 0) -> Sequence[Play]:
    """The plays that a filter lets through, newest first; `joined` as sittings, of which limit and offset then count.

    A sitting is of all plays, whatever the filter: it is listed where it begins within the filter's dates and one of
    its plays passes the rest, and then it is whole.
    """
    if not joined:
        return host.plays.list(chosen, offset=offset)
    return [reduce(join, group) for group in host.plays.sittings(chosen, offset=offset)]


def days(first: date | None, last: date | None) -> tuple[datetime | None, datetime | None]:
    """The instants at which a range of local days begins and is over; both days are part of it.

    Raises:
        ConfigError: the last day is before the first.
    """
    if first is not None and last is not None and last < first:
        raise ConfigError(
            _("The range ends before it begins."),
            hint=_("Choose a last day that is not before the first day."),
        )
    begins = None if first is None else datetime.combine(first, time.min).astimezone()
    ends = None if last is None else datetime.combine(last + timedelta(days=1), time.min).astimezone()
    return begins, ends


def play_json(play: Play) -> dict[str, Any]:
    """The fixed shape of a play."""
    return {
        "id": play.id,
        "server": play.server,
        "user": play.user,
        "kind": play.kind,
        "title": play.title,
        "show": play.show,
        "season": play.season,
        "episode": play.episode,
        "remote_id": play.remote_id,
        "guid": play.guid,
        "device": play.device,
        "player": play.player,
        "product": play.product,
        "platform": play.platform,
        "stream_decision": play.stream_decision,
        "started_at": isoformat(play.started_at),
        "stopped_at": isoformat(play.stopped_at),
        "paused_s": play.paused_s,
        "play_s": play.play_s,
        "position_ms": play.position_ms,
        "duration_ms": play.duration_ms,
        "percent": play.percent,
        "watched": play.watched,
        "source": play.source,
    }


def write_json(plays: Iterable[Play], stream: TextIO) -> None:
    """One JSON document a line."""
    for play in plays:
        stream.write(json.dumps(play_json(play), ensure_ascii=False) + "\n")


def write_csv(plays: Iterable[Play], stream: TextIO) -> None:
    """A table with a heading. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    writer: SheetWriter | None = None
    for play in plays:
        row = play_json(play)
        if writer is None:
            writer = SheetWriter(stream)
            writer.writerow(row)
        writer.writerow(row.values())


def delete(
    host: AppContext,
    *,
    ids: Sequence[int] | None = None,
    sittings: Sequence[int] = (),
    user: str | None = None,
    server: Server | None = None,
    older_than_days: int | None = None,
) -> tuple[int, str]:
    """Take plays out of the history; returns how many, and what `restore` is called with to bring them back.

    Args:
        sittings: beside `ids`, all plays of these sittings, by their first ones.

    Raises:
        ConfigError: nothing is named that says which plays.
    """
    if sittings:
        ids = [*(ids or ()), *host.plays.of_sittings(sittings)]
    if ids is None and user is None and server is None and older_than_days is None:
        raise ConfigError(
            _("No plays were given to delete."), hint=_("Give plays, a user, a server or an age in days.")
        )
    now = host.clock.epoch()
    before = None if older_than_days is None else now - older_than_days * 86_400
    server_id = None if server is None else server.id
    return host.plays.delete(now=now, ids=ids, user=user, server_id=server_id, stopped_before=before)


def restore(host: AppContext, deletion: str) -> int:
    """Bring back what a deletion took; returns how many plays.

    Raises:
        ConfigError: there is no such deletion.
    """
    count = host.plays.restore(deletion)
    if count == 0:
        raise ConfigError(
            _("No such deletion: {undo}.").format(undo=deletion),
            hint=_("Enter the value that the deletion returned."),
        )
    return count
