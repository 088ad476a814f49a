"""The badge of Path mapping counts rules that contradict each other, too."""

from pathlib import Path

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import ServerInfo, ServerKind
from retrovue.core.services.mapping import rules
from retrovue.core.services.mapping.problems import count_problems
from retrovue.core.system.dirs import resolve_dirs


def test_rules_that_lead_two_folders_into_one_are_a_problem(tmp_path: Path) -> None:
    host = AppContext(resolve_dirs(tmp_path), write_log=False)
    try:
        # A folder that is missing is the graver finding, and would hide the other one.
        (tmp_path / "tv").mkdir()
        info = ServerInfo(ServerKind.PLEX, "Attic", "abc", "1.41")
        server = host.servers.add(name="Attic", url="http://127.0.0.1:9", info=info, now=1)
        assert count_problems(host) == 0
        rules.add(host, server, None, "/media/tv", str(tmp_path / "tv"))
        assert count_problems(host) == 0
        rules.add(host, server, None, "/media/more", str(tmp_path / "tv"))
        assert [view.state for view in rules.views(host)] == [rules.MappingState.TWO_TO_ONE] * 2
        assert count_problems(host) == 2
    finally:
        host.close()
