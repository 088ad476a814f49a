"""`retrovue stale leaving`: what is leaving soon, what was saved by a play, and the lists so far."""

from dataclasses import replace
from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.output import cells
from retrovue.cli.session import Session, session_of
from retrovue.cli.stale_why import say_unread
from retrovue.core.domain.cleanup.facts import Level
from retrovue.core.domain.cleanup.rules import Rule
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.sizes import format_size
from retrovue.core.domain.text import isoformat
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.services.cleanup import kept, marks, words
from retrovue.core.services.cleanup import leaving as service


def leaving(
    ctx: typer.Context,
    rule: Annotated[
        str | None, typer.Option("--rule", metavar="NAME", help=_("Only the list of this rule; tracked or not."))
    ] = None,
    level: Annotated[
        str | None, typer.Option("--level", metavar="LEVEL", help=_("What to list: movie, episode, season or show."))
    ] = None,
    watch: Annotated[
        bool | None, typer.Option("--track/--untrack", help=_("Keep the list of the rule day by day, or no longer."))
    ] = None,
    history: Annotated[bool, typer.Option("--history", help=_("Show each list so far and what it changed."))] = False,
) -> int:
    """Make the lists of the tracked rules now, and show what is leaving soon and what a play has saved."""
    session = session_of(ctx)
    context = session.context
    rules = service.watched_rules(context) if rule is None else [_rule(session, rule, level)]
    if watch is not None:
        if rule is None:
            raise ConfigError(_("Name the rule to track."), hint=_("Use --rule."))
        service.watch(context, rules[0], rules[0].level, is_on=watch)
        if not watch:
            session.out.note(_("Rule “{name}” is no longer tracked.").format(name=words.rule_name(rules[0])))
            return DONE
    if not rules:
        session.out.note(_("No rule is tracked. “retrovue stale leaving --rule NAME --track” tracks one."))
    say_unread(session, marks.refresh_for(context, rules, session.token))
    made = service.make_lists(context, rules, session.token)
    watched = [(one, changes) for one, changes in made if service.is_watched(context, one, one.level)]
    notice = service.notice_of(watched, grace_days=context.settings.grace_days)
    if notice is not None:
        service.tell(context, notice)
    found = [service.kept_list(context, one, one.level) for one in rules]
    if session.out.as_json:
        session.out.json([service.kept_json(one) for one in found])
        return DONE
    for kept_one in found:
        _show_runs(session, kept_one) if history else _show(session, kept_one)
    return DONE


def _rule(session: Session, name: str, level: str | None) -> Rule:
    found = kept.find_rule(session.context, name)
    if level is None:
        return found
    if level not in [one.value for one in Level]:
        raise ConfigError(
            _("There is no level “{name}”.").format(name=level), hint=_("Use movie, episode, season or show.")
        )
    return replace(found, level=Level(level))


def _show(session: Session, found: service.Kept) -> None:
    session.out.note(f"{words.rule_name(found.rule)} · {words.level_name(found.level)}")
    rows = [
        cells(
            one.listed.title,
            isoformat(service.moment(one.listed.entered_at)),
            isoformat(service.moment(one.due_at)),
            format_size(one.listed.size_bytes),
        )
        for one in found.leaving
    ]
    if rows:
        session.out.table([_("Title"), _("Entered"), _("Due"), _("Size")], rows, right=(3,))
    text = ngettext("{n} title is leaving soon.", "{n} titles are leaving soon.", len(rows))
    session.out.note(text.format(n=number(len(rows))))
    for one in found.saved:
        said = _("Saved by a play: {title} ({at}).")
        session.out.note(said.format(title=one.title, at=isoformat(service.moment(one.left_at or 0))))


def _show_runs(session: Session, found: service.Kept) -> None:
    session.out.note(f"{words.rule_name(found.rule)} · {words.level_name(found.level)}")
    rows = [
        cells(
            isoformat(service.moment(one.at)),
            one.items,
            format_size(one.total_bytes),
            one.entered,
            one.left,
            one.saved,
            format_size(one.freed_bytes),
        )
        for one in found.runs
    ]
    columns = [_("Made"), _("Titles"), _("Size"), _("Entered"), _("Left"), _("Saved by a play"), _("Freed")]
    session.out.table(columns, rows, right=(1, 2, 3, 4, 5, 6))
