"""What is known of a mapped folder after checks."""

from typing import Any

from retrovue.core.domain.media import FileState
from retrovue.core.services.files import check as files
from retrovue.core.services.files.folders import newest_check, root_detail
from retrovue.core.services.mapping import rules as mappings


def tv(home: Any) -> str:
    return next(one.local_path for one in home.host.mappings.all() if one.server_path == "/media/tv")


def test_what_is_missing_and_what_changed_when(mapped: Any) -> None:
    files.check(mapped.host)
    before = root_detail(mapped.host, mapped.server, tv(mapped))
    assert before.changes == ()
    gone = mapped.host.file_paths.samples(mapped.server.id, limit=1, under="/media/tv/")[0].server_path
    path = mapped.local(gone)
    path.rename(path.with_suffix(".away"))
    mapped.world.pass_time(3600)
    files.check(mapped.host)
    lost_at = mapped.world.clock.now()
    after = root_detail(mapped.host, mapped.server, tv(mapped))
    assert set(after.missing) - set(before.missing) == {str(path)}
    assert after.missing_count == before.missing_count + 1
    (change,) = after.changes
    assert (change.at, change.server_path, change.old, change.new) == (
        lost_at,
        gone,
        FileState.FOUND,
        FileState.MISSING,
    )
    path.with_suffix(".away").rename(path)
    mapped.world.pass_time(3600)
    files.check(mapped.host)
    assert [one.new for one in root_detail(mapped.host, mapped.server, tv(mapped)).changes] == [
        FileState.FOUND,
        FileState.MISSING,
    ]
    elsewhere = next(one.local_path for one in mapped.host.mappings.all() if one.server_path == "/media/movies")
    assert root_detail(mapped.host, mapped.server, elsewhere).changes == ()
    assert len(root_detail(mapped.host, mapped.server, tv(mapped), limit=1).changes) == 1


def test_a_check_of_all_servers_is_one_of_each(mapped: Any, add_second: Any) -> None:
    assert newest_check(mapped.host, mapped.server) is None
    files.check(mapped.host, server=mapped.server)
    own = newest_check(mapped.host, mapped.server)
    assert own is not None
    second = add_second()
    rule, _report = mappings.add(mapped.host, second, None, "/media/tv", str(mapped.media / "anime"))
    mapped.world.pass_time(3600)
    files.check(mapped.host)
    whole = newest_check(mapped.host, mapped.server)
    assert whole is not None
    assert whole.finished_at > own.finished_at
    others = newest_check(mapped.host, second)
    assert others is not None
    assert [root.root for root in others.summary.roots] == [rule.local_path]
    assert others.summary.counts == others.summary.roots[0].counts
    mapped.world.pass_time(3600)
    files.check(mapped.host, server=mapped.server)
    newest = newest_check(mapped.host, mapped.server)
    assert newest is not None
    assert newest.finished_at > whole.finished_at
