"""What can be excluded besides titles, and changing exclusions with a way back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from retrovue.core.context import AppContext
from retrovue.core.domain.cleanup.facts import Exclusion
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.cleanup.kept import end_of, include
from retrovue.core.services.cleanup.marks import Failed, refresh_due


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be excluded as a whole, each as the exclusion that it would be; `failed`: servers that did not say."""

    libraries: tuple[Exclusion, ...]
    collections: tuple[Exclusion, ...]
    tags: tuple[Exclusion, ...]
    failed: tuple[str, ...] = ()


def read_choices(host: AppContext, token: CancelToken) -> Choices:
    """Every library, collection and tag; collections and tags are read from servers where they are half a day old.

    Raises:
        Cancelled: canceled.
    """
    failed: Failed = refresh_due(host, token)
    names = {server.id: server.name for server in host.servers.all()}
    libraries = [(one.id, f"{one.server_name} · {one.name}") for one in host.libraries.all() if one.is_enabled]
    collections = [(one.id, f"{one.server} · {one.title}") for one in host.collections.all()]
    tags = [(server_id, tag) for server_id, tag in host.marks.tags() if server_id in names]
    return Choices(
        _templates("library", libraries),
        _templates("collection", collections),
        _templates("tag", tags),
        tuple(server.name for server, _error in failed),
    )


def _templates(kind: str, found: Sequence[tuple[int, str]]) -> tuple[Exclusion, ...]:
    ordered = sorted(found, key=lambda one: one[1].casefold())
    return tuple(Exclusion(0, kind, item_id, None, title, "", 0) for item_id, title in ordered)


def server_names(host: AppContext) -> dict[int, str]:
    """Server id → name: tags are named without their server."""
    return {server.id: server.name for server in host.servers.all()}


def named(names: Mapping[int, str], one: Exclusion) -> str:
    """What is excluded in words. `names`: see `server_names`."""
    if one.kind != "tag":
        return one.title
    return f"{names.get(one.item_id, '')} · {one.title}".removeprefix(" · ")


def keep(host: AppContext, exclusion: Exclusion, *, note: str, until: date | None) -> Exclusion:
    """Keep one that is new or changed. `until`: its last day; None: for good."""
    created_at = exclusion.created_at or host.clock.epoch()
    kept = replace(exclusion, note=note.strip(), until=end_of(until), created_at=created_at)
    return host.cleanup.exclude(kept)


def put_back(host: AppContext, exclusions: Sequence[Exclusion]) -> list[Exclusion]:
    """Keep exclusions as they were before they were removed or changed."""
    return [host.cleanup.exclude(one) for one in exclusions]


def take_back(host: AppContext, made: Sequence[Exclusion], before: Sequence[Exclusion]) -> None:
    """Undo excluding: remove what is new, and give what was changed its note and end of `before` again."""
    earlier = {one.id: one for one in before}
    for one in made:
        if one.id in earlier:
            host.cleanup.exclude(earlier[one.id])
        else:
            include(host, one.id)


def kind_name(kind: str) -> str:
    """What is excluded, as a label."""
    return {
        "movie": _("Movie"),
        "episode": _("Episode"),
        "season": _("Season"),
        "show": _("TV show"),
        "library": _("Library"),
        "collection": _("Collection"),
        "tag": _("Tag"),
    }.get(kind, kind)
