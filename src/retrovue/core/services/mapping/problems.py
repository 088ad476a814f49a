"""How many things about path mapping want somebody's attention."""

from retrovue.core.context import AppContext
from retrovue.core.domain.path_rules import ConflictKind, find_conflicts
from retrovue.core.domain.paths import UnmappedReason
from retrovue.core.services.mapping.mapper import server_mapper

_CONTRADICTIONS = (ConflictKind.INVALID, ConflictKind.SHADOWED, ConflictKind.SAME_LOCAL_PATH)


def count_problems(host: AppContext) -> int:
    """Folders of libraries that no rule covers, and rules of which no file is there or that contradict another.

    A server without any rule is left as it is: nobody wants its files here. Thread: any but the GUI's.
    """
    rules = host.mappings.all()
    with_rules = {rule.server_id for rule in rules}
    bad_rules: set[int | None] = {*host.mappings.finding_nothing()}
    problems = 0
    for server in host.servers.all():
        if server.id not in with_rules or not server.is_active:
            continue
        mapper = server_mapper(host, server.id)
        libraries = host.libraries.all(server.id)
        conflicts = find_conflicts(
            [rule for rule in rules if rule.server_id == server.id],
            library_roots=[(library.id, root.path) for library in libraries for root in library.roots],
        )
        bad_rules.update(conflict.mapping.id for conflict in conflicts if conflict.kind in _CONTRADICTIONS)
        roots = {
            (root.path, library.id)
            for library in libraries
            if library.is_enabled and library.kind.is_imported
            for root in library.roots
        }
        problems += sum(mapper.map(path, (library_id,)).reason is UnmappedReason.NO_RULE for path, library_id in roots)
    return problems + len(bad_rules)
