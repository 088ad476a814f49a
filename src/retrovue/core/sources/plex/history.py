"""Plex's own history: what was watched to its end, by whom and when. Facts: Plex's published API description."""

from collections.abc import Mapping

from retrovue.core.sources.documents import LATEST_AT, between, number_of, ordinal_of, text_of
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.paging import PageWatch
from retrovue.core.sources.plex.decode import children, container, members
from retrovue.core.sources.plex.xml import Document
from retrovue.core.sources.records import PlayedItem, RecordedPlay

_PAGE = 1_000
_KINDS = ("movie", "episode", "track")


def read_history(http: HttpClient, since: int) -> list[RecordedPlay]:
    """Return the entries since an instant (epoch seconds by the server's clock), oldest first.

    An entry has one instant and no length. Only the owner may read it.

    Raises:
        AuthError, ForbiddenError: the account is not the owner.
        SourceError: the server does not answer, or with something else.
    """
    accounts = account_names(http)
    found: dict[str, RecordedPlay] = {}
    start, watch = 0, PageWatch()
    while True:
        # The operator is part of the parameter's name: viewedAt>=since.
        params = [
            ("sort", "viewedAt:asc"),
            ("viewedAt>", since),
            ("X-Plex-Container-Start", start),
            ("X-Plex-Container-Size", _PAGE),
        ]
        page = container(http.get("/status/sessions/history/all", params, page_size=_PAGE).body)
        entries = [entry for entry in members(page) if isinstance(entry, dict)]
        for entry in entries:
            play = _play(entry, accounts)
            if play is not None and play.at >= since:
                found[play.key] = play
        start += len(entries)
        total = number_of(page.get("totalSize"))
        # A list that goes round is at its end: every entry of it is here.
        if (
            not entries
            or watch.is_endless(map(_key, entries))
            or (total is not None and start >= total)
            or (total is None and len(entries) < _PAGE)
        ):
            return sorted(found.values(), key=lambda each: each.at)


def account_names(http: HttpClient) -> Mapping[str, str]:
    """Return the names of the accounts by their ids on this server. Raises like `read_history`."""
    found = container(http.get("/accounts").body)
    rows = [row for row in children(found, "Account") if isinstance(row, dict)]
    return {key: name for row in rows if (key := text_of(row.get("id"))) and (name := text_of(row.get("name")))}


def _key(entry: Document) -> str:
    # Old servers give entries no key; two entries of one second, account and item are one play.
    parts = (entry.get("viewedAt"), entry.get("accountID"), entry.get("ratingKey") or entry.get("title"))
    return text_of(entry.get("historyKey")) or " ".join(text_of(each) or "None" for each in parts)


def _play(entry: Document, accounts: Mapping[str, str]) -> RecordedPlay | None:
    at = between(number_of(entry.get("viewedAt")), 1, LATEST_AT)
    kind, title = text_of(entry.get("type")), text_of(entry.get("title"))
    if at is None or title is None or kind not in _KINDS:
        return None
    user_key, remote_id = text_of(entry.get("accountID")), text_of(entry.get("ratingKey"))
    is_episode = kind == "episode"
    item = PlayedItem(
        title=title,
        kind=kind,
        show_title=text_of(entry.get("grandparentTitle")) if is_episode else None,
        season_number=ordinal_of(entry.get("parentIndex")) if is_episode else None,
        episode_number=ordinal_of(entry.get("index")) if is_episode else None,
        aired=(text_of(entry.get("originallyAvailableAt")) or "")[:10] or None if is_episode else None,
    )
    return RecordedPlay(
        key=_key(entry),
        at=at,
        item=item,
        is_instant=True,
        watched=True,
        user_key=user_key,
        user=accounts.get(user_key or ""),
        remote_id=remote_id,
    )
