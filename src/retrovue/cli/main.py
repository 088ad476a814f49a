"""The command line, from its words to an exit code. The user never sees a traceback."""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TextIO

import typer

from retrovue.cli.app import build_app
from retrovue.cli.argv import GlobalOptions
from retrovue.cli.failures import DONE, DONE_WITH_FAILURES, INTERRUPTED, STORAGE, WRONG_USAGE, exit_code
from retrovue.cli.output import Output
from retrovue.cli.session import AskNetwork, OpenWindow, Session, interrupts
from retrovue.core.domain.errors import Cancelled, CorruptError, RetroVueError
from retrovue.core.i18n import _
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.language import chosen_language, speak
from retrovue.core.system.logging import redact
from retrovue.core.system.secrets import KeyringBackend, system_keyring

log = logging.getLogger(__name__)

_NO_LOG = logging.NullHandler()


def run(
    options: GlobalOptions,
    *,
    environ: Mapping[str, str] | None = None,
    stdin: TextIO | None = None,
    stdout: TextIO | None = None,
    stderr: TextIO | None = None,
    keyring: Callable[[], KeyringBackend | None] = system_keyring,
    open_window: OpenWindow | None = None,
    ask_network: AskNetwork | None = None,
) -> int:
    """Run one command and return its exit code. Thread: main, the only one that gets Ctrl+C."""
    # Without a profile there is no log yet, and Python would print what goes there.
    logging.getLogger("retrovue").addHandler(_NO_LOG)
    out_stream, error_stream = stdout or sys.stdout, stderr or sys.stderr
    for stream in (out_stream, error_stream):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # A title in any script must not stop a command on a console with a limited encoding.
            reconfigure(errors="backslashreplace")
    session = Session(
        options=options,
        out=Output(out_stream, error_stream, as_json=options.json, quiet=options.quiet),
        stdin=stdin or sys.stdin,
        environ=os.environ if environ is None else environ,
        keyring=keyring,
        open_window=open_window,
        ask_network=ask_network,
    )
    try:
        with interrupts(session.token):
            return _guarded(session)
    except KeyboardInterrupt:
        return INTERRUPTED


def _guarded(session: Session) -> int:
    try:
        code = _invoke(session)
        session.close()
        session.out.stdout.flush()
        return code
    except RetroVueError as error:
        return _known(session, error)
    except BrokenPipeError:
        # The reader (`| head`) closed the pipe. Python would report that once more at exit.
        _silence(session.out.stdout)
        return DONE
    except OSError as error:
        return _fail(session, STORAGE, f"{error.strerror or type(error).__name__}: {error.filename or ''}".strip(": "))
    except Exception as error:  # Anything else is a bug: log it and exit with a message.
        if isinstance(error, UnicodeEncodeError) and not all(map(_is_text, session.options.words)):
            # Paths may have such bytes. Nothing else that is stored or sent can.
            log.info("not text: %s", error)
            text = _("A word of this command contains bytes that are not valid text.")
            return _fail(session, WRONG_USAGE, text, _("Check the encoding of the terminal, or of the script."))
        log.critical("unexpected error", exc_info=error)
        text = _("Unexpected error: {kind}.").format(kind=type(error).__name__)
        hint = _("See the log for details: {path}").format(path=_log_path(session))
        return _fail(session, DONE_WITH_FAILURES, text, hint)
    finally:
        session.close()


def _is_text(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def _invoke(session: Session) -> int:
    settings_file = resolve_dirs(session.options.data_dir, session.environ).settings_file
    speak(chosen_language(settings_file, session.environ), session.environ)
    words = list(session.options.words)
    command = typer.main.get_command(build_app(words))
    _translate(command)
    try:
        result = command.main(args=words, prog_name="retrovue", standalone_mode=False, obj=session)
    except Exception as error:
        # Some releases of Typer bundle their own click, so recognize its errors by their methods.
        if not hasattr(error, "format_message"):
            if type(error).__name__ == "Abort":
                raise Cancelled from error
            raise
        return _usage(session, error)
    return result if isinstance(result, int) else DONE


def _translate(command: Any) -> None:
    """Translate the help of a command and of all commands below it.

    Most of it was created while its module was imported, before the language was known.
    """
    for described in (command, *command.params):
        if getattr(described, "help", None):
            described.help = _(described.help)
    for inner in getattr(command, "commands", {}).values():
        _translate(inner)


def _usage(session: Session, error: Any) -> int:
    ctx = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError" and ctx is not None:
        session.out.stderr.write(ctx.get_help() + "\n")
        return WRONG_USAGE
    path = ctx.command_path if ctx is not None else "retrovue"
    hint = _("See “{command} --help” for usage.").format(command=path)
    return _fail(session, WRONG_USAGE, error.format_message(), hint)


def _known(session: Session, error: RetroVueError) -> int:
    code = exit_code(error)
    if isinstance(error, CorruptError) and session.opened is not None:
        session.opened.suspect()
    if code == INTERRUPTED:
        log.info("interrupted")
        session.out.note(error.text)
        return code
    log.warning("%s: %s %s", type(error).__name__, error.text, error.detail)
    return _fail(session, code, error.text, error.command_hint)


def _fail(session: Session, code: int, text: str, hint: str = "") -> int:
    text, hint = redact(text), redact(hint)
    session.out.problem(text, hint)
    if session.options.json and not session.out.printed_json:
        session.out.json({"error": text, "hint": hint, "exit_code": code})
    return code


def _log_path(session: Session) -> str:
    context = session.opened
    return str(context.log_session.path) if context is not None and context.log_session is not None else "-"


def _silence(stream: TextIO) -> None:
    try:
        descriptor = stream.fileno()
    except (OSError, ValueError):
        return
    with Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), descriptor)
