"""Collections, tags and favorites, read from the servers when a rule, an exclusion or a setting looks at them."""

import logging
from collections.abc import Sequence

from retrovue.core.context import AppContext
from retrovue.core.domain.cleanup.rules import Field, Rule
from retrovue.core.domain.errors import SecretError, SourceError
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.text import fold
from retrovue.core.services.collections.refresh import asked_libraries
from retrovue.core.system import deeds

log = logging.getLogger(__name__)

_FRESH_S = 12 * 3_600
Failed = list[tuple[Server, SourceError | SecretError]]


def are_wanted(host: AppContext, rules: Sequence[Rule]) -> bool:
    """Whether anything looks at collections, tags or favorites."""
    if host.settings.keep_favorites:
        return True
    fields = {one.field for rule in rules for one in rule.where.conditions()}
    kinds = {one.kind for one in host.cleanup.exclusions(now=host.clock.epoch())}
    return bool(fields & {Field.COLLECTION, Field.TAG} or kinds & {"collection", "tag"})


def refresh_for(host: AppContext, rules: Sequence[Rule], token: CancelToken) -> Failed:
    """Read them where a rule, an exclusion or a setting looks at them. See `refresh_due`."""
    return refresh_due(host, token) if are_wanted(host, rules) else []


def refresh_due(host: AppContext, token: CancelToken) -> Failed:
    """Read them from every server of which what is stored is half a day old.

    Returns the servers that failed: what is stored of those stays as it is, and where there is nothing, nobody knows.

    Raises:
        Cancelled: canceled.
    """
    read_at, now = host.marks.read_at(), host.clock.epoch()
    due = [one for one in host.servers.all() if one.is_active and now - read_at.get(one.id, 0) >= _FRESH_S]
    failed: Failed = []
    for server in due:
        token.raise_if_cancelled()
        try:
            refresh_server(host, server, token)
        except (SourceError, SecretError) as error:
            token.raise_if_cancelled()
            log.info("collections, tags and favorites of %s: %s", server.name, error.detail)
            deeds.complain_of(server.name, error.text)
            failed.append((server, error))
    return failed


def is_tag(host: AppContext, server: Server, tag: str, failed: Failed) -> bool | None:
    """Whether anything on a server has a tag; None where its tags were not read, or not now (`failed`)."""
    if server.id not in host.marks.read_at() or server.id in {one.id for one, _error in failed}:
        return None
    wanted = fold(tag).strip()
    return any(at == server.id and fold(name).strip() == wanted for at, name in host.marks.tags())


def refresh_server(host: AppContext, server: Server, token: CancelToken) -> None:
    """Read the collections, tags and favorites of one server.

    Raises:
        SecretError: there is no token for it.
        SourceError: it cannot be asked, or a list is incomplete. Nothing was changed.
    """
    libraries = asked_libraries(host, server)
    source = host.open_source(server, token)
    try:
        collections = source.collections(libraries)
        marks = source.marks(libraries)
    finally:
        source.close()
    now = host.clock.epoch()
    host.collections.replace(server.id, collections, now=now)
    host.marks.replace(server.id, [(one.kind.value, one.name, one.remote_id) for one in marks], now=now)
