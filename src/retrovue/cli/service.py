"""`retrovue service`: the recorder as a service of this user, without a window (Linux with systemd)."""

from collections.abc import Sequence

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.session import Session, session_of
from retrovue.core.i18n import _
from retrovue.core.system.autostart import entry_name, startup_command
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.user_service import ServiceState, UserService

app = typer.Typer(help=_("Run the recorder in the background without a window (Linux)."), no_args_is_help=True)


def _of(session: Session) -> tuple[UserService, Sequence[str]]:
    """The service of this profile, and what it is to run. The profile itself is not opened."""
    dirs = resolve_dirs(session.options.data_dir, session.environ)
    command = startup_command(dirs, hidden=False, environ=session.environ)
    return UserService(entry_name(dirs), session.environ), (*command, "monitor", "--quiet")


@app.command("install")
def install(ctx: typer.Context) -> int:
    """Start the recorder now and at each login."""
    session = session_of(ctx)
    service, command = _of(session)
    service.install(command)
    _say(session, service.state())
    session.out.note(_("It stops when you sign out. To keep it running, run: loginctl enable-linger"))
    return DONE


@app.command("remove")
def remove(ctx: typer.Context) -> int:
    """Stop the recorder and remove its service."""
    session = session_of(ctx)
    service, _command = _of(session)
    was_there = service.remove()
    if session.out.as_json:
        session.out.json({"removed": was_there})
    else:
        session.out.line(_("The service was removed.") if was_there else _("There is no service of this profile."))
    return DONE


@app.command("status")
def status(ctx: typer.Context) -> int:
    """Show whether the recorder is a service, and whether it is running."""
    session = session_of(ctx)
    service, _command = _of(session)
    _say(session, service.state())
    return DONE


def _say(session: Session, state: ServiceState) -> None:
    if session.out.as_json:
        session.out.json(
            {
                "path": str(state.path) if state.command is not None else None,
                "command": list(state.command) if state.command is not None else None,
                "enabled": state.is_enabled,
                "active": state.is_active,
            }
        )
        return
    if state.command is None:
        session.out.line(_("There is no service of this profile."))
        return
    said = _("The recorder is running.") if state.is_active else _("The recorder is not running.")
    later = _("It starts at login.") if state.is_enabled else _("It does not start at login.")
    session.out.lines([f"{said} {later}", str(state.path)])
