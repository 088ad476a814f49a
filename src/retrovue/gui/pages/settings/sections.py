"""The sections of the Settings page that are rows only."""

from PySide6.QtCore import QLocale

from retrovue.core.i18n import _
from retrovue.core.system.language import translations
from retrovue.gui.pages.settings.rows import SettingsSection


def general() -> SettingsSection:
    """Starting with the system, and what the window does on its own."""
    section = SettingsSection(_("General"), "sliders")
    section.add_card()
    section.add_switch("autostart", remark=_("For your user account only. Turning this off removes the startup entry."))
    section.add_switch("start_minimised", remark=_("When you start RetroVue yourself, the window always opens."))
    section.add_card(_("Activity"))
    section.add_number("poll_s", 1, 600, unit=_("s"), text=_("Check active streams every"))
    remark = _("Servers that announce playback are checked right away.")
    section.add_number(
        "idle_poll_s", 1, 3600, unit=_("s"), remark=remark, text=_("When nothing is playing, check every")
    )
    section.add_number("min_length_s", 0, 3600, unit=_("s"), text=_("Ignore plays shorter than"))
    section.add_number("sitting_hours", 0, 168, unit=_("h"), text=_("Group plays of the same title within"))
    section.add_number("watched_movie_percent", 1, 100, unit=_("%"), text=_("A movie is watched at"))
    section.add_number("watched_episode_percent", 1, 100, unit=_("%"), text=_("An episode is watched at"))
    markers = {"earlier": _("Percentage or credits"), "percent": _("Percentage"), "credits": _("Credits")}
    remark = _("Where the server marks the credits, a play can count as watched when they begin.")
    section.add_choice("watched_marker", markers, remark=remark, text=_("Watched at"))
    return section


def appearance() -> SettingsSection:
    """Theme and language."""
    section = SettingsSection(_("Appearance"), "palette")
    section.add_card()
    choices = {"system": _("Follow system"), "light": _("Light"), "dark": _("Dark")}
    section.add_choice("appearance", choices)
    names = {language: QLocale(language).nativeLanguageName() for language in translations()}
    # Languages are called by their own names: whoever looks for one may not read the others.
    languages = {"": _("Follow system"), "en": "English", **names}
    section.add_choice("language", languages, remark=_("Takes effect after a restart."))
    return section


def sync() -> SettingsSection:
    """When and how gently libraries are read."""
    section = SettingsSection(_("Sync"), "arrows-clockwise")
    section.add_card()
    section.add_choice(
        "sync_schedule",
        {"off": _("Manual only"), "at_start": _("At startup"), "every": _("While running")},
        remark=_(
            "Applies to every library that is synced as scheduled. One that is not has its own choice in the Sync "
            "column on the Servers page."
        ),
    )
    section.add_number("sync_every_hours", 1, 168, unit=_("h"))
    section.add_number(
        "verification_days",
        1,
        365,
        unit=_("days"),
        remark=_("A library is compared item by item this often, even if its server reports no changes."),
    )
    section.add_card(_("Speed"))
    choices = {"auto": _("Automatic"), "on": _("Always"), "off": _("Never")}
    section.add_choice("gentle", choices, remark=_("Requests one page at a time, for a server with little to spare."))
    section.add_number("pages_in_flight", 1, 16)
    section.add_number("page_size", 10, 1000)
    section.add_choice("gzip", {"auto": _("Outside the local network"), "on": _("Always"), "off": _("Never")})
    section.add_card(_("Live updates"))
    section.add_choice(
        "follow_gently",
        choices,
        remark=_("Automatic: while someone is streaming, on battery and on a metered connection."),
    )
    section.add_number("follow_quiet_s", 1, 600, unit=_("s"))
    return section


def files() -> SettingsSection:
    """The check of files."""
    section = SettingsSection(_("Files"), "signpost")
    section.add_card()
    choices = {"off": _("Manual only"), "daily": _("Daily"), "weekly": _("Weekly")}
    section.add_choice("file_check_schedule", choices)
    section.add_names("extra_files_ignore", placeholder=_("Names, separated by |"), text=_("Never list as extra files"))
    return section


def cleanup() -> SettingsSection:
    """What the lists of the Clean-up page are careful about."""
    section = SettingsSection(_("Clean-up"), "broom")
    section.add_card()
    remark = _(
        "Of any account, as far as the servers show it: an administrator sees everyone’s on Emby and Jellyfin. "
        "Plex has none."
    )
    section.add_switch("keep_favorites", remark=remark)
    remark = _("A title whose numbers are older counts as unknown and is never a candidate.")
    section.add_number("statistics_max_age_days", 1, 365, unit=_("days"), remark=remark, text=_("Trust statistics for"))
    section.add_number("grace_days", 1, 365, unit=_("days"), text=_("Keep titles in “Leaving soon” for"))
    return section


def advanced() -> SettingsSection:
    """What few people change."""
    section = SettingsSection(_("Advanced"), "wrench")
    section.add_card()
    levels = {
        "debug": _("Everything"),
        "info": _("Normal"),
        "warning": _("Warnings and errors"),
        "error": _("Errors only"),
    }
    section.add_choice("log_level", levels)
    section.add_text("account_url", placeholder="https://plex.tv", width=280)
    return section
