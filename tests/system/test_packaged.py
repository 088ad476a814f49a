"""What the packaged program was started with, and what it hands on."""

from retrovue.core.system.packaged import clean_environment, forget_start, keep_own_plugins

STARTED = {
    "_PYI_APPLICATION_HOME_DIR": "/tmp/_MEI",
    "_PYI_ARCHIVE_FILE": "/opt/retrovue",
    "_PYI_PARENT_PROCESS_LEVEL": "1",
}


def test_programs_of_the_system_get_neither_our_libraries_nor_our_start() -> None:
    person = {"PATH": "/bin", "LD_LIBRARY_PATH": "/opt/lib", "QT_PLUGIN_PATH": "/usr/lib/qt6/plugins"}
    ours = {**person, **STARTED, "LD_LIBRARY_PATH": "/tmp/_MEI", "LD_LIBRARY_PATH_ORIG": "/opt/lib"}
    keep_own_plugins(ours)
    assert "QT_PLUGIN_PATH" not in ours
    assert clean_environment(ours) == person
    # Where PyInstaller has put our folders in place of those of the person.
    replaced = {"PATH": "/bin", "LD_LIBRARY_PATH": "/tmp/_MEI", "QT_PLUGIN_PATH": "x", "QML2_IMPORT_PATH": "y"}
    assert clean_environment(replaced) == {"PATH": "/bin"}


def test_a_program_that_is_started_again_is_a_new_one() -> None:
    ours = {"PATH": "/bin", **STARTED}
    forget_start(ours)
    assert ours == {"PATH": "/bin"}
