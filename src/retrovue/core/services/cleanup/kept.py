"""Rules and exclusions that a person keeps."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from retrovue.core.context import AppContext
from retrovue.core.domain.cleanup.facts import Exclusion, Facts, Level, Unit
from retrovue.core.domain.cleanup.levels import units_at
from retrovue.core.domain.cleanup.rules import Preset, Rule, RuleError, preset_rule, rule_from_json, rule_json
from retrovue.core.domain.collections import Collection
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import Library, Server
from retrovue.core.domain.text import json_text
from retrovue.core.i18n import _
from retrovue.core.services.cleanup import words
from retrovue.core.storage.times import to_datetime

# --- rules ----------------------------------------------------------------------------------------------------------


def all_rules(host: AppContext) -> list[Rule]:
    """The presets, then the saved rules by name."""
    return [*(preset_rule(preset, Level.MOVIE) for preset in Preset), *host.cleanup.rules()]


def find_rule(host: AppContext, name: str) -> Rule:
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


def save_rule(host: AppContext, rule: Rule) -> Rule:
    """Save a rule under its name, in place of one of the same name.

    Raises:
        ConfigError: a preset has this name, or it is too long.
    """
    _check_name(rule)
    return host.cleanup.save_rule(rule, now=host.clock.epoch())


def _check_name(rule: Rule) -> None:
    taken = {preset.value for preset in Preset} | {words.preset_name(preset).casefold() for preset in Preset}
    if rule.name.casefold() in taken:
        raise ConfigError(
            _("“{name}” is a rule that comes with RetroVue.").format(name=rule.name),
            hint=_("Choose another name."),
        )


def remove_rule(host: AppContext, name: str) -> Rule:
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


def rules_text(host: AppContext) -> str:
    """The saved rules as a file."""
    return json_text(rules_json(host.cleanup.rules()), indent=2) + "\n"


def read_rules(path: Path) -> str:
    """The text of a file of rules.

    Raises:
        ConfigError: it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ConfigError(
            _("Could not read {path}.").format(path=path),
            hint=_("Choose a file that RetroVue exported."),
            detail=str(error),
        ) from error


def import_rules(host: AppContext, text: str) -> list[Rule]:
    """Save rules that were exported, all or none.

    Raises:
        ConfigError: the text is no such export, or a rule has the name of a preset.
    """
    try:
        document = json.loads(text)
        rules = [rule_from_json(one) for one in document["rules"]]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        detail = str(error) if isinstance(error, RuleError) else type(error).__name__
        raise ConfigError(
            _("This file contains no clean-up rules."),
            hint=_("Choose a file that RetroVue exported."),
            detail=detail,
        ) from error
    for rule in rules:
        _check_name(rule)
    return [save_rule(host, rule) for rule in rules]


# --- exclusions -----------------------------------------------------------------------------------------------------


def exclusions(host: AppContext) -> list[Exclusion]:
    """Those that have not ended, oldest first."""
    return host.cleanup.exclusions(now=host.clock.epoch())


def ends_at(exclusion: Exclusion) -> datetime | None:
    """When an exclusion ends; None: never."""
    return to_datetime(exclusion.until)


def last_day(exclusion: Exclusion) -> date | None:
    """The last day of an exclusion, in this computer's zone; None: it has no end."""
    # It ends at midnight, which belongs to the day after.
    return None if exclusion.until is None else local_day(exclusion.until - 1)


def local_day(at: int) -> date:
    """The day of an instant in epoch seconds, in this computer's zone."""
    return datetime.fromtimestamp(at, UTC).astimezone().date()


def exclude(host: AppContext, unit: Unit, *, note: str = "", until: date | None = None) -> Exclusion:
    """Keep a title off every list, with the seasons and episodes that belong to it.

    Args:
        until: the last day of it; None: for good.
    """
    season = unit.season_number if unit.level is Level.SEASON else None
    exclusion = Exclusion(0, unit.level.value, unit.id, season, words.full_title(unit), note, host.clock.epoch())
    return host.cleanup.exclude(replace(exclusion, until=end_of(until)))


def exclude_library(host: AppContext, library: Library, *, note: str = "", until: date | None = None) -> Exclusion:
    """Keep everything of a library off every list."""
    title = f"{library.server_name} · {library.name}"
    exclusion = Exclusion(0, "library", library.id, None, title, note, host.clock.epoch(), end_of(until))
    return host.cleanup.exclude(exclusion)


def find_collection(host: AppContext, collection_id: int) -> Collection:
    """A collection of the catalog by its id.

    Raises:
        ConfigError: there is none.
    """
    for one in host.collections.all():
        if one.id == collection_id:
            return one
    raise ConfigError(
        _("There is no collection {id}.").format(id=collection_id),
        hint=_("See the list of collections for their IDs."),
        command_hint=_("“retrovue collections list” shows their IDs."),
    )


def exclude_collection(
    host: AppContext, collection: Collection, *, note: str = "", until: date | None = None
) -> Exclusion:
    """Keep everything in a collection off every list."""
    title = f"{collection.server} · {collection.title}"
    exclusion = Exclusion(0, "collection", collection.id, None, title, note, host.clock.epoch(), end_of(until))
    return host.cleanup.exclude(exclusion)


def exclude_tag(host: AppContext, server: Server, tag: str, *, note: str = "", until: date | None = None) -> Exclusion:
    """Keep everything with a tag or label of a server off every list."""
    exclusion = Exclusion(0, "tag", server.id, None, tag, note, host.clock.epoch(), end_of(until))
    return host.cleanup.exclude(exclusion)


def check_last_day(host: AppContext, day: date | None) -> None:
    """Refuse a last day that is over: the exclusion would never begin.

    Raises:
        ConfigError: it is before today.
    """
    if day is not None and day < local_day(host.clock.epoch()):
        raise ConfigError(_("{day} is over.").format(day=day.isoformat()), hint=_("Enter today or a later day."))


def end_of(day: date | None) -> int | None:
    """The instant at which a day has ended, here."""
    if day is None:
        return None
    return int(datetime.combine(day + timedelta(days=1), time.min).astimezone().timestamp())


def include(host: AppContext, exclusion_id: int) -> None:
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
