"""`retrovue stale`: what can go, as a list or a script; exclusions and rules."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from retrovue.cli.days import parse_day
from retrovue.cli.failures import DONE
from retrovue.cli.output import cells
from retrovue.cli.session import Session, session_of
from retrovue.cli.stale_leaving import leaving
from retrovue.cli.stale_why import item_of, say_unread, why
from retrovue.core.domain.cleanup.evaluate import StaleList, class_of
from retrovue.core.domain.cleanup.facts import Exclusion, Facts, Level
from retrovue.core.domain.cleanup.rules import Rule, idle_rule
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import Server
from retrovue.core.domain.sizes import format_size
from retrovue.core.domain.text import isoformat
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.services.catalog.lookup import find_library, find_server
from retrovue.core.services.cleanup import kept, marks, words
from retrovue.core.services.cleanup import leaving as leaving_soon
from retrovue.core.services.cleanup.exclusions import named, server_names
from retrovue.core.services.cleanup.export import ListFormat
from retrovue.core.services.cleanup.lists import make_list, read_facts, stale_json
from retrovue.core.services.cleanup.writing import list_writer, save_list
from retrovue.core.services.files.reports import save_report

app = typer.Typer(help=_("Clean-up list: list, export, exclude, leaving, why, rules."), no_args_is_help=True)
rules_app = typer.Typer(help=_("Rules of the clean-up list: list, save, remove, export, import."), no_args_is_help=True)
app.add_typer(rules_app, name="rules")
app.command("leaving")(leaving)
app.command("why")(why)

_ADDED_DAYS, _IDLE_DAYS = 30.0, 15.0

LevelOption = Annotated[
    str | None, typer.Option("--level", metavar="LEVEL", help=_("What to list: movie, episode, season or show."))
]
AddedDays = Annotated[
    float | None, typer.Option("--added-days", min=0, metavar="N", help=_("Added at least this many days ago."))
]
IdleDays = Annotated[
    float | None,
    typer.Option("--idle-days", min=0, metavar="N", help=_("Not played by anybody for at least this many days.")),
]
RuleOption = Annotated[
    str | None, typer.Option("--rule", metavar="NAME", help=_("A saved rule, or one that comes with RetroVue."))
]


@app.callback()
def stale() -> None:
    """What can go, and why. RetroVue deletes no media file."""


@app.command("list")
def list_(
    ctx: typer.Context,
    level: LevelOption = None,
    added_days: AddedDays = None,
    idle_days: IdleDays = None,
    rule: RuleOption = None,
) -> int:
    """List what can go, with reasons and sizes, and what is kept apart."""
    session = session_of(ctx)
    facts, found = _find(session, level, added_days, idle_days, rule)
    changes = None if rule is None else leaving_soon.keep_list(session.context, facts, found)
    if session.out.as_json:
        session.out.json(stale_json(found))
        return DONE
    _show(session, facts, found)
    if changes is not None and changes.since is not None:
        text = _("Since the last list: {entered} entered, {left} left, {size} freed.")
        entered, left = number(len(changes.entered)), number(len(changes.left))
        session.out.note(text.format(entered=entered, left=left, size=format_size(changes.freed_bytes)))
    return DONE


def _find(
    session: Session, level: str | None, added_days: float | None, idle_days: float | None, name: str | None
) -> tuple[Facts, StaleList]:
    chosen = _rule(session, level, added_days, idle_days, name)
    say_unread(session, marks.refresh_for(session.context, [chosen], session.token))
    facts = read_facts(session.context, token=session.token)
    return facts, make_list(session.context, facts, chosen, chosen.level)


def _rule(
    session: Session, level: str | None, added_days: float | None, idle_days: float | None, name: str | None
) -> Rule:
    if name is not None and (added_days is not None or idle_days is not None):
        raise ConfigError(_("A rule has its own days."), hint=_("Use either --rule, or --added-days and --idle-days."))
    if name is not None:
        found = kept.find_rule(session.context, name)
        return found if level is None else replace(found, level=_level(level))
    return idle_rule(
        added_days=_ADDED_DAYS if added_days is None else added_days,
        idle_days=_IDLE_DAYS if idle_days is None else idle_days,
        level=_level(level or Level.MOVIE),
    )


def _level(text: str) -> Level:
    try:
        return Level(text)
    except ValueError as error:
        raise ConfigError(
            _("There is no level “{name}”.").format(name=text), hint=_("Use movie, episode, season or show.")
        ) from error


def _show(session: Session, facts: Facts, found: StaleList) -> None:
    rows = [
        cells(
            words.full_title(unit),
            unit.origin.server,
            unit.origin.library,
            words.class_name(class_of(unit)),
            "; ".join(words.reasons(unit, found.now)[:-1]),
            format_size(unit.size_bytes),
        )
        for unit in found.candidates
    ]
    if rows:
        columns = [_("Title"), _("Server"), _("Library"), _("Class"), _("Reason"), _("Size")]
        session.out.table(columns, rows, right=(5,))
    text = ngettext("{n} candidate, {size}.", "{n} candidates, {size}.", len(rows))
    session.out.note(text.format(n=number(len(rows)), size=format_size(found.total_bytes)))
    counts: dict[str, int] = {}
    for one in found.apart:
        counts[words.why_name(one.why)] = counts.get(words.why_name(one.why), 0) + 1
    for reason, count in counts.items():
        session.out.note(_("Kept apart: {n} ({why}).").format(n=number(count), why=reason))
    for doubt in words.doubts(facts, lambda at: kept.local_day(at).isoformat()).values():
        session.out.note(doubt)


@app.command("export")
def export(
    ctx: typer.Context,
    level: LevelOption = None,
    added_days: AddedDays = None,
    idle_days: IdleDays = None,
    rule: RuleOption = None,
    format_: Annotated[
        str, typer.Option("--format", metavar="csv|json|sh|ps1", help=_("Output format; sh and ps1 are scripts."))
    ] = "csv",
    output: Annotated[
        Path | None, typer.Option("--out", "--output", metavar="FILE", help=_("Write to this file."))
    ] = None,
) -> int:
    """Export the list. A script only prints what it would delete, unless it is told otherwise."""
    session = session_of(ctx)
    try:
        how = ListFormat(format_)
    except ValueError as error:
        raise ConfigError(
            _("There is no format “{name}”.").format(name=format_), hint=_("Use csv, json, sh or ps1.")
        ) from error
    context = session.context
    facts, found = _find(session, level, added_days, idle_days, rule)
    if output is None:
        count = list_writer(context, facts, found, how, session.token)(session.out.data())
    else:
        count = save_list(context, facts, found, how, output, session.token)
    session.out.note(ngettext("{n} line written.", "{n} lines written.", count).format(n=count))
    return DONE


# --- exclusions -----------------------------------------------------------------------------------------------------


@app.command("exclude")
def exclude(
    ctx: typer.Context,
    item: Annotated[
        str | None, typer.Argument(metavar="[ITEM]", help=_("An item, such as movie:45, episode:123 or show:7."))
    ] = None,
    season: Annotated[
        int | None, typer.Option("--season", min=0, metavar="N", help=_("Only this season of the show."))
    ] = None,
    library: Annotated[
        str | None, typer.Option("--library", metavar="LIBRARY", help=_("Everything in this library."))
    ] = None,
    collection: Annotated[
        int | None, typer.Option("--collection", metavar="ID", help=_("Everything in this collection."))
    ] = None,
    tag: Annotated[
        str | None, typer.Option("--tag", metavar="TAG", help=_("Everything with this tag; needs --server."))
    ] = None,
    server: Annotated[
        str | None, typer.Option("--server", metavar="SERVER", help=_("The server of the tag or the library."))
    ] = None,
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help=_("Why, for later."))] = "",
    until: Annotated[str | None, typer.Option("--until", metavar="DAY", help=_("Last day, as 2026-01-31."))] = None,
    remove: Annotated[int | None, typer.Option("--remove", metavar="ID", help=_("Remove this exclusion."))] = None,
) -> int:
    """Keep an item off the list; without one, list the exclusions."""
    session = session_of(ctx)
    context = session.context
    if remove is not None:
        kept.include(context, remove)
        return _answer(session, {"removed": remove}, _("Exclusion {id} removed.").format(id=remove))
    chosen = [one for one in (item, library, collection, tag) if one is not None]
    if not chosen:
        return _exclusions(session)
    if len(chosen) > 1:
        raise ConfigError(_("Give only one: an item, a library, a collection or a tag."))
    last = parse_day(until)
    kept.check_last_day(context, last)
    if library is not None:
        of_server = None if server is None else find_server(context, server)
        found = find_library(context, library, server=of_server)
        made = kept.exclude_library(context, found, note=note, until=last)
    elif collection is not None:
        made = kept.exclude_collection(context, kept.find_collection(context, collection), note=note, until=last)
    elif tag is not None:
        if server is None:
            raise ConfigError(_("Tags belong to a server."), hint=_("Name it with --server."))
        of_server = find_server(context, server)
        made = kept.exclude_tag(context, of_server, tag, note=note, until=last)
        _say_unused(session, of_server, tag)
    else:
        kind, item_id = item_of(item or "")
        unit = kept.find_unit(read_facts(context, token=session.token), kind, item_id, season)
        made = kept.exclude(context, unit, note=note, until=last)
    return _answer(session, _exclusion_json(made), _("“{title}” is excluded.").format(title=made.title))


def _say_unused(session: Session, server: Server, tag: str) -> None:
    """Say when nothing has a tag: it may be a slip, or a tag that somebody gives tomorrow."""
    context = session.context
    failed = marks.refresh_due(context, session.token)
    say_unread(session, failed)
    if marks.is_tag(context, server, tag, failed) is False:
        text = _("Nothing on “{server}” has the tag “{tag}” now.")
        session.out.note(text.format(server=server.name, tag=tag))


def _answer(session: Session, document: object, line: str) -> int:
    if session.out.as_json:
        session.out.json(document)
    else:
        session.out.line(line)
    return DONE


def _exclusions(session: Session) -> int:
    found = kept.exclusions(session.context)
    if session.out.as_json:
        session.out.json([_exclusion_json(one) for one in found])
        return DONE
    names = server_names(session.context)
    rows = [cells(one.id, named(names, one), one.kind, one.note, kept.last_day(one)) for one in found]
    if rows:
        session.out.table([_("ID"), _("Title"), _("Type"), _("Note"), _("Last day")], rows, right=(0,))
    else:
        session.out.note(_("Nothing is excluded."))
    return DONE


def _exclusion_json(one: Exclusion) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": one.kind,
        "item": one.item_id,
        "season": one.season_number,
        "title": one.title,
        "note": one.note,
        "until": isoformat(kept.ends_at(one)),
    }


# --- rules ----------------------------------------------------------------------------------------------------------


@rules_app.callback()
def rules() -> None:
    """Rules of the clean-up list."""


@rules_app.command("list")
def list_rules(ctx: typer.Context) -> int:
    """List the rules that come with RetroVue and the saved ones."""
    session = session_of(ctx)
    found = kept.all_rules(session.context)
    if session.out.as_json:
        session.out.json(kept.rules_json(found)["rules"])
        return DONE
    rows = [cells(rule.name, words.rule_name(rule), words.section_text(rule.where)) for rule in found]
    session.out.table([_("Name"), _("Title"), _("Conditions")], rows)
    return DONE


@rules_app.command("save")
def save_rule(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help=_("The name of the rule."))],
    level: LevelOption = None,
    added_days: AddedDays = None,
    idle_days: IdleDays = None,
) -> int:
    """Save a rule with these days. “rules import” reads rules with any conditions."""
    session = session_of(ctx)
    rule = replace(_rule(session, level, added_days, idle_days, None), name=name.strip())
    if not rule.name:
        raise ConfigError(_("A rule needs a name."))
    saved = kept.save_rule(session.context, rule)
    return _answer(session, kept.rules_json([saved])["rules"][0], _("Rule “{name}” saved.").format(name=saved.name))


@rules_app.command("remove")
def remove_rule(
    ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help=_("A saved rule."))]
) -> int:
    """Remove a saved rule."""
    session = session_of(ctx)
    rule = kept.remove_rule(session.context, name)
    return _answer(session, {"removed": rule.name}, _("Rule “{name}” removed.").format(name=rule.name))


@rules_app.command("export")
def export_rules(
    ctx: typer.Context,
    output: Annotated[
        Path | None, typer.Option("--out", "--output", metavar="FILE", help=_("Write to this file."))
    ] = None,
) -> int:
    """Export the saved rules as JSON, for another computer."""
    session = session_of(ctx)
    text = kept.rules_text(session.context)
    if output is None:
        session.out.data().write(text)
    else:
        save_report(output, ListFormat.JSON, lambda out: out.write(text))
    return DONE


@rules_app.command("import")
def import_rules(
    ctx: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help=_("A file of “rules export”."))]
) -> int:
    """Save the rules of an exported file."""
    session = session_of(ctx)
    saved = kept.import_rules(session.context, kept.read_rules(file))
    names = ngettext("{n} rule saved.", "{n} rules saved.", len(saved)).format(n=len(saved))
    return _answer(session, {"saved": [rule.name for rule in saved]}, names)
