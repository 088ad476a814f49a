"""What the page shows while there are no rules to show."""

from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.pages.mapping.work import Overview
from retrovue.gui.widgets.empty import EmptyState


def no_server() -> EmptyState:
    """Nothing to map: add a server."""
    return EmptyState(
        _("No server yet."),
        _("Rules lead from the paths of a server to the same files on this computer."),
        button=_("Add a server…"),
        icon="plus",
    )


class NoFiles(EmptyState):
    """Nothing to try rules on: sync."""

    def __init__(self) -> None:
        super().__init__(_("Nothing has been imported yet."), button=_("Sync now"), icon="arrows-clockwise")

    def show_server(self, overview: Overview) -> None:
        """Name the server."""
        name = overview.server.name if overview.server is not None else ""
        self.set_texts(
            _("Nothing has been imported from {server} yet.").format(server=name),
            _("Rules are tried on the files of the catalog. A sync reads them."),
        )


class NoRule(EmptyState):
    """Files without a rule: suggest one."""

    def __init__(self) -> None:
        super().__init__(_("No rule yet."), button=_("Suggest rules"), icon="lightbulb", link=_("Add a rule by hand"))

    def show_server(self, overview: Overview) -> None:
        """Name the server and its files."""
        name = overview.server.name if overview.server is not None else ""
        self.set_texts(
            _("No rule leads to the files of {server} yet.").format(server=name),
            _("RetroVue can look for its {n} files on this computer.").format(n=text.number(overview.totals.files)),
        )
