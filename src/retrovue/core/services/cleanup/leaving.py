"""What is leaving soon: the lists of watched rules over time, what entered them, what left and why, and the notice."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from retrovue.core.context import AppContext
from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Facts, Level, Unit
from retrovue.core.domain.cleanup.keeping import DAY, is_gone
from retrovue.core.domain.cleanup.levels import units_at
from retrovue.core.domain.cleanup.rules import Rule
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.sizes import format_size
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.text import isoformat
from retrovue.core.i18n import ngettext, number
from retrovue.core.services.cleanup import words
from retrovue.core.services.cleanup.kept import find_rule
from retrovue.core.services.cleanup.lists import make_list, read_facts
from retrovue.core.services.forwarding.forwarder import announce
from retrovue.core.services.monitor.notices import NoticeText
from retrovue.core.storage.cleanup.kept import Listed, ListRun
from retrovue.core.system.settings import Settings, names_of

EVENT = "leaving_soon"
_MOST_NAMED = 5
_LEVELS = {level.value for level in Level}
# A setting is one line, and has its entries apart by this bar.
_KEPT = {ord(mark): f"%{ord(mark):02X}" for mark in "%|\n\r"}
_MARKS = {kept: chr(mark) for mark, kept in _KEPT.items()}
_ANY_MARK = re.compile("|".join(_MARKS))


@dataclass(frozen=True, slots=True)
class Changes:
    """What entered a list and left it since the one before. `freed_bytes`: of what left because its files are gone."""

    since: int | None
    entered: tuple[Listed, ...]
    left: tuple[Listed, ...]
    freed_bytes: int


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is leaving soon. `due_at`: epoch seconds."""

    listed: Listed
    due_at: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The list of a rule as it is kept.

    Attributes:
        leaving: what is on it, the first that is due first.
        left: what left it, the latest first.
        runs: each time that it was made, the latest first.
    """

    rule: Rule
    level: Level
    leaving: tuple[Leaving, ...]
    left: tuple[Listed, ...]
    runs: tuple[ListRun, ...]

    @property
    def saved(self) -> tuple[Listed, ...]:
        """What somebody played while it was leaving."""
        return tuple(one for one in self.left if one.left_why == "played")


# --- which rules are watched ----------------------------------------------------------------------------------------


def watched_rules(host: AppContext) -> list[Rule]:
    """The rules whose lists are kept day by day, each with its level; those that are gone are left out."""
    found = []
    for name, level in _entries(host.settings):
        try:
            found.append(replace(find_rule(host, name), level=level))
        except ConfigError:
            continue
    return found


def _entries(settings: Settings) -> list[tuple[str, Level]]:
    found = []
    for entry in names_of(settings.leaving_rules):
        name, _slash, level = entry.rpartition("/")
        if name and level in _LEVELS:
            found.append((_ANY_MARK.sub(lambda kept: _MARKS[kept[0]], name), Level(level)))
    return found


def is_watched(host: AppContext, rule: Rule, level: Level) -> bool:
    """Whether the list of a rule is kept day by day."""
    return (rule.name.casefold(), level) in {(name.casefold(), at) for name, at in _entries(host.settings)}


def watch(host: AppContext, rule: Rule, level: Level, *, is_on: bool = True) -> None:
    """Keep the list of a rule day by day, or no longer."""
    others = [
        (name, at) for name, at in _entries(host.settings) if (name.casefold(), at) != (rule.name.casefold(), level)
    ]
    entries = [*others, (rule.name, level)] if is_on else others
    host.settings_store.update(leaving_rules="|".join(f"{name.translate(_KEPT)}/{at}" for name, at in entries))


# --- making and keeping a list --------------------------------------------------------------------------------------


def keep_list(host: AppContext, facts: Facts, found: StaleList) -> Changes:
    """Keep a list of a named rule, and compare it with the one before.

    What a check of the files found gone is gone, though the server still lists it.
    """
    rule, level = found.rule.name, found.level.value
    before = {one.key: one for one in host.cleanup.listed(rule, level) if one.left_at is None}
    now = {_key(unit): unit for unit in found.candidates}
    entered = tuple(
        Listed(*key, words.full_title(unit), unit.size_bytes, found.now)
        for key, unit in now.items()
        if key not in before
    )
    present = {_key(unit): unit for unit in units_at(facts, found.level)}
    left = tuple(
        replace(one, left_at=found.now, left_why=_why_left(one, present.get(key)))
        for key, one in before.items()
        if key not in now
    )
    since = host.cleanup.last_run(rule, level)
    host.cleanup.keep_run(
        rule,
        level,
        now=found.now,
        items=len(now),
        total_bytes=found.total_bytes,
        entered=entered,
        left=left,
    )
    return Changes(since, entered, left, sum(one.size_bytes for one in left if one.left_why == "gone"))


def _key(unit: Unit) -> tuple[str, int, int | None]:
    return unit.level.value, unit.id, unit.season_number if unit.level is Level.SEASON else None


def _why_left(one: Listed, unit: Unit | None) -> str:
    if unit is None or not unit.files or is_gone(unit):
        return "gone"
    if unit.is_playing or (unit.last_played_at or 0) > one.entered_at:
        return "played"
    return "changed"


def kept_list(host: AppContext, rule: Rule, level: Level) -> Kept:
    """What is kept of the list of a rule."""
    listed = host.cleanup.listed(rule.name, level.value)
    grace_s = host.settings.grace_days * DAY
    leaving = sorted(
        (Leaving(one, one.entered_at + grace_s) for one in listed if one.left_at is None),
        key=lambda one: (one.due_at, -one.listed.size_bytes),
    )
    left = sorted((one for one in listed if one.left_at is not None), key=lambda one: -(one.left_at or 0))
    return Kept(rule, level, tuple(leaving), tuple(left), tuple(host.cleanup.runs(rule.name, level.value)))


def moment(at: int) -> datetime:
    """An instant of a list."""
    return datetime.fromtimestamp(at, UTC)


def kept_json(kept: Kept) -> dict[str, Any]:
    """The fixed shape of what is kept of a list."""
    return {
        "rule": kept.rule.name,
        "level": kept.level.value,
        "leaving": [
            {
                **_listed_json(one.listed),
                "due_at": isoformat(moment(one.due_at)),
            }
            for one in kept.leaving
        ],
        "left": [
            {**_listed_json(one), "left_at": isoformat(moment(one.left_at or 0)), "why": one.left_why}
            for one in kept.left
        ],
        "lists": [
            {
                "made_at": isoformat(moment(one.at)),
                "items": one.items,
                "total_bytes": one.total_bytes,
                "entered": one.entered,
                "left": one.left,
                "saved": one.saved,
                "freed_bytes": one.freed_bytes,
            }
            for one in kept.runs
        ],
    }


def _listed_json(one: Listed) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "item": one.item_id,
        "season": one.season_number,
        "title": one.title,
        "size_bytes": one.size_bytes,
        "entered_at": isoformat(moment(one.entered_at)),
    }


# --- day by day -----------------------------------------------------------------------------------------------------


def is_due(host: AppContext) -> bool:
    """Whether the list of a watched rule is older than a day."""
    now = host.clock.epoch()
    return any(now - (host.cleanup.last_run(one.name, one.level.value) or 0) >= DAY for one in watched_rules(host))


def make_lists(host: AppContext, rules: Sequence[Rule], token: CancelToken | None = None) -> list[tuple[Rule, Changes]]:
    """Make the lists of these rules now, and keep them.

    Thread: any but the GUI's.

    Raises:
        Cancelled: asked to stop.
    """
    if not rules:
        return []
    facts = read_facts(host, token=token)
    return [(rule, keep_list(host, facts, make_list(host, facts, rule, rule.level))) for rule in rules]


def notice_of(made: Sequence[tuple[Rule, Changes]], *, grace_days: int) -> NoticeText | None:
    """The notice of what entered these lists; None: nothing did."""
    entered = {one.key: one for _rule, changes in made for one in changes.entered}
    if not entered:
        return None
    n, size = len(entered), sum(one.size_bytes for one in entered.values())
    title = ngettext("{n} title is leaving soon", "{n} titles are leaving soon", n).format(n=number(n))
    largest = sorted(entered.values(), key=lambda one: -one.size_bytes)
    lines = [one.title for one in largest[:_MOST_NAMED]]
    if n > _MOST_NAMED:
        lines.append(ngettext("and {n} more", "and {n} more", n - _MOST_NAMED).format(n=number(n - _MOST_NAMED)))
    due = ngettext("{size} in {n} day", "{size} in {n} days", grace_days)
    lines.append(due.format(size=format_size(size), n=grace_days))
    return NoticeText(title, "\n".join(lines), EVENT, None)


def tell(host: AppContext, notice: NoticeText) -> None:
    """Keep a notice in the record, and forward it."""
    if host.settings.notices.get(EVENT, True):
        host.notices.add(at=host.clock.epoch(), event=EVENT, server_id=None, title=notice.title, body=notice.body)
    announce(host, notice)
