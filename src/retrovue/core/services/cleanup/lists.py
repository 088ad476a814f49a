"""Reads the facts, and applies rules to them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from retrovue.core.context import AppContext
from retrovue.core.domain.cleanup.evaluate import StaleList, class_of, evaluate
from retrovue.core.domain.cleanup.facts import Facts, Level, Unit
from retrovue.core.domain.cleanup.keeping import DAY
from retrovue.core.domain.cleanup.levels import units_at
from retrovue.core.domain.cleanup.rules import Field, Rule
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.text import isoformat
from retrovue.core.services.catalog.groups import refresh_groups
from retrovue.core.services.cleanup import words
from retrovue.core.services.files.local_files import same_file_key
from retrovue.core.storage.times import to_datetime
from retrovue.core.system.filesystem import split
from retrovue.core.system.memory import rare_collections
from retrovue.core.system.volumes import volume_of, with_space


def read_facts(host: AppContext, *, token: CancelToken | None = None) -> Facts:
    """Read everything that rules look at. Any number of rules can then be applied to it.

    Movies and episodes are read when a rule first looks at them. Thread: any but the GUI's: so many take seconds.

    Raises:
        Cancelled: asked to stop.
    """
    token = token or CancelToken()
    with rare_collections():
        refresh_groups(host.browse.groups, token=token)
        token.raise_if_cancelled()
        now, settings = host.clock.epoch(), host.settings
        read = host.cleanup_facts.read(now=now, key_of=same_file_key)
        return Facts(
            now=now,
            movies=read.movies,
            episodes=read.episodes,
            shows=read.shows,
            seasons=read.seasons,
            exclusions=host.cleanup.exclusions(now=now),
            origins=read.origins,
            marks=read.marks,
            oldest_at=now - settings.statistics_max_age_days * DAY,
            keeps_favorites=settings.keep_favorites,
            built=read.built,
        )


def forget_facts(host: AppContext) -> None:
    """Let go of the facts that were read last: of a large catalog they take hundreds of megabytes."""
    host.cleanup_facts.forget()
    host.database.let_go()


def with_exclusions(host: AppContext, facts: Facts) -> Facts:
    """The same facts with the exclusions as they are now, and the collections and tags that those look at."""
    exclusions = host.cleanup.exclusions(now=host.clock.epoch())
    is_marked = any(one.kind in ("collection", "tag") for one in exclusions)
    marks = host.cleanup_facts.marks() if is_marked else facts.marks
    return replace(facts, exclusions=exclusions, marks=marks)


def make_list(host: AppContext, facts: Facts, rule: Rule, level: Level) -> StaleList:
    """Apply a rule.

    Thread: any but the GUI's; asks the disks for their free space if the rule is about it.
    """
    with rare_collections():
        leaf = level if level is Level.MOVIE else Level.EPISODE
        is_about_disks = any(one.field is Field.FREE_SPACE for one in rule.where.conditions())
        if is_about_disks and leaf not in facts.asked_disks:
            facts.free_percent.update(_free_percent(host, units_at(facts, leaf)))
            facts.asked_disks.add(leaf)
        return evaluate(facts, rule, level)


def _free_percent(host: AppContext, units: Sequence[Unit]) -> dict[int, float]:
    """File id → free space of the disk that it is on; only files of disks that answer now."""
    volumes = [one for one in with_space(host.volume_provider.volumes()) if one.is_mounted]
    folders: dict[str, float | None] = {}
    found: dict[int, float] = {}
    for file in (file for unit in units for file in unit.files):
        if file.local_path is None:
            continue
        folder = split(file.local_path)[0]
        if folder not in folders:
            volume = volume_of(file.local_path, volumes)
            is_known = volume is not None and volume.total_bytes and volume.free_bytes is not None
            folders[folder] = 100 * volume.free_bytes / volume.total_bytes if is_known else None  # type: ignore
        share = folders[folder]
        if share is not None:
            found[file.id] = share
    return found


def stale_json(found: StaleList) -> dict[str, Any]:
    """The fixed shape of a list."""
    return {
        "candidates": [candidate_json(unit, found.now) for unit in found.candidates],
        "apart": [{**candidate_json(one.unit, found.now), "why": one.why.value} for one in found.apart],
        "total_bytes": found.total_bytes,
    }


def candidate_json(unit: Unit, now: int) -> dict[str, Any]:
    """The fixed shape of a line of it."""
    return {
        "server": unit.origin.server,
        "library": unit.origin.library,
        "kind": unit.level.value,
        "title": words.title_of(unit),
        "remote_id": unit.remote_id,
        "class": class_of(unit).value,
        "added_at": isoformat(to_datetime(unit.added_at)),
        "last_played_at": isoformat(to_datetime(unit.last_played_at)),
        "plays": unit.plays,
        "users": unit.users,
        "size_bytes": unit.size_bytes,
        "reasons": words.reasons(unit, now),
    }
