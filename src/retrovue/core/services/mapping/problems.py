"""How many things about path mapping want somebody's attention."""

from retrovue.core.context import AppContext
from retrovue.core.domain.paths import UnmappedReason
from retrovue.core.services.mapping.mapper import server_mapper


def count_problems(host: AppContext) -> int:
    """Folders of libraries that no rule covers, and rules of which no file is there.

    A server without any rule is left as it is: nobody wants its files here. Thread: any but the GUI's.
    """
    rules = host.mappings.all()
    with_rules = {rule.server_id for rule in rules}
    problems = len(host.mappings.finding_nothing())
    for server in host.servers.all():
        if server.id not in with_rules or not server.is_active:
            continue
        mapper = server_mapper(host, server.id)
        roots = {
            (root.path, library.id)
            for library in host.libraries.all(server.id)
            if library.is_enabled and library.kind.is_imported
            for root in library.roots
        }
        problems += sum(mapper.map(path, (library_id,)).reason is UnmappedReason.NO_RULE for path, library_id in roots)
    return problems
