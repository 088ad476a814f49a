"""Where a new sign-in would be kept, in words: only a system with a keyring keeps it there."""

from retrovue.core.i18n import _
from retrovue.core.system.secrets import SecretPlace


def sign_in_kept(place: SecretPlace) -> str:
    """Where the sign-in of an account goes."""
    match place:
        case SecretPlace.KEYRING:
            return _("The sign-in is kept in this computer’s keyring.")
        case SecretPlace.FILE:
            return _("The sign-in is kept in a file in the data folder.")
        case _:
            return _(
                "There is no keyring: the sign-in is kept only until RetroVue quits, unless you allow a file for it."
            )


def token_kept(place: SecretPlace) -> str:
    """Where a token that is typed goes."""
    match place:
        case SecretPlace.KEYRING:
            return _("It is kept in this computer’s keyring, never in the catalog.")
        case SecretPlace.FILE:
            return _("It is kept in a file in the data folder, never in the catalog.")
        case _:
            return _("There is no keyring: it is kept only until RetroVue quits, unless you allow a file for it.")
