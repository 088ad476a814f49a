"""A rule and its outcome in words: reasons, conditions, and why a title is on the list or not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from retrovue.core.domain.cleanup.evaluate import StaleClass, class_of, compile_condition, compile_section, why_apart
from retrovue.core.domain.cleanup.facts import Facts, Level, Unit
from retrovue.core.domain.cleanup.keeping import DAY, Verdict, Why, outdated, unread
from retrovue.core.domain.cleanup.levels import places_from_newest
from retrovue.core.domain.cleanup.marks import marked
from retrovue.core.domain.cleanup.rules import Condition, Field, Join, Kind, Operator, Preset, Rule, Section
from retrovue.core.domain.sizes import format_size
from retrovue.core.domain.titles import episode_code, episode_title, titled
from retrovue.core.i18n import _, decimal, ngettext, number


def title_of(unit: Unit) -> str:
    """The title of an item itself."""
    if unit.level is not Level.SEASON or unit.title:
        return unit.title
    return _("No season") if unit.season_number is None else _("Season {n}").format(n=unit.season_number)


def full_title(unit: Unit) -> str:
    """The title with what it belongs to."""
    match unit.level:
        case Level.EPISODE:
            code = episode_code(unit.season_number, unit.episode_number, aired=unit.aired)
            return episode_title(unit.show_title or "", code, unit.title)
        case Level.SEASON:
            return f"{unit.show_title or ''} · {title_of(unit)}"
    return titled(unit.title, unit.year)


def reasons(unit: Unit, now: int) -> list[str]:
    """Why it is a candidate, a phrase each: when it was added and played, by how many, and its size."""
    return [_added(unit, now), *_played(unit, now), format_size(unit.size_bytes)]


def _added(unit: Unit, now: int) -> str:
    days = _days(now - unit.added_at)
    if unit.level in (Level.MOVIE, Level.EPISODE):
        text = ngettext("Added {n} day ago", "Added {n} days ago", days)
        return text.format(n=number(days)) if days else _("Added less than a day ago")
    text = ngettext("Newest episode added {n} day ago", "Newest episode added {n} days ago", days)
    return text.format(n=number(days)) if days else _("Newest episode added less than a day ago")


def _played(unit: Unit, now: int) -> list[str]:
    if not unit.plays and unit.last_played_at is None:
        return [_never(unit, now)]
    found = [_last_play(unit, now)]
    if unit.plays:
        plays = ngettext("{n} play", "{n} plays", unit.plays).format(n=number(unit.plays))
        people = ngettext("{plays} by {n} person", "{plays} by {n} people", unit.users)
        found.append(people.format(plays=plays, n=unit.users))
    return found


def _never(unit: Unit, now: int) -> str:
    begins = unit.origin.history_from
    if class_of(unit) is StaleClass.NEVER_WATCHED:
        return _("Never watched")
    if begins is None:
        return _("No play found: there is no history")
    days = _days(now - begins)
    text = ngettext(
        "No play found, but the history reaches back only {n} day",
        "No play found, but the history reaches back only {n} days",
        days,
    )
    return text.format(n=number(days))


def _last_play(unit: Unit, now: int) -> str:
    if unit.last_played_at is None:
        return _("Marked as watched without a date")
    days = _days(now - unit.last_played_at)
    person = unit.history.last_person
    is_named = person is not None and unit.history.last_at == unit.last_played_at
    if not days:
        text = _("Last played less than a day ago by {person}") if is_named else _("Last played less than a day ago")
        return text.format(person=person)
    if not is_named:
        text = ngettext("Last played {n} day ago, not since", "Last played {n} days ago, not since", days)
        return text.format(n=number(days))
    text = ngettext(
        "Last played {n} day ago by {person}, by nobody since",
        "Last played {n} days ago by {person}, by nobody since",
        days,
    )
    return text.format(n=number(days), person=person)


def _days(seconds: int) -> int:
    return max(0, seconds // DAY)


def class_name(found: StaleClass) -> str:
    """A class as a label."""
    return {
        StaleClass.STALE: _("Watched before"),
        StaleClass.NEVER_WATCHED: _("Never watched"),
        StaleClass.NOT_IN_HISTORY: _("No history that far back"),
    }[found]


def why_name(why: Why) -> str:
    """Why something is kept apart, as a label."""
    return {
        Why.PLAYING: _("Playing now"),
        Why.EXCLUDED: _("Excluded"),
        Why.SHARED: _("On a server shared with you"),
        Why.STARTED: _("Started and not finished"),
        Why.FAVORITE: _("A favorite"),
        Why.GONE: _("Its files are gone"),
        Why.UNKNOWN: _("The history cannot tell"),
    }[why]


def preset_name(preset: Preset) -> str:
    """The name of a preset."""
    return {
        Preset.UNWATCHED: _("Unwatched for long"),
        Preset.NEVER: _("Never watched in a year"),
        Preset.WATCHED_BY_ALL: _("Watched by everyone"),
        Preset.LARGE_OLD: _("Large and old"),
        Preset.LOWER_QUALITY: _("In better quality too"),
        Preset.FREE_SPACE: _("By free space"),
    }[preset]


def rule_name(rule: Rule) -> str:
    """The name of a rule; of one without a name, its conditions."""
    try:
        return preset_name(Preset(rule.name))
    except ValueError:
        return rule.name or section_text(rule.where)


def level_name(level: Level) -> str:
    """A level as a label."""
    return {
        Level.MOVIE: _("Movies"),
        Level.EPISODE: _("Episodes"),
        Level.SEASON: _("Seasons"),
        Level.SHOW: _("Shows"),
    }[level]


def field_name(field: Field) -> str:
    """A field as a label."""
    return {
        Field.ADDED_DAYS: _("Days since added"),
        Field.IDLE_DAYS: _("Days since last watched"),
        Field.PLAYS: _("Plays"),
        Field.PEOPLE: _("People who watched"),
        Field.COMPLETION: _("Watched share (%)"),
        Field.WATCHED_BY_ALL: _("Watched by all who started"),
        Field.SIZE: _("Size"),
        Field.HEIGHT: _("Picture height"),
        Field.RATING: _("Content rating"),
        Field.GENRE: _("Genre"),
        Field.YEAR: _("Year"),
        Field.LIBRARY: _("Library"),
        Field.SERVER: _("Server"),
        Field.COLLECTION: _("Collection"),
        Field.TAG: _("Tag"),
        Field.PATH: _("Path"),
        Field.FILE_STATE: _("File state"),
        Field.BETTER_COPY: _("A better copy exists"),
        Field.FREE_SPACE: _("Free space of the disk (%)"),
        Field.FROM_NEWEST: _("Episode counted from the newest"),
    }[field]


def operator_name(operator: Operator) -> str:
    """An operator as a label."""
    return {
        Operator.AT_LEAST: _("at least"),
        Operator.AT_MOST: _("at most"),
        Operator.MORE: _("more than"),
        Operator.LESS: _("less than"),
        Operator.IS: _("is"),
        Operator.IS_NOT: _("is not"),
        Operator.CONTAINS: _("contains"),
        Operator.LACKS: _("does not contain"),
    }[operator]


def value_text(condition: Condition) -> str:
    """The value that a condition compares with."""
    value, kind = condition.value, condition.field.kind
    if kind is Kind.FLAG:
        return _("yes") if value else _("no")
    if kind is Kind.BYTES:
        return format_size(int(float(value)))
    return f"{value:g}" if isinstance(value, float) else str(value)


def condition_text(condition: Condition) -> str:
    """A condition as a phrase: “Plays: less than 2”."""
    return _("{field}: {operator} {value}").format(
        field=field_name(condition.field),
        operator=operator_name(condition.operator),
        value=value_text(condition),
    )


def section_text(section: Section) -> str:
    """All conditions with what joins them."""
    word = _("and") if section.join is Join.AND else _("or")
    parts = [f"({section_text(part)})" if isinstance(part, Section) else condition_text(part) for part in section.parts]
    return f" {word} ".join(parts)


@dataclass(frozen=True, slots=True)
class Explained:
    """A condition, what the title has, and whether that is true; None: not known.

    Attributes:
        join: of a section, what joins its parts; it has no `actual`.
    """

    text: str
    actual: str
    verdict: Verdict
    join: Join | None = None
    parts: tuple["Explained", ...] = ()

    @property
    def lines(self) -> tuple["Explained", ...]:
        """A line each: its parts, below a head where not all of them have to be true."""
        is_plain = self.join is Join.AND or len(self.parts) == 1
        return self.parts if is_plain else (replace(self, parts=()), *self.parts)

    def conditions(self) -> Iterator["Explained"]:
        """The conditions alone, however they are joined."""
        if self.join is None:
            yield self
        for part in self.parts:
            yield from part.conditions()


def explain(facts: Facts, rule: Rule, unit: Unit) -> Explained:
    """Why a title is on the list of a rule or not: its conditions, joined as in the rule."""
    return _explain_section(facts, rule.where, unit)


def _explain_section(facts: Facts, section: Section, unit: Unit) -> Explained:
    parts = tuple(
        _explain_section(facts, part, unit) if isinstance(part, Section) else _explain_condition(facts, part, unit)
        for part in section.parts
    )
    text = _("All of these") if section.join is Join.AND else _("Any of these")
    return Explained(text, "", compile_section(section, facts, unit.level)(unit), section.join, parts)


def _explain_condition(facts: Facts, condition: Condition, unit: Unit) -> Explained:
    verdict = compile_condition(condition, facts, unit.level)(unit)
    # A number that may be another one is not shown as if it were what counts.
    actual = _("not known") if verdict is None else actual_text(facts, condition.field, unit)
    return Explained(condition_text(condition), actual, verdict)


def outcome_text(facts: Facts, rule: Rule, unit: Unit) -> str:
    """Whether a title is on the list of a rule, and if not, what keeps it off, in one sentence."""
    verdict = compile_section(rule.where, facts, unit.level)(unit)
    if not unit.origin.is_enabled:
        return _("Not on the list: its library is turned off.")
    if verdict is False:
        if rule.where.join is Join.OR:
            return _("Not on the list: none of the alternatives of the rule is true.")
        return _("Not on the list: the conditions are not all true.")
    why = why_apart(facts, rule, unit)
    if why is None:
        return _("On the list: {class_}.").format(class_=class_name(class_of(unit)))
    if why is Why.UNKNOWN and verdict is not None and outdated(facts, unit.origin):
        return _doubt(facts, unit)
    if why is Why.UNKNOWN and unit.origin.server_id in unread(facts):
        text = _("Kept apart: collections, tags and favorites of “{server}” were never read.")
        return text.format(server=unit.origin.server)
    return _("Kept apart: {why}.").format(why=why_name(why))


def _doubt(facts: Facts, unit: Unit) -> str:
    origin = unit.origin
    if origin.counted_at is None:
        text = _("Kept apart: “{library}” or the record of what “{server}” plays was never read completely.")
        return text.format(library=origin.library, server=origin.server)
    days = _days(facts.now - origin.counted_at)
    text = ngettext(
        "Kept apart: what is known of “{library}” and its plays is {n} day old.",
        "Kept apart: what is known of “{library}” and its plays is {n} days old.",
        days,
    )
    return text.format(library=origin.library, n=number(days))


def doubts(facts: Facts, day: Callable[[int], str]) -> dict[int, str]:
    """Server id → that its titles are kept apart, and since when nothing is known. `day`: an instant in words."""
    found: dict[int, str] = {}
    for one in facts.origins:
        if not one.is_enabled or one.history_from is None or not outdated(facts, one):
            continue
        if one.counted_at is None:
            found[one.server_id] = _("{server}: never read completely, titles are kept apart").format(server=one.server)
        elif one.server_id not in found:
            text = _("{server}: known until {day} only, titles are kept apart")
            found[one.server_id] = text.format(server=one.server, day=day(one.counted_at))
    return found


def actual_text(facts: Facts, field: Field, unit: Unit) -> str:
    """What a title has for a field."""
    match field:
        case Field.ADDED_DAYS:
            return str(_days(facts.now - unit.added_at))
        case Field.IDLE_DAYS:
            return str(_days(facts.now - (unit.last_played_at or unit.added_at)))
        case Field.PLAYS:
            return str(unit.plays)
        case Field.PEOPLE:
            return str(unit.users)
        case Field.COMPLETION:
            percent = unit.history.percent
            return _("not known") if percent is None and not unit.is_measured else f"{percent or 0}"
        case Field.SIZE:
            return format_size(unit.size_bytes)
        case Field.LIBRARY:
            return unit.origin.library
        case Field.SERVER:
            return unit.origin.server
        case Field.COLLECTION:
            return ", ".join(sorted(marked(facts, unit, facts.marks.collections)))
        case Field.TAG:
            return ", ".join(sorted(marked(facts, unit, facts.marks.tags)))
        case Field.FILE_STATE:
            return ", ".join(sorted({file.state for file in unit.files}))
        case Field.PATH:
            return "" if not unit.files else unit.files[0].local_path or unit.files[0].server_path
        case Field.FREE_SPACE:
            known = facts.free_percent
            shares = [known[file.id] for file in unit.files if file.id in known]
            return _("not known") if not shares else decimal(min(shares), 0)
        case Field.FROM_NEWEST:
            return str(places_from_newest(facts).get(unit.id, "")) if unit.level is Level.EPISODE else ""
        case Field.WATCHED_BY_ALL:
            return f"{len(unit.history.finished)}/{unit.users}"
    value = {Field.HEIGHT: unit.height, Field.YEAR: unit.year, Field.RATING: unit.rating, Field.GENRE: unit.genre}
    return "" if field is Field.BETTER_COPY else str(value.get(field) or _("not known"))
