"""Explanations of rules: which one nearly matched a path, and which ones conflict."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from retrovue.core.domain.path_syntax import ParsedPath, PathKind, nfc, parse_path, without_password
from retrovue.core.domain.paths import PathMapping, UnmappedReason, map_path
from retrovue.core.i18n import _


class NearMiss(StrEnum):
    """The reason why a rule that nearly matched did not match."""

    CASE = "case"
    SEPARATOR = "separator"
    MISSING_COMPONENT = "missing_component"
    EXTRA_COMPONENT = "extra_component"
    OTHER_COMPONENT = "other_component"
    OTHER_LIBRARY = "other_library"


@dataclass(frozen=True, slots=True)
class NearestRule:
    """The rule that nearly matched a path.

    Attributes:
        expected, got: the first piece that differs, in the rule and in the path; either may be empty.
        text: why it did not match, one translated sentence.
    """

    mapping: PathMapping
    problem: NearMiss
    expected: str
    got: str
    text: str


_SEPARATORS = re.compile(r"[\\/]+")


def _pieces(text: str) -> list[str]:
    """Return the names of a path as people see them, with any kind of separator."""
    return [piece for piece in _SEPARATORS.split(text) if piece and piece != "."]


def _loose(pieces: Iterable[str]) -> list[str]:
    return [nfc(piece).casefold() for piece in pieces]


def nearest_rule(
    server_path: str, mappings: Iterable[PathMapping], *, library_ids: Sequence[int] = ()
) -> NearestRule | None:
    """Return the rule that came closest to matching an unmapped path, and why it did not. Never raises.

    Returns:
        None when no rule has anything in common with the path.
    """
    best: tuple[int, NearestRule] | None = None
    # The explanation appears on screen and in logs, so a password in the path must not.
    server_path = without_password(server_path)
    path = _pieces(server_path)
    for mapping in mappings:
        mapping = replace(mapping, server_path=without_password(mapping.server_path))
        candidate = _near(server_path, path, mapping, library_ids)
        if candidate is not None and (best is None or candidate[0] > best[0]):
            best = candidate
    return best[1] if best else None


def _near(
    server_path: str, path: list[str], mapping: PathMapping, library_ids: Sequence[int]
) -> tuple[int, NearestRule] | None:
    """Return a score (higher is closer) with the explanation of one rule."""
    rule = _pieces(mapping.server_path)
    if not rule or not path:
        return None
    loose_rule, loose_path = _loose(rule), _loose(path)
    if loose_path[: len(rule)] == loose_rule:
        return 1000 + len(rule), _same_names(server_path, path, rule, mapping, library_ids)
    shifted = _shifted(loose_path, loose_rule)
    if shifted:
        return _explain_shift(shifted, path, rule, mapping)
    common = 0
    for expected, got in zip(loose_rule, loose_path, strict=False):
        if expected != got:
            break
        common += 1
    if common == 0:
        return None
    expected = rule[common]
    got = path[common] if common < len(path) else ""
    if got:
        text = _("The rule expects “{expected}” where the path has “{got}”.").format(expected=expected, got=got)
        return common, NearestRule(mapping, NearMiss.OTHER_COMPONENT, expected, got, text)
    text = _("The path ends before “{expected}”, which the rule expects.").format(expected=expected)
    return common, NearestRule(mapping, NearMiss.MISSING_COMPONENT, expected, "", text)


def _same_names(
    server_path: str, path: list[str], rule: list[str], mapping: PathMapping, library_ids: Sequence[int]
) -> NearestRule:
    """Return the reason when all names match loosely: letter case, spelling or the library."""
    parsed, parsed_rule = parse_path(server_path), parse_path(mapping.server_path)
    if parsed and parsed_rule and parsed.key()[: len(parsed_rule.key())] == parsed_rule.key():
        text = _("The rule applies only to another library.")
        return NearestRule(mapping, NearMiss.OTHER_LIBRARY, "", "", text)
    written_alike = parsed and parsed_rule and parsed.kind == parsed_rule.kind
    # Scheme and host of an address compare in any letter case, so a difference there is never the reason.
    first = 2 if written_alike and parsed and parsed.kind is PathKind.URL and _same_host(rule, path) else 0
    for expected, got in zip(rule[first:], path[first:], strict=False):
        if written_alike and nfc(expected) != nfc(got):
            text = _("Letter case differs: the rule has “{expected}”, the path has “{got}”.").format(
                expected=expected, got=got
            )
            return NearestRule(mapping, NearMiss.CASE, expected, got, text)
    expected, got = _start(mapping.server_path), _start(server_path)
    text = _("They are written differently: the rule starts with “{expected}”, the path starts with “{got}”.").format(
        expected=expected, got=got
    )
    return NearestRule(mapping, NearMiss.SEPARATOR, expected, got, text)


def _same_host(rule: Sequence[str], path: Sequence[str]) -> bool:
    """Return whether two addresses have the same host, and exactly the same user in front of it."""
    return rule[1:2] != [] and rule[1].rpartition("@")[0] == path[1].rpartition("@")[0]


def _start(text: str) -> str:
    """Return the beginning of a path up to the separator after its first name, which shows how it is written."""
    match = re.match(r"[\\/]*[^\\/]*(?:[\\/]+|$)", text)
    return match[0] if match else text


def _shifted(path: list[str], rule: list[str]) -> int:
    """Return how many leading names the path has more (positive) or fewer (negative) than the rule, or 0."""
    for extra in range(1, min(4, len(path) - len(rule) + 1)):
        if path[extra : extra + len(rule)] == rule:
            return extra
    for missing in range(1, min(4, len(rule))):
        if path[: len(rule) - missing] == rule[missing:]:
            return -missing
    return 0


def _explain_shift(shift: int, path: list[str], rule: list[str], mapping: PathMapping) -> tuple[int, NearestRule]:
    if shift > 0:
        got = "/".join(path[:shift])
        text = _("The path starts with “{got}”; the rule does not.").format(got=got)
        return 500 + len(rule), NearestRule(mapping, NearMiss.EXTRA_COMPONENT, "", got, text)
    expected = "/".join(rule[:-shift])
    text = _("The rule starts with “{expected}”; the path does not.").format(expected=expected)
    score = 500 + len(rule) + shift
    return score, NearestRule(mapping, NearMiss.MISSING_COMPONENT, expected, "", text)


class ConflictKind(StrEnum):
    """The kinds of conflicts between a rule and other rules."""

    INVALID = "invalid"
    SHADOWED = "shadowed"
    REDUNDANT = "redundant"
    NEVER_USED = "never_used"
    SAME_LOCAL_PATH = "same_local_path"
    NO_FOLDER = "no_folder"


@dataclass(frozen=True, slots=True)
class MappingConflict:
    """A conflict of `mapping`. `other` is the rule that it conflicts with, if there is one."""

    kind: ConflictKind
    mapping: PathMapping
    other: PathMapping | None
    text: str


_Parsed = tuple[PathMapping, ParsedPath, ParsedPath]


def find_conflicts(
    mappings: Iterable[PathMapping],
    *,
    library_roots: Sequence[tuple[int, str]] = (),
    file_counts: Mapping[int, int] | None = None,
    folder_exists: Callable[[str], bool | None] | None = None,
) -> list[MappingConflict]:
    """Return the conflicts of one server's rules, in the order of the rules.

    Args:
        library_roots: `(library_id, root path)`; decides which rule of a library overrides one of the server.
        file_counts: rule id → files it maps; a rule that is absent maps none. None: unknown, report nothing.
        folder_exists: returns whether a local folder exists, or None when that is unknown now. Called once
            per rule, on the calling thread.
    """
    rules: list[_Parsed] = []
    found: list[MappingConflict] = []
    for mapping in mappings:
        server, local = parse_path(mapping.server_path), parse_path(mapping.local_path)
        if server is None or local is None or ".." in (*server.names, *local.names):
            text = _("This rule cannot match: one side is not a full path.")
            found.append(MappingConflict(ConflictKind.INVALID, mapping, None, text))
        else:
            rules.append((mapping, server, local))
    for rule in rules:
        shadow = _shadow(rule, rules, library_roots)
        if shadow is not None:
            found.append(shadow)
        elif (redundant := _redundant(rule, rules)) is not None:
            found.append(redundant)
        if (same := _same_target(rule, rules)) is not None:
            found.append(same)
        found.extend(_facts(rule[0], file_counts, folder_exists, is_shadowed=shadow is not None))
    return found


def _shadow(
    rule: _Parsed, rules: Sequence[_Parsed], library_roots: Sequence[tuple[int, str]]
) -> MappingConflict | None:
    mapping, server, _local = rule
    key = server.key()
    for other, other_server, _other_local in rules:
        if other is mapping:
            # Of two rules for the same place the first one counts. Later ones find it above and stop there.
            break
        if other.library_id == mapping.library_id and other_server.exact_key() == server.exact_key():
            text = _("An earlier rule for {path} takes precedence.").format(path=other.server_path)
            return MappingConflict(ConflictKind.SHADOWED, mapping, other, text)
    if mapping.library_id is not None:
        return None
    for library_id, root in library_roots:
        parsed = parse_path(root)
        if parsed is None or not _overlap(parsed.key(), key):
            continue
        for other, other_server, _other_local in rules:
            other_key = other_server.key()
            if other.library_id == library_id and key[: len(other_key)] == other_key:
                text = _("The library rule for {path} takes precedence.").format(path=other.server_path)
                return MappingConflict(ConflictKind.SHADOWED, mapping, other, text)
    return None


def _overlap(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _redundant(rule: _Parsed, rules: Sequence[_Parsed]) -> MappingConflict | None:
    """Return the conflict of a rule without which every path would map to the same place."""
    mapping, _server, local = rule
    others = [one for one, _s, _l in rules if one is not mapping]
    ids = () if mapping.library_id is None else (mapping.library_id,)
    without = map_path(mapping.server_path, others, library_ids=ids)
    if without.local_path is None or (parsed := parse_path(without.local_path)) is None:
        return None
    if parsed.kind != local.kind or parsed.exact_key() != local.exact_key():
        return None
    other = next((one for one in others if one.id == without.mapping_id), None)
    text = _("Another rule already maps to the same folder.")
    return MappingConflict(ConflictKind.REDUNDANT, mapping, other, text)


def _same_target(rule: _Parsed, rules: Sequence[_Parsed]) -> MappingConflict | None:
    mapping, server, local = rule
    for other, other_server, other_local in rules:
        if other is mapping or other_local.kind != local.kind or other_local.key() != local.key():
            continue
        if other_server.exact_key() != server.exact_key():
            text = _("{path} maps to the same folder.").format(path=other.server_path)
            return MappingConflict(ConflictKind.SAME_LOCAL_PATH, mapping, other, text)
    return None


def _facts(
    mapping: PathMapping,
    file_counts: Mapping[int, int] | None,
    folder_exists: Callable[[str], bool | None] | None,
    *,
    is_shadowed: bool,
) -> list[MappingConflict]:
    found = []
    unused = file_counts is not None and mapping.id is not None and not file_counts.get(mapping.id)
    if unused and not is_shadowed:
        found.append(
            MappingConflict(ConflictKind.NEVER_USED, mapping, None, _("No file in the catalog uses this rule."))
        )
    if folder_exists is not None and folder_exists(mapping.local_path) is False:
        text = _("Folder not found on this computer: {path}").format(path=mapping.local_path)
        found.append(MappingConflict(ConflictKind.NO_FOLDER, mapping, None, text))
    return found


def explain_unmapped(
    server_path: str,
    reason: UnmappedReason,
    mappings: Iterable[PathMapping],
    *,
    library_ids: Sequence[int] = (),
) -> str:
    """Return why a path is unmapped, translated; for "no rule" with the rule that nearly matched."""
    if reason is not UnmappedReason.NO_RULE:
        return reason.user_text
    near = nearest_rule(server_path, mappings, library_ids=library_ids)
    if near is None:
        return reason.user_text
    return _("{reason} Closest rule, {rule}: {why}").format(
        reason=reason.user_text, rule=near.mapping.server_path, why=near.text
    )
