"""Where a new sign-in would be kept, in words: only a system with a keyring keeps it there."""

from retrovue.core.i18n import _
from retrovue.core.system.secrets import SecretPlace


def sign_in_kept(place: SecretPlace) -> str:
    """Where the sign-in of an account goes."""
    match place:
        case SecretPlace.KEYRING:
            return _("The sign-in is kept in the keyring of this computer.")
        case SecretPlace.FILE:
            return _("The sign-in is kept in a file of the data directory.")
        case _:
            return _("No keyring is used here: the sign-in is kept for this run only, unless you allow a file for it.")


def token_kept(place: SecretPlace) -> str:
    """Where a token that is typed goes."""
    match place:
        case SecretPlace.KEYRING:
            return _("It goes into the keyring of this computer, never into the catalog.")
        case SecretPlace.FILE:
            return _("It goes into a file of the data directory, never into the catalog.")
        case _:
            return _("No keyring is used here: it is kept for this run only, unless you allow a file for it.")
