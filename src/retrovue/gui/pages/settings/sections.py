"""The sections of the Settings page that are rows only."""

from PySide6.QtCore import QLocale

from retrovue.core.i18n import _
from retrovue.core.system.language import translations
from retrovue.gui.pages.settings.rows import SettingsSection


def general() -> SettingsSection:
    """Starting with the system, and what the window does on its own."""
    section = SettingsSection(_("General"), "sliders")
    section.add_card()
    section.add_switch("autostart", remark=_("An entry of this person only; switching it off takes it away again."))
    section.add_switch("start_minimised", remark=_("Started by hand, the window always shows."))
    section.add_card(_("Activity"))
    section.add_number("poll_s", 1, 600, unit=_("s"), text=_("Look at running streams every"))
    remark = _("Servers that announce plays are asked at once.")
    section.add_number("idle_poll_s", 1, 3600, unit=_("s"), remark=remark, text=_("Look while nothing plays every"))
    section.add_number("min_length_s", 0, 3600, unit=_("s"), text=_("Shortest play that is kept"))
    section.add_number("sitting_hours", 0, 168, unit=_("h"), text=_("Plays of a title are one sitting within"))
    return section


def appearance() -> SettingsSection:
    """Theme and language."""
    section = SettingsSection(_("Appearance"), "palette")
    section.add_card()
    choices = {"system": _("As the system"), "light": _("Light"), "dark": _("Dark")}
    section.add_choice("appearance", choices)
    names = {language: QLocale(language).nativeLanguageName() for language in translations()}
    # Languages are called by their own names: whoever looks for one may not read the others.
    languages = {"": _("As the system"), "en": "English", **names}
    section.add_choice("language", languages, remark=_("Takes effect at the next start."))
    return section


def sync() -> SettingsSection:
    """When and how gently libraries are read."""
    section = SettingsSection(_("Sync"), "arrows-clockwise")
    section.add_card()
    section.add_choice(
        "sync_schedule",
        {"off": _("Only by hand"), "at_start": _("At each start"), "every": _("While running")},
        remark=_("A library follows this, is synced daily, or by hand: its menu on the Servers page says which."),
    )
    section.add_number("sync_every_hours", 1, 168, unit=_("h"))
    section.add_number(
        "verification_days",
        1,
        365,
        unit=_("days"),
        remark=_("After so long a library is compared entry by entry, even when its server says nothing moved."),
    )
    section.add_card(_("Speed"))
    choices = {"auto": _("Automatic"), "on": _("Always"), "off": _("Never")}
    section.add_choice("gentle", choices, remark=_("One page at a time, for a server that has little to spare."))
    section.add_number("pages_in_flight", 1, 16)
    section.add_number("page_size", 10, 1000)
    section.add_choice("gzip", {"auto": _("Outside this network"), "on": _("Always"), "off": _("Never")})
    section.add_card(_("Live changes"))
    section.add_choice("follow_gently", choices, remark=_("While somebody streams, on battery and on a metered link."))
    section.add_number("follow_quiet_s", 1, 600, unit=_("s"))
    return section


def files() -> SettingsSection:
    """The check of files."""
    section = SettingsSection(_("Files"), "signpost")
    section.add_card()
    choices = {"off": _("Only by hand"), "daily": _("Daily"), "weekly": _("Weekly")}
    section.add_choice("file_check_schedule", choices)
    section.add_names("extra_files_ignore", placeholder=_("Names, separated by |"), text=_("These are no extra files"))
    return section


def advanced() -> SettingsSection:
    """What few people change."""
    section = SettingsSection(_("Advanced"), "wrench")
    section.add_card()
    levels = {"debug": _("Everything"), "info": _("The usual"), "warning": _("Warnings"), "error": _("Errors")}
    section.add_choice("log_level", levels)
    section.add_text("account_url", placeholder="https://plex.tv", width=280)
    return section
