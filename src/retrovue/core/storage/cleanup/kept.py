"""What a person keeps: named rules, exclusions, and what each list contained."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, case, delete, func, insert, or_, select, update

from retrovue.core.domain.cleanup.facts import Exclusion
from retrovue.core.domain.cleanup.rules import Rule, RuleError, rule_from_json, rule_json
from retrovue.core.storage.database import Database, new_id
from retrovue.core.storage.tables import stale_exclusions, stale_listed, stale_rules, stale_runs
from retrovue.core.storage.values import given_name


@dataclass(frozen=True, slots=True)
class Listed:
    """A title on the list of a rule. Times are epoch seconds.

    Attributes:
        kind, item_id, season_number: as of an exclusion.
        left_at, left_why: when and why it left: "played", "gone" (its files are), or "changed"; None: still on it.
    """

    kind: str
    item_id: int
    season_number: int | None
    title: str
    size_bytes: int
    entered_at: int
    left_at: int | None = None
    left_why: str | None = None

    @property
    def key(self) -> tuple[str, int, int | None]:
        """What names the title."""
        return self.kind, self.item_id, self.season_number


@dataclass(frozen=True, slots=True)
class ListRun:
    """A list of a rule as it was made at one time, and what was other than in the one before.

    Attributes:
        freed_bytes: of what left because its files are gone.
    """

    at: int
    items: int
    total_bytes: int
    entered: int
    left: int
    saved: int
    freed_bytes: int


class CleanupRepository:
    """Rows of the `stale_…` tables. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- rules ------------------------------------------------------------------------------------------------------

    def rules(self) -> list[Rule]:
        """Every saved rule by name; one that this version cannot read is left out."""
        with self._database.read() as connection:
            rows = connection.execute(select(stale_rules).order_by(stale_rules.c.name)).fetchall()
        found = []
        for row in rows:
            try:
                found.append(replace(rule_from_json(json.loads(row.document)), id=row.id, name=row.name))
            except (RuleError, ValueError):
                continue
        return found

    def save_rule(self, rule: Rule, *, now: int) -> Rule:
        """Save a rule under its name, in place of one of the same name.

        Raises:
            ConfigError: its name is too long.
        """
        rule = replace(rule, name=given_name(rule.name))
        document = json.dumps(rule_json(rule), ensure_ascii=False)
        with self._database.write() as connection:
            query = update(stale_rules).where(stale_rules.c.name == rule.name).values(document=document)
            if not connection.execute(query).rowcount:
                connection.execute(insert(stale_rules).values(name=rule.name, document=document, created_at=now))
            saved = connection.execute(select(stale_rules.c.id).where(stale_rules.c.name == rule.name)).scalar_one()
        return replace(rule, id=int(saved))

    def remove_rule(self, name: str) -> bool:
        """Remove a saved rule; whether there was one."""
        with self._database.write() as connection:
            return connection.execute(delete(stale_rules).where(stale_rules.c.name == name)).rowcount > 0

    # --- exclusions -------------------------------------------------------------------------------------------------

    def exclusions(self, *, now: int) -> list[Exclusion]:
        """Those that have not ended, oldest first."""
        table = stale_exclusions
        query = select(table).where(or_(table.c.until.is_(None), table.c.until > now)).order_by(table.c.id)
        with self._database.read() as connection:
            return [Exclusion(**row._mapping) for row in connection.execute(query)]

    def exclude(self, exclusion: Exclusion) -> Exclusion:
        """Keep an exclusion; one of the same title is changed and keeps its id."""
        table = stale_exclusions
        values = {
            "kind": exclusion.kind,
            "item_id": exclusion.item_id,
            "season_number": exclusion.season_number,
            "title": exclusion.title,
            "note": exclusion.note,
            "created_at": exclusion.created_at,
            "until": exclusion.until,
        }
        same = and_(
            table.c.kind == exclusion.kind,
            table.c.item_id == exclusion.item_id,
            table.c.season_number.is_not_distinct_from(exclusion.season_number),
            # Tags of a server have one id.
            or_(table.c.kind != "tag", table.c.title == exclusion.title),
        )
        with self._database.write() as connection:
            kept = connection.execute(select(table.c.id).where(same)).scalar()
            if kept is not None:
                connection.execute(update(table).where(table.c.id == kept).values(**values))
                return replace(exclusion, id=int(kept))
            return replace(exclusion, id=new_id(connection.execute(insert(table).values(**values))))

    def include(self, exclusion_id: int) -> bool:
        """Remove an exclusion; whether there was one."""
        with self._database.write() as connection:
            query = delete(stale_exclusions).where(stale_exclusions.c.id == exclusion_id)
            return connection.execute(query).rowcount > 0

    # --- lists ------------------------------------------------------------------------------------------------------

    def listed(self, rule: str, level: str) -> list[Listed]:
        """What was ever on the list of a rule, those that are still on it first."""
        table = stale_listed
        query = (
            select(table)
            .where(table.c.rule == rule, table.c.level == level)
            .order_by(table.c.left_at.is_not(None), table.c.entered_at, table.c.id)
        )
        with self._database.read() as connection:
            return [_listed(row) for row in connection.execute(query)]

    def last_run(self, rule: str, level: str) -> int | None:
        """When the list of a rule was last made."""
        query = select(stale_runs.c.at).where(stale_runs.c.rule == rule, stale_runs.c.level == level)
        with self._database.read() as connection:
            found = connection.execute(query.order_by(stale_runs.c.at.desc()).limit(1)).scalar()
        return None if found is None else int(found)

    def runs(self, rule: str, level: str, *, limit: int = 100) -> list[ListRun]:
        """Each time that the list of a rule was made, the latest first."""
        mine = stale_listed.c.rule == rule, stale_listed.c.level == level
        entered = (
            select(stale_listed.c.entered_at.label("at"), func.count().label("n"))
            .where(*mine)
            .group_by(stale_listed.c.entered_at)
            .subquery()
        )
        gone = stale_listed.c.left_why == "gone"
        left = (
            select(
                stale_listed.c.left_at.label("at"),
                func.count().label("n"),
                func.sum(case((stale_listed.c.left_why == "played", 1), else_=0)).label("saved"),
                func.sum(case((gone, stale_listed.c.size_bytes), else_=0)).label("freed"),
            )
            .where(*mine, stale_listed.c.left_at.is_not(None))
            .group_by(stale_listed.c.left_at)
            .subquery()
        )
        query = (
            select(stale_runs, entered.c.n.label("entered"), left.c.n.label("left"), left.c.saved, left.c.freed)
            .outerjoin(entered, entered.c.at == stale_runs.c.at)
            .outerjoin(left, left.c.at == stale_runs.c.at)
            .where(stale_runs.c.rule == rule, stale_runs.c.level == level)
            .order_by(stale_runs.c.at.desc(), stale_runs.c.id.desc())
            .limit(limit)
        )
        with self._database.read() as connection:
            return [
                ListRun(
                    row.at, row.items, row.total_bytes, row.entered or 0, row.left or 0, row.saved or 0, row.freed or 0
                )
                for row in connection.execute(query)
            ]

    def keep_run(
        self,
        rule: str,
        level: str,
        *,
        now: int,
        items: int,
        total_bytes: int,
        entered: Iterable[Listed],
        left: Iterable[Listed],
    ) -> None:
        """Keep that a list was made, with what entered and what left since the one before, all or none."""
        table = stale_listed
        named = {"rule": rule, "level": level}
        with self._database.write() as connection:
            values = {**named, "at": now, "items": items, "total_bytes": total_bytes}
            connection.execute(insert(stale_runs).values(**values))
            rows = [
                {
                    **named,
                    "kind": one.kind,
                    "item_id": one.item_id,
                    "season_number": one.season_number,
                    "title": one.title,
                    "size_bytes": one.size_bytes,
                    "entered_at": one.entered_at,
                }
                for one in entered
            ]
            if rows:
                connection.execute(insert(table), rows)
            for one in left:
                connection.execute(
                    update(table)
                    .where(
                        table.c.rule == rule,
                        table.c.level == level,
                        table.c.left_at.is_(None),
                        table.c.kind == one.kind,
                        table.c.item_id == one.item_id,
                        table.c.season_number.is_not_distinct_from(one.season_number),
                    )
                    .values(left_at=one.left_at, left_why=one.left_why)
                )


def _listed(row: Any) -> Listed:
    return Listed(
        row.kind,
        row.item_id,
        row.season_number,
        row.title,
        row.size_bytes,
        row.entered_at,
        row.left_at,
        row.left_why,
    )
