"""Rules: conditions joined by and/or, with sections of their own, nested once; the presets; and rules as JSON."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from retrovue.core.domain.cleanup.facts import Level


class Kind(StrEnum):
    """What a field is compared as."""

    DAYS = "days"
    NUMBER = "number"
    PERCENT = "percent"
    BYTES = "bytes"
    TEXT = "text"
    FLAG = "flag"


class Field(StrEnum):
    """What a condition is about. The values are those of saved rules: they never change."""

    ADDED_DAYS = "added_days"
    IDLE_DAYS = "idle_days"
    PLAYS = "plays"
    PEOPLE = "people"
    COMPLETION = "completion"
    WATCHED_BY_ALL = "watched_by_all"
    SIZE = "size_bytes"
    HEIGHT = "height"
    RATING = "rating"
    GENRE = "genre"
    YEAR = "year"
    LIBRARY = "library"
    SERVER = "server"
    COLLECTION = "collection"
    TAG = "tag"
    PATH = "path"
    FILE_STATE = "file_state"
    BETTER_COPY = "better_copy"
    FREE_SPACE = "free_percent"
    FROM_NEWEST = "from_newest"

    @property
    def kind(self) -> Kind:
        """What it is compared as."""
        return _KINDS.get(self, Kind.TEXT)

    @property
    def operators(self) -> tuple["Operator", ...]:
        """The operators that it can be compared with, the usual one first."""
        if self.kind is Kind.FLAG:
            return (Operator.IS, Operator.IS_NOT)
        if self.kind is Kind.TEXT:
            return (Operator.IS, Operator.IS_NOT, Operator.CONTAINS, Operator.LACKS)
        numbers = (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE, Operator.LESS)
        return numbers if self is Field.IDLE_DAYS else (*numbers, Operator.IS, Operator.IS_NOT)


_KINDS = {
    Field.ADDED_DAYS: Kind.DAYS,
    Field.IDLE_DAYS: Kind.DAYS,
    Field.PLAYS: Kind.NUMBER,
    Field.PEOPLE: Kind.NUMBER,
    Field.COMPLETION: Kind.PERCENT,
    Field.WATCHED_BY_ALL: Kind.FLAG,
    Field.SIZE: Kind.BYTES,
    Field.HEIGHT: Kind.NUMBER,
    Field.YEAR: Kind.NUMBER,
    Field.BETTER_COPY: Kind.FLAG,
    Field.FREE_SPACE: Kind.PERCENT,
    Field.FROM_NEWEST: Kind.NUMBER,
}


class Operator(StrEnum):
    """How a field is compared. The values are those of saved rules."""

    AT_LEAST = ">="
    AT_MOST = "<="
    MORE = ">"
    LESS = "<"
    IS = "is"
    IS_NOT = "is not"
    CONTAINS = "contains"
    LACKS = "does not contain"


class Join(StrEnum):
    """Whether all parts must be true, or any of them."""

    AND = "and"
    OR = "or"


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. `value`: a number, a text, or True/False for a flag."""

    field: Field
    operator: Operator
    value: int | float | str | bool


@dataclass(frozen=True, slots=True)
class Section:
    """Conditions that are joined; the outermost one may contain sections that contain only conditions."""

    join: Join
    parts: tuple["Condition | Section", ...]

    def conditions(self) -> Iterator[Condition]:
        """Every condition, in order."""
        for part in self.parts:
            if isinstance(part, Section):
                yield from part.conditions()
            else:
                yield part


@dataclass(frozen=True, slots=True)
class Rule:
    """What makes a title a candidate.

    Attributes:
        id: None: not saved.
        keep_started: what someone has started lately and not finished is kept apart.
    """

    name: str
    where: Section
    level: Level = Level.MOVIE
    keep_started: bool = False
    id: int | None = None


class RuleError(ValueError):
    """Data that is no rule. Its text is for logs; `field` names what is wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(f"not a rule: {field}")
        self.field = field


def rule_json(rule: Rule) -> dict[str, Any]:
    """A rule as saved and exported."""
    return {
        "name": rule.name,
        "level": rule.level.value,
        "keep_started": rule.keep_started,
        "where": _section_json(rule.where),
    }


def _section_json(section: Section) -> dict[str, Any]:
    parts = [
        _section_json(part)
        if isinstance(part, Section)
        else {"field": part.field.value, "is": part.operator.value, "value": part.value}
        for part in section.parts
    ]
    return {"join": section.join.value, "parts": parts}


def rule_from_json(document: object) -> Rule:
    """Read a rule that was saved or exported.

    Raises:
        RuleError: it is none, or it contains what this version does not know.
    """
    if not isinstance(document, Mapping):
        raise RuleError("rule")
    name = document.get("name")
    if not isinstance(name, str) or not name.strip():
        raise RuleError("name")
    try:
        level = Level(document.get("level", Level.MOVIE))
    except ValueError as error:
        raise RuleError("level") from error
    where = _section(document.get("where"), depth=2)
    return Rule(name.strip(), where, level, keep_started=document.get("keep_started") is True)


def _section(document: object, *, depth: int) -> Section:
    if depth == 0 or not isinstance(document, Mapping) or not isinstance(document.get("parts"), list):
        raise RuleError("where")
    try:
        join = Join(document.get("join", Join.AND))
    except ValueError as error:
        raise RuleError("join") from error
    parts = [_section(one, depth=depth - 1) if _is_section(one) else _condition(one) for one in document["parts"]]
    if not parts:
        raise RuleError("parts")
    return Section(join, tuple(parts))


def _is_section(document: object) -> bool:
    return isinstance(document, Mapping) and "parts" in document


def _condition(document: object) -> Condition:
    if not isinstance(document, Mapping):
        raise RuleError("condition")
    try:
        field, operator = Field(str(document.get("field"))), Operator(str(document.get("is")))
    except ValueError as error:
        raise RuleError(str(document.get("field"))) from error
    condition = Condition(field, operator, document.get("value"))  # type: ignore[arg-type]  # checked next
    check(condition)
    return condition


def check(condition: Condition) -> None:
    """Refuse a comparison that means nothing.

    Raises:
        RuleError: the field has no such operator, or the value is of another type.
    """
    value, kind = condition.value, condition.field.kind
    if condition.operator not in condition.field.operators:
        raise RuleError(condition.field.value)
    if kind is Kind.FLAG:
        is_right = isinstance(value, bool)
    elif kind is Kind.TEXT:
        is_right = isinstance(value, str) and bool(value.strip())
    else:
        # NaN is neither above nor below anything, so that it would make a rule that is never true.
        is_right = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**63
    if not is_right:
        raise RuleError(condition.field.value)


def idle_rule(*, added_days: float, idle_days: float, level: Level, name: str = "") -> Rule:
    """What was added long ago and not played by anybody since."""
    parts = (
        Condition(Field.ADDED_DAYS, Operator.AT_LEAST, added_days),
        Condition(Field.IDLE_DAYS, Operator.AT_LEAST, idle_days),
    )
    return Rule(name, Section(Join.AND, parts), level)


class Preset(StrEnum):
    """The rules that come with the program."""

    UNWATCHED = "unwatched"
    NEVER = "never"
    WATCHED_BY_ALL = "watched-by-all"
    LARGE_OLD = "large-old"
    LOWER_QUALITY = "lower-quality"
    FREE_SPACE = "free-space"


_FREE_STEPS = ((20, 90), (15, 60), (10, 30), (5, 15))
"""Below so many percent of free space, what was not watched for so many days."""


def preset_rule(preset: Preset, level: Level) -> Rule:
    """The rule of a preset; its name is the preset's own, for the front ends to translate."""
    rule = Rule(preset.value, Section(Join.AND, _preset_parts(preset)), level, keep_started=True)
    if preset is not Preset.FREE_SPACE:
        return rule
    steps = tuple(
        Section(
            Join.AND,
            (
                Condition(Field.FREE_SPACE, Operator.LESS, free),
                Condition(Field.IDLE_DAYS, Operator.AT_LEAST, idle),
            ),
        )
        for free, idle in _FREE_STEPS
    )
    return replace(rule, where=Section(Join.OR, steps))


def _preset_parts(preset: Preset) -> tuple[Condition, ...]:
    def at_least(field: Field, value: float) -> Condition:
        return Condition(field, Operator.AT_LEAST, value)

    match preset:
        case Preset.UNWATCHED:
            return (
                Condition(Field.ADDED_DAYS, Operator.MORE, 30),
                at_least(Field.IDLE_DAYS, 15),
                Condition(Field.PLAYS, Operator.LESS, 2),
            )
        case Preset.NEVER:
            return at_least(Field.IDLE_DAYS, 365), Condition(Field.PLAYS, Operator.IS, 0)
        case Preset.WATCHED_BY_ALL:
            return Condition(Field.WATCHED_BY_ALL, Operator.IS, True), at_least(Field.IDLE_DAYS, 90)
        case Preset.LARGE_OLD:
            return (
                at_least(Field.SIZE, 20 * 10**9),
                at_least(Field.ADDED_DAYS, 365),
                at_least(Field.IDLE_DAYS, 180),
            )
        case _:
            return (Condition(Field.BETTER_COPY, Operator.IS, True),)
