"""The fewest rules that say the same as one rule for each folder."""

from collections.abc import Iterable, Iterator, Sequence

from retrovue.core.domain.path_syntax import ParsedPath, PathKind, parse_path

Pair = tuple[str, str]
"""(server path, local path)"""

_LEAST_NAMES = {PathKind.POSIX: 1, PathKind.UNC: 2, PathKind.DRIVE: 0, PathKind.URL: 1}
"""A rule for a whole computer would take in more than anybody has seen; the first names of UNC are server and share."""


def fold_rules(rules: Sequence[Pair], without: Iterable[str] = ()) -> list[Pair]:
    """Join rules whose folders lie alike below one folder on both sides; the others stay as they are.

    Args:
        without: folders that have no rule on purpose; a joint rule never reaches one of them.
    """
    left = list(dict.fromkeys(rules))
    apart = [parsed for path in without if (parsed := parse_path(path)) is not None]
    folded: list[Pair] = []
    while True:
        joint: dict[Pair, list[Pair]] = {}
        for rule in left:
            for above in _above(*rule):
                joint.setdefault(above, []).append(rule)
        usable = [
            (len(own), len(above[0]), above)
            for above, own in joint.items()
            if len(own) > 1 and not any(_holds(above[0], folder) for folder in apart)
        ]
        if not usable:
            return [*folded, *left]
        # The most rules at once, and of those that join as many the narrowest.
        _count, _length, best = max(usable)
        folded.append(best)
        left = [rule for rule in left if rule not in joint[best]]


def _above(server_path: str, local_path: str) -> Iterator[Pair]:
    """The rule itself, then each rule above it that maps its folder to the same place."""
    server, local = parse_path(server_path), parse_path(local_path)
    if server is None or local is None:
        return
    yield server_path, local_path
    theirs, ours = list(server.names), list(local.names)
    while theirs and ours and theirs[-1] == ours[-1]:
        theirs.pop()
        ours.pop()
        if len(theirs) < _LEAST_NAMES[server.kind] or len(ours) < _LEAST_NAMES[local.kind]:
            return
        yield _path(server, theirs), _path(local, ours)


def _path(path: ParsedPath, names: list[str]) -> str:
    return ParsedPath(path.kind, path.root, tuple(names)).text


def _holds(folder: str, path: ParsedPath) -> bool:
    parsed = parse_path(folder)
    return parsed is not None and path.key()[: len(parsed.key())] == parsed.key()
