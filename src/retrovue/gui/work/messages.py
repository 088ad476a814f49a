"""What people are told when something goes wrong: one translation of exceptions, one kind of box."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QWidget

from retrovue.core.domain import errors
from retrovue.core.i18n import _
from retrovue.gui.dialogs.message import MessageDialog


@dataclass(frozen=True)
class UserMessage:
    """Plain text for a person: a title, what happened, what to do, and details to fold away."""

    title: str
    text: str
    hint: str = ""
    detail: str = ""


def _title(error: errors.RetroVueError) -> str:
    titles: tuple[tuple[type[errors.RetroVueError], str], ...] = (
        (errors.AuthError, _("Sign-in refused")),
        (errors.ForbiddenError, _("Not allowed")),
        (errors.UnreachableError, _("Could not reach the server")),
        (errors.TlsError, _("Certificate not trusted")),
        (errors.WrongServerError, _("A different server responded")),
        (errors.SourceError, _("Unexpected response from the server")),
        (errors.DiskFullError, _("The disk is full")),
        (errors.StorageError, _("Problem with the catalog")),
        (errors.SecretError, _("Problem with the keyring")),
        (errors.ConfigError, _("Cannot continue")),
        (errors.Cancelled, _("Canceled")),
    )
    return next((title for kind, title in titles if isinstance(error, kind)), _("Something went wrong"))


def message_for(error: BaseException, *, redact: Callable[[str], str] = str) -> UserMessage:
    """The message for an exception.

    Our own errors carry sentences for people. Any other exception is a mistake of the program: the person
    gets one plain sentence, and the traceback goes into the details.

    Args:
        error: what was raised.
        redact: takes secrets out of the details, which people copy into reports.
    """
    if isinstance(error, errors.RetroVueError):
        return UserMessage(_title(error), error.text, error.hint, redact(error.detail))
    trace = "".join(traceback.format_exception(error))
    return UserMessage(
        _("Something went wrong"),
        _("RetroVue ran into an unexpected error ({kind}). Your catalog is not affected.").format(
            kind=type(error).__name__
        ),
        _("Try again. If it keeps happening, copy the details into a report."),
        redact(trace),
    )


def trace_of(error: BaseException) -> BaseException | None:
    """What the log keeps of an exception: no traceback of one that was foreseen and has its sentence."""
    return None if isinstance(error, errors.RetroVueError) else error


def show_message(parent: QWidget | None, message: UserMessage) -> MessageDialog:
    """Open a box with a message. It belongs to its window, is not waited for, and shows plain text."""
    dialog = MessageDialog(message.title, message.text, message.hint, detail=message.detail, parent=parent)
    dialog.open()
    return dialog


def show_error(parent: QWidget | None, error: BaseException, *, redact: Callable[[str], str] = str) -> MessageDialog:
    """Open a box for an exception."""
    return show_message(parent, message_for(error, redact=redact))
