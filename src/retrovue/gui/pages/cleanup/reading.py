"""What the lane of reports does for the tab of candidates: read facts, read rules again, apply one, let go of facts."""

from collections.abc import Callable
from dataclasses import dataclass

from retrovue.core.context import AppContext
from retrovue.core.domain.cleanup.evaluate import StaleList
from retrovue.core.domain.cleanup.facts import Facts, Level
from retrovue.core.domain.cleanup.rules import Rule
from retrovue.core.domain.tasks import CancelToken
from retrovue.gui.pages.cleanup.conditions import Values
from retrovue.gui.work.tasks import Report


@dataclass(frozen=True)
class Read:
    """What was read. `values`: what there is of each field; None is as before."""

    facts: Facts
    rules: list[Rule]
    values: Values | None = None


def facts_reader(context: AppContext, *, wants_marks: bool) -> Callable[[CancelToken, Report], Read]:
    """Reads everything; with `wants_marks` collections and tags even where no saved rule looks at them."""

    def read(token: CancelToken, _report: Report) -> Read:
        from retrovue.core.services.cleanup import kept, marks
        from retrovue.core.services.cleanup.lists import read_facts
        from retrovue.core.services.cleanup.values import known_values

        rules = kept.all_rules(context)
        # Of a server that does not answer nothing changes: its titles are unknown, and the list says so.
        if wants_marks:
            marks.refresh_due(context, token)
        else:
            marks.refresh_for(context, rules, token)
        facts = read_facts(context, token=token)
        return Read(facts, rules, known_values(context, facts))

    return read


def kept_reader(context: AppContext, facts: Facts) -> Callable[[CancelToken, Report], Read]:
    """Reads exclusions and rules: titles and plays are as they were, and take seconds."""

    def read(_token: CancelToken, _report: Report) -> Read:
        from retrovue.core.services.cleanup import kept
        from retrovue.core.services.cleanup.lists import with_exclusions

        return Read(with_exclusions(context, facts), kept.all_rules(context))

    return read


def applier(context: AppContext, facts: Facts, rule: Rule, level: Level) -> Callable[[CancelToken, Report], StaleList]:
    """Applies a rule."""

    def run(_token: CancelToken, _report: Report) -> StaleList:
        from retrovue.core.services.cleanup.lists import make_list

        return make_list(context, facts, rule, level)

    return run


def forgetter(context: AppContext, held: list[object]) -> Callable[[CancelToken, Report], None]:
    """Lets go of facts and lists, and of what the catalog keeps of them."""

    def forget(_token: CancelToken, _report: Report) -> None:
        from retrovue.core.services.cleanup.lists import forget_facts

        # On a lane: to free two million objects would take the GUI's thread 0.5 s.
        held.clear()
        forget_facts(context)

    return forget
