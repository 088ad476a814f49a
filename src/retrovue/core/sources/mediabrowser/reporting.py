"""The Playback Reporting plugin of Emby and Jellyfin: its table, by its API and from its backup file.

Facts: the plugin's source (version 17). A row is written 20 s after a play began, with that moment in the server's
local time and no zone. No stop is stored; the duration is the time without pauses, and has the minutes of players that
vanished and the hours of phones that slept. A play whose stream changed its method has a row for each.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from retrovue.core.domain.errors import ConfigError, NotFoundError, ProtocolError
from retrovue.core.i18n import _
from retrovue.core.sources.documents import LATEST_AT, LONGEST_MS, between, number_of, text_of
from retrovue.core.sources.given import read_given
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.mediabrowser.decode import document
from retrovue.core.sources.records import ReportPage, ReportRow

NOTED_AFTER_S = 20
"""How long after the start the plugin notes a play."""
_PAGE = 2_000
_COLUMNS = 9
_PATH = "/user_usage_stats/submit_custom_query"
# SQLite knows the rules of the server's zone; the text alone does not tell the instant.
_QUERY = (
    "SELECT rowid, strftime('%s', DateCreated, 'utc'), UserId, ItemId, ItemType, ItemName, PlaybackMethod, ClientName, "
    "DeviceName, PlayDuration FROM PlaybackActivity WHERE rowid > {after} ORDER BY rowid LIMIT {limit}"
)
_EPISODE = re.compile(r"(?P<show>.+) - s(?P<season>\d{1,9})e(?P<episode>\d{1,9})(?: - (?P<title>.*))?", re.IGNORECASE)
_DECISIONS = {"directplay": "direct_play", "directstream": "direct_stream", "transcode": "transcode"}


def read_report(http: HttpClient, after: int) -> Iterator[ReportPage] | None:
    """Return the rows after a row id in pages; None where the plugin is not installed.

    Raises:
        AuthError, ForbiddenError: only administrators may.
        SourceError: the server does not answer, or the plugin reports an error.
    """
    try:
        first = _page(http, after)
    except NotFoundError:
        return None
    return _pages(http, first)


def _pages(http: HttpClient, page: ReportPage) -> Iterator[ReportPage]:
    while page.rows or page.bad:
        yield page
        page = _page(http, page.last)


def _page(http: HttpClient, after: int) -> ReportPage:
    query = _QUERY.format(after=int(after), limit=_PAGE)
    body = json.dumps({"CustomQueryString": query, "ReplaceUserId": False}).encode()
    answer = document(http.post(_PATH, body=body, headers={"Content-Type": "application/json"}).body)
    results, message = answer.get("results"), text_of(answer.get("message"))
    if message or not isinstance(results, list):
        raise ProtocolError(
            _("The Playback Reporting plugin reported an error."),
            hint=_("Update the plugin and try again."),
            detail=re.sub(r"<[^>]*>", " ", message or "")[:200],
        )
    last, rows, bad = after, list[ReportRow](), 0
    for cells in results:
        if not isinstance(cells, list) or len(cells) != _COLUMNS + 1:
            bad += 1
            continue
        row_id, noted_at = number_of(cells[0]), number_of(cells[1])
        last = max(last, row_id or 0)
        row = None if row_id is None else _row(row_id, noted_at, cells[2:])
        if row is None:
            bad += 1
        else:
            rows.append(row)
    if results and last == after:
        raise ProtocolError(
            _("The Playback Reporting plugin returned the same rows again."), hint=_("Update the plugin and try again.")
        )
    return ReportPage(rows, last, bad)


def read_backup(path: Path, zone: tzinfo) -> Iterator[ReportPage]:
    """Yield the rows of a backup file of the plugin.

    Args:
        zone: of the server when it wrote them; the file does not say.

    Raises:
        ConfigError: it cannot be read, or is no such file.
    """
    # Only line feeds end a row: a title can contain what Unicode calls a line separator.
    lines = read_given(path).decode("utf-8-sig", "replace").split("\n")
    cells = [line.rstrip("\r").split("\t") for line in lines if line.strip()]
    good = [each for each in cells if len(each) == _COLUMNS and _epoch(each[0], zone) is not None]
    if cells and len(good) * 2 < len(cells):
        raise ConfigError(
            _("This file is not a backup of Playback Reporting."),
            hint=_("Choose the .tsv file that the plugin wrote."),
            detail=f"{len(good)} of {len(cells)} lines",
        )
    for first in range(0, len(cells), _PAGE):
        chunk = cells[first : first + _PAGE]
        rows = list(_of_lines(chunk, zone))
        yield ReportPage(rows, 0, len(chunk) - len(rows))


def _of_lines(lines: Iterable[list[str]], zone: tzinfo) -> Iterator[ReportRow]:
    for cells in lines:
        row = _row(0, _epoch(cells[0], zone), cells[1:]) if len(cells) == _COLUMNS else None
        if row is not None:
            yield row


def _epoch(text: str, zone: tzinfo) -> int | None:
    try:
        # Seven digits after the point, where Python takes six.
        found = datetime.fromisoformat(text.strip()[:19])
        return int(found.replace(tzinfo=zone).astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        # The first and the last day of the calendar are the day before or after in some zones.
        return None


def _row(row_id: int, noted_at: int | None, cells: list[Any]) -> ReportRow | None:
    user_key, remote_id, kind, name, method, product, player = (text_of(cell) for cell in cells[:7])
    length_s = between(number_of(cells[7]), 0, LONGEST_MS // 1000)
    started_at = between(None if noted_at is None else noted_at - NOTED_AFTER_S, 1, LATEST_AT)
    if started_at is None or length_s is None or not user_key or not remote_id or not name:
        return None
    match = _EPISODE.fullmatch(name) if (kind or "").lower() == "episode" else None
    return ReportRow(
        row_id=row_id,
        started_at=started_at,
        length_s=length_s,
        user_key=user_key,
        remote_id=remote_id,
        kind=(kind or "video").lower(),
        title=(match["title"] or name) if match else name,
        show_title=match["show"] if match else None,
        season_number=int(match["season"]) if match else None,
        episode_number=int(match["episode"]) if match else None,
        decision=decision_of(method),
        product=product,
        player=player,
    )


def decision_of(method: str | None) -> str | None:
    """Return the stream decision of a word such as "Transcode (v:h264 a:direct)"."""
    return _DECISIONS.get((method or "").partition(" ")[0].lower())
