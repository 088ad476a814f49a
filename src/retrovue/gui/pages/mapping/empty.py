"""What the page shows while there are no rules to show."""

from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.pages.mapping.work import Overview
from retrovue.gui.widgets.empty import EmptyState


def no_server() -> EmptyState:
    """Nothing to map: add a server."""
    return EmptyState(
        _("No servers yet."),
        _("Rules map a server’s paths to the same files on this computer."),
        button=_("Add server…"),
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
            _("Rules are tested on files in the catalog. Sync to read them."),
        )


class NoRule(EmptyState):
    """Files without a rule: suggest one."""

    def __init__(self) -> None:
        super().__init__(_("No rules yet."), button=_("Suggest rules"), icon="lightbulb", link=_("Add rule manually"))

    def show_server(self, overview: Overview) -> None:
        """Name the server and its files."""
        name = overview.server.name if overview.server is not None else ""
        self.set_texts(
            _("No rule maps the files from {server} yet.").format(server=name),
            _("RetroVue can look for its {n} files on this computer.").format(n=text.number(overview.totals.files)),
        )
