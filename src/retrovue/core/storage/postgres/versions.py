"""Which schema a catalog on a server has, and whether this program may work on it."""

from retrovue.core.domain.errors import SchemaTooNewError, StorageError
from retrovue.core.i18n import _
from retrovue.core.storage.revisions import HEAD, REVISIONS


def require_known(revision: str) -> None:
    """Refuse the catalog of a newer program.

    Raises:
        SchemaTooNewError: this program does not know the revision.
    """
    if revision not in REVISIONS:
        raise SchemaTooNewError(
            _("This catalog was written by a newer version of RetroVue (schema {revision}).").format(revision=revision),
            hint=_("Update RetroVue, or choose another database."),
        )


def require_unchanged(revision: str) -> None:
    """Refuse a catalog that is another one than it was when it was opened.

    Raises:
        SchemaTooNewError: a newer program has upgraded it meanwhile.
        StorageError: somebody put an older one in its place.
    """
    require_known(revision)
    if revision != HEAD:
        raise StorageError(
            _("The catalog on the server was replaced by an older one (schema {revision}).").format(revision=revision),
            hint=_("Restart RetroVue, which upgrades it."),
        )
