"""Rules and exclusions that a person keeps, and what changed since the last list of a rule."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Exclusion, Facts, Level, Unit
from retrovue.core.domain.cleanup.levels import units_at
from retrovue.core.domain.cleanup.rules import Preset, Rule, RuleError, preset_rule, rule_from_json, rule_json
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import Library
from retrovue.core.domain.text import json_text
from retrovue.core.i18n import _
from retrovue.core.services.cleanup import words
from retrovue.core.services.cleanup.lists import CleanupHost
from retrovue.core.storage.cleanup.kept import Listed
from retrovue.core.storage.times import to_datetime

GRACE_DAYS = 14
"""How long something is leaving soon before it is due."""


# --- rules ----------------------------------------------------------------------------------------------------------


def all_rules(host: CleanupHost) -> list[Rule]:
    """The presets, then the saved rules by name."""
    return [*(preset_rule(preset, Level.MOVIE) for preset in Preset), *host.cleanup.rules()]


def find_rule(host: CleanupHost, name: str) -> Rule:
    """A rule by its name, or by that of a preset.

    Raises:
        ConfigError: there is none.
    """
    wanted = name.strip().casefold()
    rules = all_rules(host)
    for rule in rules:
        if wanted in (rule.name.casefold(), words.rule_name(rule).casefold()):
            return rule
    raise ConfigError(
        _("There is no rule “{name}”.").format(name=name),
        hint=_("Known rules: {names}.").format(names=", ".join(rule.name for rule in rules)),
    )


def save_rule(host: CleanupHost, rule: Rule) -> Rule:
    """Save a rule under its name, in place of one of the same name.

    Raises:
        ConfigError: a preset has this name.
    """
    taken = {preset.value for preset in Preset} | {words.preset_name(preset).casefold() for preset in Preset}
    if rule.name.casefold() in taken:
        raise ConfigError(
            _("“{name}” is a rule that comes with RetroVue.").format(name=rule.name),
            hint=_("Choose another name."),
        )
    return host.cleanup.save_rule(rule, now=host.clock.epoch())


def remove_rule(host: CleanupHost, name: str) -> Rule:
    """Remove a saved rule; returns it, so that saving it again brings it back.

    Raises:
        ConfigError: there is none, or it comes with the program.
    """
    rule = find_rule(host, name)
    if rule.id is None:
        raise ConfigError(_("“{name}” comes with RetroVue and cannot be removed.").format(name=rule.name))
    host.cleanup.remove_rule(rule.name)
    return rule


def rules_json(rules: Sequence[Rule]) -> dict[str, Any]:
    """Rules for another computer."""
    return {"retrovue_rules": 1, "rules": [rule_json(rule) for rule in rules]}


def rules_text(host: CleanupHost) -> str:
    """The saved rules as a file."""
    return json_text(rules_json(host.cleanup.rules()), indent=2) + "\n"


def import_rules(host: CleanupHost, text: str) -> list[Rule]:
    """Save rules that were exported, all or none.

    Raises:
        ConfigError: the text is no such export.
    """
    try:
        document = json.loads(text)
        rules = [rule_from_json(one) for one in document["rules"]]
    except (ValueError, KeyError, TypeError) as error:
        detail = str(error) if isinstance(error, RuleError) else type(error).__name__
        raise ConfigError(
            _("This file contains no clean-up rules."),
            hint=_("Choose a file that RetroVue exported."),
            detail=detail,
        ) from error
    return [save_rule(host, rule) for rule in rules]


# --- exclusions -----------------------------------------------------------------------------------------------------


def exclusions(host: CleanupHost) -> list[Exclusion]:
    """Those that have not ended, oldest first."""
    return host.cleanup.exclusions(now=host.clock.epoch())


def ends_at(exclusion: Exclusion) -> datetime | None:
    """When an exclusion ends; None: never."""
    return to_datetime(exclusion.until)


def exclude(host: CleanupHost, unit: Unit, *, note: str = "", until: date | None = None) -> Exclusion:
    """Keep a title off every list, with the seasons and episodes that belong to it.

    Args:
        until: the last day of it; None: for good.
    """
    season = unit.season_number if unit.level is Level.SEASON else None
    exclusion = Exclusion(0, unit.level.value, unit.id, season, words.full_title(unit), note, host.clock.epoch())
    return host.cleanup.exclude(replace(exclusion, until=_end_of(until)))


def exclude_library(host: CleanupHost, library: Library, *, note: str = "", until: date | None = None) -> Exclusion:
    """Keep everything of a library off every list."""
    title = f"{library.server_name} · {library.name}"
    exclusion = Exclusion(0, "library", library.id, None, title, note, host.clock.epoch(), _end_of(until))
    return host.cleanup.exclude(exclusion)


def _end_of(day: date | None) -> int | None:
    if day is None:
        return None
    return int(datetime.combine(day + timedelta(days=1), time.min).astimezone().timestamp())


def include(host: CleanupHost, exclusion_id: int) -> None:
    """Remove an exclusion.

    Raises:
        ConfigError: there is none.
    """
    if not host.cleanup.include(exclusion_id):
        raise ConfigError(_("There is no exclusion {id}.").format(id=exclusion_id))


def find_unit(facts: Facts, kind: str, item_id: int, season: int | None = None) -> Unit:
    """A title by its id; a season by its show and number.

    Raises:
        ConfigError: the catalog has none.
    """
    level = Level.SEASON if season is not None else Level(kind)
    for unit in units_at(facts, level):
        if unit.id == item_id and (season is None or unit.season_number == season):
            return unit
    raise ConfigError(_("The catalog has no such item."), hint=_("Search for the title to see its ID."))


# --- what changed ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changes:
    """What entered a list and left it since the one before. `freed_bytes`: of what left because its files are gone."""

    since: int | None
    entered: tuple[Listed, ...]
    left: tuple[Listed, ...]
    freed_bytes: int


def keep_list(host: CleanupHost, facts: Facts, found: StaleList) -> Changes:
    """Keep a list of a named rule, and compare it with the one before."""
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
        items=len(found.candidates),
        total_bytes=found.total_bytes,
        entered=entered,
        left=left,
    )
    return Changes(since, entered, left, sum(one.size_bytes for one in left if one.left_why == "gone"))


def _key(unit: Unit) -> tuple[str, int, int | None]:
    return unit.level.value, unit.id, unit.season_number if unit.level is Level.SEASON else None


def _why_left(one: Listed, unit: Unit | None) -> str:
    if unit is None or not unit.files:
        return "gone"
    if unit.is_playing or (unit.last_played_at or 0) > one.entered_at:
        return "played"
    return "changed"


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is leaving soon. `due_at`: epoch seconds."""

    listed: Listed
    due_at: int


def leaving_soon(host: CleanupHost, rule: Rule, level: Level, *, grace_days: int = GRACE_DAYS) -> list[Leaving]:
    """What is on the list of a rule since the last time it was made, with the day on which it is due."""
    return [
        Leaving(one, one.entered_at + grace_days * 86_400)
        for one in host.cleanup.listed(rule.name, level.value)
        if one.left_at is None
    ]
