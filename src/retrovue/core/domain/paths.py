"""Path mapping: from the path of a server to the path on this computer.

A rule (`PathMapping`) maps a server path prefix to a local prefix, compared by components, never by
characters. `PathMapper` prepares a rule set once for many paths; `map_path` maps a single path.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.path_syntax import (
    MAX_PATH_LENGTH,
    NameFault,
    ParsedPath,
    PathKind,
    SplitPath,
    exact_key,
    normalised_key,
    parse_path,
    path_kind,
    split_path,
    windows_fault,
)
from retrovue.core.i18n import _

__all__ = [
    "MappedPath",
    "PathKind",
    "PathMapper",
    "PathMapping",
    "UnmappedReason",
    "map_path",
    "path_kind",
    "validate_mapping",
]


@dataclass(frozen=True, slots=True)
class PathMapping:
    """A rule: files under `server_path` on the server are under `local_path` on this computer.

    `library_id` None is a rule for the whole server.
    """

    id: int | None
    server_id: int | None
    library_id: int | None
    server_path: str
    local_path: str


class UnmappedReason(StrEnum):
    """The reason why a server path has no local path."""

    NO_RULE = "no_rule"
    EMPTY = "empty"
    NOT_ABSOLUTE = "not_absolute"
    PARENT_COMPONENT = "parent_component"
    NUL = "nul"
    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    BACKSLASH = "backslash"
    FORBIDDEN_CHARACTER = "forbidden_character"
    TRAILING_DOT_OR_BLANK = "trailing_dot_or_blank"
    RESERVED_NAME = "reserved_name"

    @property
    def user_text(self) -> str:
        """Return the reason as one translated sentence."""
        return _reason_text(self)


def _reason_text(reason: UnmappedReason) -> str:
    match reason:
        case UnmappedReason.NO_RULE:
            return _("No rule matches this path.")
        case UnmappedReason.EMPTY:
            return _("The server gave no path for this file.")
        case UnmappedReason.NOT_ABSOLUTE:
            return _("The path does not start with a drive, a share, a root folder or an address.")
        case UnmappedReason.PARENT_COMPONENT:
            return _("The path contains “..”, which could lead outside the mapped folder.")
        case UnmappedReason.NUL:
            return _("The path contains a NUL character, which no disk can store.")
        case UnmappedReason.TOO_LONG:
            return _("The path is longer than any system can open.")
        case UnmappedReason.CONTROL_CHARACTER:
            return _("A name contains a control character, which Windows cannot store.")
        case UnmappedReason.BACKSLASH:
            return _("A name contains a backslash, which Windows treats as a folder separator.")
        case UnmappedReason.FORBIDDEN_CHARACTER:
            return _('A name contains one of < > : " | ? *, which Windows cannot store.')
        case UnmappedReason.TRAILING_DOT_OR_BLANK:
            return _("A name ends with a dot or a space, which Windows drops.")
        case UnmappedReason.RESERVED_NAME:
            return _("A name such as CON, NUL or COM1 is reserved by Windows.")


class MappedPath(NamedTuple):
    """The result of applying the rules to a server path.

    Attributes:
        server_path: unchanged.
        local_path: with the separators of the local side; None when unmapped.
        mapping_id: the rule that decided (also when the local side does not allow a name); None without one.
        reason: why it is unmapped, None when mapped.
        other_local_paths: results of other rules for the same file, when two libraries share it and disagree.
    """

    server_path: str
    local_path: str | None
    mapping_id: int | None
    mapped: bool
    reason: UnmappedReason | None = None
    other_local_paths: tuple[str, ...] = ()

    @property
    def conflict(self) -> bool:
        """Return whether two rules disagree about this file."""
        return bool(self.other_local_paths)


class _Rule(NamedTuple):
    mapping: PathMapping
    exact_key: tuple[str, ...]
    local_prefix: str
    """The local prefix. It ends with a separator, so that the rest of a path can be appended."""
    local_bare: str
    local_is_windows: bool


_Found = tuple[_Rule, int]
_RuleIndex = dict[tuple[str, ...], list[_Rule]]


class _Scope:
    """The rules of one library, or of the whole server, by comparison key."""

    def __init__(self) -> None:
        self.rules: _RuleIndex = {}
        self.lengths: list[int] = []

    def add(self, key: tuple[str, ...], rule: _Rule) -> None:
        self.rules.setdefault(key, []).append(rule)
        if len(key) not in self.lengths:
            self.lengths = sorted([*self.lengths, len(key)], reverse=True)

    def find(self, key: tuple[str, ...], path: SplitPath) -> list[_Found]:
        """Return the rules of the longest matching prefix; exactly equal text wins over NFC-equal text."""
        for length in self.lengths:
            rules = self.rules.get(key[:length])
            if rules is None:
                continue
            if len(rules) > 1:
                exact = exact_key(*path)[:length]
                rules = [rule for rule in rules if rule.exact_key == exact] or rules
            return [(rule, length) for rule in rules]
        return []


class PathMapper:
    """The rules of one server, prepared for many paths.

    Build it once for a set of rules; it does not follow later changes. Rules with an empty or relative side
    or with `..` match nothing (`validate_mapping` refuses them before they are stored). Thread: any.

    Args:
        mappings: the rules of one server, in any order.
        library_roots: `(library_id, root path)` of the server's libraries; decides which library a file
            belongs to when several contain it, or when the caller does not know.
    """

    def __init__(self, mappings: Iterable[PathMapping], *, library_roots: Iterable[tuple[int, str]] = ()) -> None:
        self._server = _Scope()
        self._libraries: dict[int, _Scope] = {}
        for mapping in mappings:
            server, local = parse_path(mapping.server_path), parse_path(mapping.local_path)
            if server is None or local is None or ".." in server.names or ".." in local.names:
                continue
            scope = self._server
            if mapping.library_id is not None:
                scope = self._libraries.setdefault(mapping.library_id, _Scope())
            scope.add(server.key(), _make_rule(mapping, server, local))
        self._roots: list[tuple[tuple[str, ...], int]] = []
        for library_id, root in library_roots:
            parsed = parse_path(root)
            if parsed is not None:
                self._roots.append((parsed.key(), library_id))
        keys = [key for scope in (self._server, *self._libraries.values()) for key in scope.rules]
        self._depth = max((len(key) for key in (*keys, *(root for root, _id in self._roots))), default=0)
        self._roots.sort(key=lambda entry: (-len(entry[0]), entry[1]))

    def map(self, server_path: str, library_ids: Sequence[int] = ()) -> MappedPath:
        """Map one path. Never raises for any text.

        Args:
            server_path: as the server wrote it.
            library_ids: the libraries that contain the file. Without any, those whose root contains it.
        """
        split = split_path(server_path)
        reason = _refusal(server_path, split)
        if reason is not None or split is None:
            return MappedPath(server_path, None, None, mapped=False, reason=reason)
        kind, root, names = split
        key = normalised_key(kind, root, names[: self._depth])
        if self._libraries and (candidates := self._candidates(key, library_ids)):
            found = [match for one in candidates for match in self._find(key, split, one)]
        else:
            found = self._server.find(key, split)
        if not found:
            return MappedPath(server_path, None, None, mapped=False, reason=UnmappedReason.NO_RULE)
        first = _apply(server_path, names, *found[0])
        return first if len(found) == 1 else _agree(first, [_apply(server_path, names, *f) for f in found])

    def _find(self, key: tuple[str, ...], path: SplitPath, library_id: int) -> list[_Found]:
        scope = self._libraries.get(library_id)
        return (scope.find(key, path) if scope else []) or self._server.find(key, path)

    def _candidates(self, key: tuple[str, ...], library_ids: Sequence[int]) -> list[int]:
        """Return the libraries whose rules apply, the most specific root first."""
        if len(library_ids) == 1:
            return [library_ids[0]]
        holding = [
            library_id
            for root, library_id in self._roots
            if key[: len(root)] == root and (not library_ids or library_id in library_ids)
        ]
        return list(dict.fromkeys(holding)) or list(library_ids)


def _make_rule(mapping: PathMapping, server: ParsedPath, local: ParsedPath) -> _Rule:
    text = local.text
    prefix = text if not local.names else text + local.separator
    return _Rule(mapping, server.exact_key(), prefix, text, local.kind.is_windows)


def _refusal(server_path: str, split: SplitPath | None) -> UnmappedReason | None:
    if len(server_path) > MAX_PATH_LENGTH:
        return UnmappedReason.TOO_LONG
    if "\0" in server_path:
        return UnmappedReason.NUL
    if split is not None:
        return UnmappedReason.PARENT_COMPONENT if ".." in split[2] else None
    return UnmappedReason.NOT_ABSOLUTE if server_path.strip() else UnmappedReason.EMPTY


def _apply(server_path: str, names: Sequence[str], rule: _Rule, length: int) -> MappedPath:
    # A key starts with the root, then the names.
    remainder = "/".join(names[length - 1 :])
    mapping_id = rule.mapping.id
    if rule.local_is_windows:
        fault = windows_fault(remainder)
        if fault is not None:
            reason = _FAULT_REASONS[fault[0]]
            return MappedPath(server_path, None, mapping_id, mapped=False, reason=reason)
        remainder = remainder.replace("/", "\\")
    local_path = rule.local_prefix + remainder if remainder else rule.local_bare
    if len(local_path) > MAX_PATH_LENGTH:
        return MappedPath(server_path, None, mapping_id, mapped=False, reason=UnmappedReason.TOO_LONG)
    return MappedPath(server_path, local_path, mapping_id, mapped=True)


_FAULT_REASONS = {fault: UnmappedReason(fault.value) for fault in NameFault}


def _agree(first: MappedPath, results: list[MappedPath]) -> MappedPath:
    """Merge several results: the first that is mapped, with the paths that differ from it."""
    mapped = [result for result in results if result.local_path is not None]
    if not mapped:
        return first
    chosen = mapped[0]
    others = {result.local_path: None for result in mapped if result.local_path != chosen.local_path}
    return chosen._replace(other_local_paths=tuple(path for path in others if path is not None))


def map_path(
    server_path: str,
    mappings: Iterable[PathMapping],
    *,
    library_ids: Sequence[int] = (),
    library_roots: Iterable[tuple[int, str]] = (),
) -> MappedPath:
    """Map one path by the rules of one server. Build a `PathMapper` for many. Never raises."""
    return PathMapper(mappings, library_roots=library_roots).map(server_path, library_ids)


def validate_mapping(mapping: PathMapping, existing: Iterable[PathMapping] = ()) -> None:
    """Raise for a rule that cannot work.

    Args:
        mapping: the rule to be stored.
        existing: the rules of the same server; the one with the same id is the rule before its change.

    Raises:
        ConfigError: an empty or relative side, `..`, a NUL, too long, a local folder that Windows does not
            allow, or a second rule for the same place.
    """
    server = _validate_side(mapping.server_path, _("server path"))
    local = _validate_side(mapping.local_path, _("local path"))
    if local.kind.is_windows and (fault := windows_fault("/".join(local.names))):
        raise ConfigError(
            _("Windows does not allow a folder named “{name}”.").format(name=fault[1]),
            hint=_FAULT_REASONS[fault[0]].user_text,
        )
    key = server.exact_key()
    for other in existing:
        if other.library_id != mapping.library_id or (other.id is not None and other.id == mapping.id):
            continue
        if other.server_id != mapping.server_id:
            continue
        parsed = parse_path(other.server_path)
        if parsed is not None and parsed.exact_key() == key:
            raise ConfigError(
                _("There is already a rule for {path}. It maps to {local_path}.").format(
                    path=other.server_path, local_path=other.local_path
                ),
                hint=_("Change that rule instead of adding a second one."),
            )


def _validate_side(text: str, side: str) -> ParsedPath:
    if not text.strip():
        raise ConfigError(
            _("The {side} is empty.").format(side=side), hint=_("Enter the folder where the rule starts.")
        )
    if len(text) > MAX_PATH_LENGTH or "\0" in text:
        reason = UnmappedReason.NUL if "\0" in text else UnmappedReason.TOO_LONG
        raise ConfigError(_("The {side} cannot be used.").format(side=side), hint=reason.user_text)
    parsed = parse_path(text)
    if parsed is None or (parsed.kind is PathKind.UNC and not parsed.names):
        raise ConfigError(
            _("The {side} “{path}” is not a full path.").format(side=side, path=text),
            hint=_("Start with a drive (D:\\), a share (\\\\nas\\share), a root folder (/) or an address (smb://)."),
        )
    if ".." in parsed.names:
        raise ConfigError(
            _("The {side} “{path}” contains “..”.").format(side=side, path=text),
            hint=_("Enter the folder itself."),
        )
    return parsed
