"""Tokens and passwords on the command line: where they are read and stored. Never from an argument."""

import getpass
from typing import Annotated

import typer

from retrovue.cli.session import Session
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import Server
from retrovue.core.i18n import _
from retrovue.core.system.secrets import PLACE_VARIABLE, TOKEN_VARIABLE, SecretPlace, token_variable

TokenStdin = Annotated[bool, typer.Option("--token-stdin", help=_("Read the token from the first line of stdin."))]
PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help=_("Read the password from the first line of stdin."))
]
UserName = Annotated[
    str | None, typer.Option("--user", metavar="NAME", help=_("Emby and Jellyfin: sign in with this username."))
]
QuickConnect = Annotated[
    bool, typer.Option("--quick-connect", help=_("Jellyfin: show a code to confirm on a device that is signed in."))
]
StoreInFile = Annotated[
    bool,
    typer.Option(
        "--store-token-in-file",
        help=_("If there is no keyring, keep the token in a file. Anyone who can read it can use the server."),
    ),
]


def consents(session: Session, *, store_in_file: bool) -> bool:
    """Return whether the user allows a token file."""
    return store_in_file or session.environ.get(PLACE_VARIABLE, "").strip().lower() == "file"


def read_token(session: Session, name: str, *, token_stdin: bool) -> tuple[str, bool]:
    """Return the token, and whether it is for this run only.

    Raises:
        ConfigError: there is none.
    """
    if token_stdin:
        return _first_line(session, _("No token on stdin.")), False
    given = session.context.secrets.override(name)
    if given is not None:
        return given, True
    if session.stdin.isatty():
        secret = getpass.getpass(_("Token: ")).strip()
        if secret:
            return secret, False
    raise ConfigError(
        _("No token was given."),
        hint=_("Pipe it in with --token-stdin, set {name}, or sign in with --user.").format(name=TOKEN_VARIABLE),
    )


def read_password(session: Session, *, password_stdin: bool) -> str:
    """Return a password, which can be empty. It is neither stored nor logged.

    Raises:
        ConfigError: there is no terminal to type it on.
    """
    if password_stdin:
        return session.stdin.readline().rstrip("\r\n")
    if session.stdin.isatty():
        return getpass.getpass(_("Password: "))
    raise ConfigError(_("No password was given."), hint=_("Pipe it in with --password-stdin."))


def check_choice(*, token_stdin: bool, user: str | None, password_stdin: bool, quick_connect: bool) -> None:
    """Raise unless the options give one way to sign in.

    Raises:
        ConfigError: several were given, or a password without a username.
    """
    if sum((token_stdin, user is not None, quick_connect)) > 1:
        raise ConfigError(
            _("More than one way to sign in was given."),
            hint=_("Use only one of --token-stdin, --user and --quick-connect."),
        )
    if password_stdin and user is None:
        raise ConfigError(_("A password was given without a username."), hint=_("Give the username with --user."))


def say_place(session: Session, server: Server, place: SecretPlace) -> None:
    """Print where the token is stored, and what to do if it is not."""
    if place is SecretPlace.FILE:
        session.out.note(_("The token is in a file in the data folder. Anyone who can read it can use the server."))
    elif place is SecretPlace.ENVIRONMENT:
        session.out.warn(
            _("The token came from the environment and is not stored. Set {variable} for later commands too.").format(
                variable=token_variable(server.name)
            )
        )
    elif place is SecretPlace.MEMORY:
        session.out.warn(
            _(
                "This computer has no usable keyring, so the token is not stored. Set {variable} for "
                "later commands, or store it with “retrovue servers sign-in {name} --token-stdin "
                "--store-token-in-file”."
            ).format(variable=token_variable(server.name), name=server.name)
        )


def _first_line(session: Session, problem: str) -> str:
    line = session.stdin.readline().strip()
    if not line:
        raise ConfigError(problem, hint=_("Pipe it in, on one line."))
    return line
