"""What was looked at is written only where it still stands: rules and files that change while something runs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from retrovue.core.domain.media import FileState
from retrovue.core.domain.paths import PathMapping
from retrovue.core.domain.sync import SyncOutcome
from retrovue.core.services.files import check as service
from retrovue.core.services.mapping import rules as mappings
from retrovue.demo.fault_kinds import Run

PLACES = (
    "SELECT server_path, local_path, mapping_id, coalesce(file_state, 'unmapped') FROM media_files "
    "LEFT JOIN file_places ON media_file_id = id"
)


@pytest.fixture
def importing(world: Any) -> Any:
    world.sizes.page = 20
    return world


def when_half_of_the_episodes_came(world: Any, action: Callable[[], None]) -> None:
    pages, episodes = world.adapter.full(world.adapter.shows), world.adapter.is_of("episode")
    world.server.faults.add(Run(match=lambda asked: pages(asked) and episodes(asked), after=3, times=1, action=action))


def root_of(world: Any) -> str:
    world.sync(library_ids=())
    library = world.stored_library(world.adapter.shows)
    return str(library.roots[0].path)


@pytest.mark.slow
@pytest.mark.every_kind
@pytest.mark.parametrize("how", ["added", "changed", "removed"])
def test_a_rule_that_moves_during_a_first_import_is_right_for_every_file(importing: Any, how: str) -> None:
    world, host = importing, importing.host
    root = root_of(world)
    rules = []
    if how != "added":
        rules.append(mappings.add(host, world.stored, None, root, "/mnt/before")[0])

    def move() -> None:
        if how == "added":
            rules.append(mappings.add(host, world.stored, None, root, "/mnt/now")[0])
        elif how == "changed":
            mappings.change(host, replace(rules[0], local_path="/mnt/now"))
        else:
            mappings.remove(host, rules[0].id or 0)

    when_half_of_the_episodes_came(world, move)
    report = world.sync()
    assert {each.outcome for each in report.libraries} == {SyncOutcome.OK}
    inside = [row for row in world.rows(PLACES) if row[0].startswith(f"{root}/")]
    assert len(inside) > 60
    for path, local_path, mapping_id, state in inside:
        if how == "removed":
            assert (local_path, mapping_id, state) == (None, None, "unmapped")
        else:
            assert (local_path, mapping_id, state) == (f"/mnt/now{path[len(root) :]}", rules[0].id, "unchecked")
    world.check()


@pytest.fixture
def mapped(home: Any) -> Any:
    home.add_rules()
    return home


def while_checking(home: Any, action: Callable[[], None]) -> None:
    """Do something once, when the check looks at the first folder."""
    waiting = [action]

    def before(_folder: str) -> None:
        if waiting:
            waiting.pop()()

    home.disks.before = before


def test_a_rule_that_changes_during_a_check_leaves_no_state_of_other_paths(mapped: Any) -> None:
    rule = next(one for one in mapped.host.mappings.all() if one.local_path.endswith("/tv"))
    elsewhere = str(mapped.media / "nowhere")
    while_checking(mapped, lambda: mappings.change(mapped.host, replace(rule, local_path=elsewhere)))
    service.check(mapped.host)
    moved = [row for row in mapped.world.rows(PLACES) if row[2] == rule.id]
    assert len(moved) > 20
    assert {row[3] for row in moved} == {"unchecked"}
    assert all(row[1].startswith(elsewhere) for row in moved)
    assert all(Path(row[1]).exists() for row in mapped.world.rows(PLACES) if row[3] == "found")
    mapped.disks.before = lambda _folder: None
    service.check(mapped.host)
    assert {row[3] for row in mapped.world.rows(PLACES) if row[2] == rule.id} == {"unreachable"}


def test_a_check_that_began_before_a_rule_changed_keeps_no_mark(mapped: Any) -> None:
    while_checking(mapped, lambda: mappings.rederive(mapped.host, mapped.server.id))
    marks = []
    keep = mapped.host.checks.keep

    class Watched:
        """Commits each batch, and remembers what was kept."""

        def __getattr__(self, name: str) -> Any:
            return getattr(checks, name)

        def keep(self, *words: Any, **named: Any) -> bool:
            marks.append(keep(*words, **named))
            return bool(marks[-1])

    checks = mapped.host.checks
    mapped.host.__dict__["checks"] = Watched()
    service.check(mapped.host)
    assert marks
    assert not any(marks)


def test_a_file_that_a_sync_changes_during_a_check_was_not_looked_at(mapped: Any) -> None:
    service.check(mapped.host)
    path = next(row[0] for row in mapped.world.rows(PLACES) if row[3] == "found" and "/tv/" in row[0])
    local = mapped.local(path)

    def change() -> None:
        with mapped.host.database.write() as connection:
            connection.exec_driver_sql(
                "UPDATE media_files SET size_bytes = size_bytes + 1 WHERE server_path = ?", (path,)
            )
            connection.exec_driver_sql("UPDATE file_places SET file_state = 'unchecked'")

    local.unlink()
    while_checking(mapped, change)
    service.check(mapped.host)
    assert mapped.state(path) == FileState.UNCHECKED


def test_a_rule_is_not_kept_without_the_paths_that_follow_from_it(home: Any) -> None:
    rule = PathMapping(None, home.server.id, None, "/media/tv", "/mnt")

    def fail(_rules: object) -> Any:
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError):
        home.host.mappings.add(rule, now=1, check=lambda _rules: None, derive=fail)
    assert home.host.mappings.all() == []


def test_how_a_rule_was_tried_is_kept_for_that_rule_only(mapped: Any) -> None:
    rule = mapped.host.mappings.all()[0]
    mappings.change(mapped.host, replace(rule, local_path=str(mapped.media / "other")))
    mapped.host.mappings.keep_proof(rule, found=3, sampled=3, now=5)
    assert mapped.host.mappings.proofs() == {}
    mapped.host.mappings.keep_proof(mapped.host.mappings.all()[0], found=3, sampled=3, now=5)
    assert list(mapped.host.mappings.proofs()) == [rule.id]
