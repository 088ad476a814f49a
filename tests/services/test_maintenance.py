"""Upkeep of the catalog as a service: the file of this computer only."""

from pathlib import Path

from retrovue.core.context import AppContext
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.upkeep.maintenance import maintain
from retrovue.core.system.dirs import resolve_dirs


def test_a_file_is_kept_in_order_and_a_server_left_alone(tmp_path: Path) -> None:
    dirs = resolve_dirs(tmp_path, environ={}).create()
    context = AppContext(dirs, environ={}, keyring=lambda: None, write_log=False)
    assert maintain(context, CancelToken()) == 0, "nothing to gain in a new one"
    freed = maintain(context, CancelToken(), always=True)
    assert freed is not None
    assert freed >= 0
    context.close()
    # Nobody answers there, and nobody is asked.
    context.settings_store.update(catalog_address="postgresql://rv@127.0.0.1:1/catalog")
    assert maintain(context, CancelToken(), always=True) is None
    context.close()
