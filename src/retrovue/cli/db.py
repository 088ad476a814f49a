"""`retrovue db`: the catalog file, its backups, and permanent deletion."""

from pathlib import Path
from typing import Annotated

import typer

from retrovue.cli.failures import DONE, STORAGE
from retrovue.cli.output import cells
from retrovue.cli.progress import copy_bar
from retrovue.cli.servers_secrets import PasswordStdin, read_password
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.catalog_servers import CatalogVerdict
from retrovue.core.domain.sizes import format_size
from retrovue.core.domain.text import isoformat
from retrovue.core.i18n import _, ngettext
from retrovue.core.services import words
from retrovue.core.services.upkeep import copying, places
from retrovue.core.services.upkeep import database as service
from retrovue.core.services.upkeep.maintenance import maintain

_ADDRESS = _("“postgresql://user@host/name”, without a password.")

app = typer.Typer(
    help=_("The catalog: info, backup, restore, new, upgrade, compact, purge, copy, test, use."), no_args_is_help=True
)


@app.command("info")
def info(ctx: typer.Context) -> int:
    """Show size, schema, health, counts and backups."""
    session = session_of(ctx)
    facts = service.info(session.context)
    if session.out.as_json:
        session.out.json(
            {
                "path": facts.place,
                "engine": facts.engine,
                "size_bytes": facts.size_bytes,
                "schema": facts.schema,
                "problems": list(facts.problems),
                **facts.counts,
                "backups": [
                    {
                        "path": str(copy.path),
                        "size_bytes": copy.size_bytes,
                        "made_at": isoformat(copy.made_at),
                        "reason": copy.reason,
                    }
                    for copy in facts.backups
                ],
            }
        )
        return DONE
    session.out.line(f"{facts.place} ({format_size(facts.size_bytes)})")
    session.out.line(_("Database: {engine}").format(engine=facts.engine))
    session.out.line(_("Schema: {schema}").format(schema=facts.schema))
    session.out.line(_("Health: {state}").format(state="; ".join(facts.problems) or _("ok")))
    session.out.table(
        [_("Type"), _("Count")], [(words.counted(what), count) for what, count in facts.counts.items()], right=(1,)
    )
    rows = [
        cells(isoformat(copy.made_at), format_size(copy.size_bytes), words.backup_reason(copy.reason), copy.path)
        for copy in facts.backups
    ]
    if rows:
        session.out.table([_("Backup"), _("Size"), _("Created"), _("File")], rows, right=(1,))
    return DONE


@app.command("backup")
def backup(ctx: typer.Context) -> int:
    """Back up the catalog. The five newest backups are kept and never contain tokens."""
    session = session_of(ctx)
    path = service.backup(session.context)
    if session.out.as_json:
        session.out.json({"path": str(path), "size_bytes": path.stat().st_size})
    else:
        session.out.line(str(path))
    return DONE


@app.command("restore")
def restore(
    ctx: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help=_("Backup to restore; the newest by default."))
    ] = None,
) -> int:
    """Restore a backup. The current catalog is kept next to it."""
    session = session_of(ctx)
    done = service.restore(session.context, path)
    if session.out.as_json:
        kept = None if done.kept is None else str(done.kept)
        session.out.json({"restored": str(done.source), "kept": kept})
    session.out.note(_("Restored {path}.").format(path=done.source))
    if done.kept is not None:
        session.out.note(_("The previous catalog is kept in {path}.").format(path=done.kept))
    return DONE


@app.command("new")
def new(ctx: typer.Context) -> int:
    """Start with an empty catalog. The current one, damaged or not, is kept next to it."""
    session = session_of(ctx)
    kept = service.start_empty(session.context)
    path = session.context.dirs.catalog
    if session.out.as_json:
        session.out.json({"path": str(path), "kept": None if kept is None else str(kept)})
    session.out.note(_("An empty catalog was created: {path}").format(path=path))
    if kept is not None:
        session.out.note(_("The previous catalog is kept in {path}.").format(path=kept))
    return DONE


@app.command("upgrade")
def upgrade(ctx: typer.Context) -> int:
    """Upgrade the catalog to this version’s schema (a backup is made first)."""
    session = session_of(ctx)
    before, after = service.upgrade(session.context)
    if session.out.as_json:
        session.out.json({"before": before, "after": after})
    elif before == after:
        session.out.line(_("The catalog is already up to date (schema {schema}).").format(schema=after))
    else:
        session.out.line(_("The catalog was upgraded to schema {schema}.").format(schema=after))
    return DONE


@app.command("compact")
def compact(ctx: typer.Context) -> int:
    """Rewrite the catalog file without empty space. The window does this by itself when it is idle."""
    session = session_of(ctx)
    freed = maintain(session.context, session.token, always=True)
    if session.out.as_json:
        session.out.json({"freed_bytes": freed})
    if freed is None:
        session.out.note(_("The catalog is on a database server, which does this by itself."))
    else:
        session.out.note(_("The catalog file is {size} smaller.").format(size=format_size(freed)))
    return DONE


@app.command("purge")
def purge(ctx: typer.Context) -> int:
    """Permanently delete removed items and removed servers (a backup is made first)."""
    session = session_of(ctx)
    counts = service.purge(session.context)
    if session.out.as_json:
        session.out.json(counts)
    total = sum(counts.values())
    text = ngettext("{count} entry was permanently deleted.", "{count} entries were permanently deleted.", total)
    session.out.note(text.format(count=total))
    return DONE


@app.command("copy")
def copy(
    ctx: typer.Context,
    to: Annotated[
        str,
        typer.Option("--to", metavar="URL", help=_("“postgresql://user@host/name”, an empty database; or “sqlite”.")),
    ],
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="URL", help=_("With “--to sqlite”: the database with the catalog to copy.")),
    ] = None,
) -> int:
    """Copy the catalog to an empty PostgreSQL database, or one from there into an empty profile."""
    session = session_of(ctx)
    with copy_bar(session.out) as report:
        copied = copying.copy(session.context, to=to, source=source, token=session.token, report=report)
    if session.out.as_json:
        session.out.json({"tables": [{"table": one.table, "rows": one.rows} for one in copied]})
        return DONE
    session.out.table([_("Table"), _("Rows")], [(one.table, one.rows) for one in copied], right=(1,))
    return DONE


@app.command("test")
def try_out(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="URL", help=_ADDRESS)],
    password_stdin: PasswordStdin = False,
) -> int:
    """Test whether a PostgreSQL database can have the catalog."""
    session = session_of(ctx)
    verdict, _password = _tested(session, address, password_stdin=password_stdin)
    _show(session, verdict)
    return DONE if verdict.can_use else STORAGE


@app.command("use")
def use(
    ctx: typer.Context,
    address: Annotated[str, typer.Argument(metavar="URL", help=_("“postgresql://user@host/name”; or “sqlite”."))],
    password_stdin: PasswordStdin = False,
) -> int:
    """Use the catalog in a PostgreSQL database from now on, or this profile’s own file again. Nothing is copied."""
    session = session_of(ctx)
    if address == places.SQLITE:
        places.use(session.context, address)
        session.out.note(_("This profile uses its own catalog file."))
        session.out.note(_restart_words())
        return DONE
    verdict, password = _tested(session, address, password_stdin=password_stdin)
    if not verdict.can_use:
        _show(session, verdict)
        return STORAGE
    places.use(session.context, address, password=password)
    if session.out.as_json:
        session.out.json({"address": verdict.address, "has_catalog": verdict.has_catalog})
    session.out.note(_("This profile uses the catalog at {address}.").format(address=verdict.address))
    if verdict.is_empty:
        session.out.note(_("It is empty. Other profiles are copied there with “retrovue db copy”."))
    session.out.note(_restart_words())
    return DONE


def _restart_words() -> str:
    return _(
        "Where RetroVue is running (window, monitor or serve), restart it: until then it uses the previous catalog."
    )


def _tested(session: Session, address: str, *, password_stdin: bool) -> tuple[CatalogVerdict, str | None]:
    """The verdict, and the password that was given; asked for where one is wanted and somebody is there."""
    if password_stdin:
        password = read_password(session, password_stdin=True)
        return places.try_out(session.context, address, password=password), password
    verdict = places.try_out(session.context, address)
    if not verdict.wants_password or not session.stdin.isatty():
        return verdict, None
    password = read_password(session, password_stdin=False)
    return places.try_out(session.context, address, password=password), password


def _show(session: Session, verdict: CatalogVerdict) -> None:
    if session.out.as_json:
        steps = [
            {"step": one.step, "ok": one.is_ok, "text": one.words, "hint": one.command_hint or one.hint}
            for one in verdict.steps
        ]
        session.out.json({"address": verdict.address, "can_use": verdict.can_use, "steps": steps})
        return
    for one in verdict.steps:
        session.out.line(f"{'✓' if one.is_ok else '✗'} {one.words}")
        if one.hint:
            session.out.line(f"  {one.command_hint or one.hint}")
