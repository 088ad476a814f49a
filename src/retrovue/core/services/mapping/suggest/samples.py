"""The sampled paths of a server as a tree of names, and which of its folders a listing resembles."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from retrovue.core.domain.path_syntax import ParsedPath, PathKind, nfc, parse_path
from retrovue.core.services.mapping.suggest.model import Sample


def loose(name: str) -> str:
    """A name for finding candidates; whether they hold is tested exactly afterwards."""
    return name.lower() if name.isascii() else nfc(name).casefold()


@dataclass(frozen=True, slots=True)
class Node:
    """A folder of the server above some sampled files, a library root or one below it."""

    root: str
    path: ParsedPath
    depth: int
    """0 for the library root itself."""


@dataclass(slots=True)
class RootSamples:
    """A library root with the samples under it."""

    root: str
    path: ParsedPath
    samples: list[Sample] = field(default_factory=list)


def group_samples(roots: Sequence[str], samples: Iterable[Sample], limit: int) -> list[RootSamples]:
    """The samples by the deepest root that holds them, at most `limit` a root, spread evenly.

    Paths that no rule can map are left out. For samples outside of all roots (a server may have no roots to tell, or
    tell the paths of files in the form of a share and its roots as its own folders) the folder that they have in common
    stands for one.
    """
    parsed_samples = []
    for sample in samples:
        path = parse_path(sample.server_path)
        if path is not None and len(path.names) > 0 and ".." not in path.names and "\0" not in sample.server_path:
            parsed_samples.append((sample, path))
    groups = _by_root(roots)
    outside = _share_out(parsed_samples, groups)
    more = _by_root(_common_folders([path for _sample, path in outside]))
    _share_out(outside, more)
    # A single stray beside the roots is no library.
    strays = [group for group in more.values() if len(group.samples) > 1 or not groups]
    found = [group for group in (*groups.values(), *strays) if group.samples]
    for group in found:
        group.samples = spread(group.samples, limit)
    return found


_Groups = dict[tuple[str, ...], RootSamples]


def _by_root(roots: Iterable[str]) -> _Groups:
    groups: _Groups = {}
    for root in roots:
        path = parse_path(root)
        if path is not None and ".." not in path.names:
            groups.setdefault(path.key(), RootSamples(root, path))
    return groups


def _share_out(samples: Iterable[tuple[Sample, ParsedPath]], groups: _Groups) -> list[tuple[Sample, ParsedPath]]:
    """Put each sample to the deepest root that holds it; returns those that none holds."""
    outside = []
    for sample, path in samples:
        key = path.key()
        lengths = range(len(key) - 1, 0, -1)
        group = next((groups[key[:length]] for length in lengths if key[:length] in groups), None)
        if group is None:
            outside.append((sample, path))
        else:
            group.samples.append(sample)
    return outside


def spread(samples: Sequence[Sample], limit: int) -> list[Sample]:
    """At most `limit` of them, evenly from the first to the last."""
    if len(samples) <= limit:
        return list(samples)
    return [samples[index * len(samples) // limit] for index in range(limit)]


def _common_folders(paths: Sequence[ParsedPath]) -> list[str]:
    by_start: dict[tuple[str, ...], list[ParsedPath]] = defaultdict(list)
    for path in paths:
        # Each share is a place of its own.
        by_start[path.key()[: 3 if path.kind is PathKind.UNC else 1]].append(path)
    folders = []
    for alike in by_start.values():
        names = alike[0].names[:-1]
        for path in alike[1:]:
            length = 0
            for one, other in zip(names, path.names[:-1], strict=False):
                if one != other:
                    break
                length += 1
            names = names[:length]
        folders.append(ParsedPath(alike[0].kind, alike[0].root, tuple(names)).text)
    return folders


class NameIndex:
    """Which folders of the server have a child of a name."""

    def __init__(self, groups: Iterable[RootSamples]) -> None:
        self._nodes: dict[str, dict[tuple[str, tuple[str, ...]], Node]] = defaultdict(dict)
        self.hints: set[str] = set()
        # One object for each folder, so that counting may go by it: hashing all the names of a path again and
        # again took a quarter of a search.
        folders: dict[tuple[str, tuple[str, ...]], Node] = {}
        for group in groups:
            base = len(group.path.names)
            self.hints.update(loose(name) for name in group.path.names)
            for sample in group.samples:
                path = parse_path(sample.server_path)
                if path is None:
                    continue
                for length in range(base, len(path.names)):
                    parent = path.names[:length]
                    child = loose(path.names[length])
                    place = (group.root, parent)
                    node = folders.get(place)
                    if node is None:
                        node = folders[place] = Node(
                            group.root, ParsedPath(path.kind, path.root, parent), length - base
                        )
                    self._nodes[child][place] = node

    def resembles(self, names: Iterable[str]) -> list[tuple[Node, float, int]]:
        """The server's folders that share names with a listing: how tellingly, and how many names.

        A name that only one folder of the server has weighs 1; "Season 01", which all shows have, next to
        nothing.
        """
        found: dict[int, tuple[Node, float, int]] = {}
        for name in names:
            nodes = self._nodes.get(loose(name))
            if nodes is None:
                continue
            share = 1 / len(nodes)
            for node in nodes.values():
                _node, weight, hits = found.get(id(node), (node, 0.0, 0))
                found[id(node)] = (node, weight + share, hits + 1)
        return list(found.values())

    def is_known(self, name: str) -> bool:
        """Whether a sampled path has this name below its root."""
        return loose(name) in self._nodes
