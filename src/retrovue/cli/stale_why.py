"""`retrovue stale why`: why an item is on the list of a rule, or not."""

from collections.abc import Sequence
from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.output import cells
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.cleanup.facts import Level
from retrovue.core.domain.cleanup.rules import Join
from retrovue.core.domain.errors import ConfigError, SecretError, SourceError
from retrovue.core.domain.servers import Server
from retrovue.core.i18n import _
from retrovue.core.services.cleanup import kept, marks, words
from retrovue.core.services.cleanup.lists import make_list, read_facts


def item_of(text: str) -> tuple[str, int]:
    """The kind and id of an item.

    Raises:
        ConfigError: it names none.
    """
    kind, _mark, number = text.partition(":")
    if kind not in (Level.MOVIE, Level.EPISODE, Level.SHOW) or not number.isascii() or not number.isdigit():
        raise ConfigError(
            _("“{text}” is not an item.").format(text=text), hint=_("Give one such as movie:45, episode:123 or show:7.")
        )
    return kind, int(number)


def say_unread(session: Session, failed: Sequence[tuple[Server, SourceError | SecretError]]) -> None:
    """Name the servers whose collections, tags and favorites are not known now."""
    for server, error in failed:
        text = _("Collections, tags and favorites of “{server}” could not be read: {why}")
        session.out.note(text.format(server=server.name, why=error.text))


def why(
    ctx: typer.Context,
    item: Annotated[str, typer.Argument(metavar="ITEM", help=_("An item, such as movie:45, episode:123 or show:7."))],
    season: Annotated[
        int | None, typer.Option("--season", min=0, metavar="N", help=_("Only this season of the show."))
    ] = None,
    rule: Annotated[
        str, typer.Option("--rule", metavar="NAME", help=_("A saved rule, or one that comes with RetroVue."))
    ] = "unwatched",
) -> int:
    """Say why an item is on the list of a rule, or not."""
    session = session_of(ctx)
    context = session.context
    kind, item_id = item_of(item)
    chosen = kept.find_rule(context, rule)
    say_unread(session, marks.refresh_for(context, [chosen], session.token))
    facts = read_facts(context, token=session.token)
    unit = kept.find_unit(facts, kind, item_id, season)
    found = make_list(context, facts, chosen, unit.level)
    outcome = words.outcome_text(facts, chosen, unit)
    explained = words.explain(facts, chosen, unit)
    if session.out.as_json:
        session.out.json(
            {
                "title": words.full_title(unit),
                "rule": chosen.name,
                "listed": any(one is unit for one in found.candidates),
                "outcome": outcome,
                "reasons": words.reasons(unit, facts.now),
                "conditions": [_json(one) for one in explained.conditions()],
                "where": _json(explained),
            }
        )
        return DONE
    session.out.line(words.full_title(unit))
    session.out.line(outcome)
    session.out.line("; ".join(words.reasons(unit, facts.now)))
    session.out.table([_("Condition"), _("Has"), _("True")], _rows(explained))
    return DONE


def _json(one: words.Explained) -> dict[str, object]:
    if one.join is None:
        return {"condition": one.text, "actual": one.actual, "is_true": one.verdict}
    return {"join": one.join.value, "is_true": one.verdict, "parts": [_json(part) for part in one.parts]}


def _rows(whole: words.Explained) -> list[list[str]]:
    """Conditions that all have to be true need no head; below “or”, and within sections, they are indented."""
    said = {True: _("Yes"), False: _("No"), None: _("Not known")}
    rows = []

    def add(one: words.Explained, depth: int) -> None:
        rows.append(cells("  " * depth + one.text, one.actual, said[one.verdict]))
        for part in one.parts:
            add(part, depth + 1)

    if whole.join is Join.OR:
        add(whole, 0)
    else:
        for part in whole.parts:
            add(part, 0)
    return rows
