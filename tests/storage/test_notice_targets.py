"""Services that notices are sent to keep what they were chosen for, from one revision to the next."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from retrovue.core.storage import migrations


def test_services_and_what_waits_for_them_keep_their_filters(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])))
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0009")
        for statement in (
            "INSERT INTO notice_targets (id, service, events, user_name, created_at) VALUES (3, 'ntfy', NULL, 'mi', 1)",
            "INSERT INTO notice_outbox VALUES (9, 3, 'title', 'body', 1, 2, 4)",
        ):
            connection.execute(sa.text(statement))
        command.upgrade(config, "0010")
        target = connection.execute(sa.text("SELECT id, service, filters, text FROM notice_targets")).one()
        assert tuple(target) == (3, "ntfy", '{"users": ["mi"]}', "")
        waiting = connection.execute(sa.text("SELECT id, target_id, tries FROM notice_outbox")).one()
        assert tuple(waiting) == (9, 3, 4)
    engine.dispose()
