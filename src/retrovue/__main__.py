"""Entry point: from the command line to the window or to a command."""

import gc
import os
import sys

from retrovue import __version__
from retrovue.cli.argv import GlobalOptions, parse_global
from retrovue.core.domain.errors import ConfigError
from retrovue.core.system.language import VARIABLE, speak
from retrovue.core.system.packaged import find_zones, forget_start, is_packaged, keep_own_plugins


def main(argv: list[str] | None = None) -> int:
    """Run RetroVue and return the exit code."""
    words = sys.argv[1:] if argv is None else argv
    if is_packaged:
        forget_start(os.environ)
        # Where PyInstaller has put what is packed.
        find_zones(getattr(sys, "_MEIPASS", ""), sys.path)
        if sys.platform.startswith("linux"):
            keep_own_plugins(os.environ)
    speak(os.environ.get(VARIABLE, ""))
    try:
        options = parse_global(words)
    except ConfigError as error:
        sys.stderr.write(error.user_text() + "\n")
        return 2
    if options.version:
        sys.stdout.write(f"RetroVue {__version__}\n")
        return 0
    if options.self_test:
        from retrovue import selftest

        return selftest.run(sys.stdout)
    # A browser starts the program with the link as its only word.
    if options.words and not options.words[0].lower().startswith("retrovue:"):
        return _command(options)
    from retrovue import launch

    return launch.open_profile(
        options.data_dir, minimized=options.minimized, verbose=options.verbose, arguments=tuple(words)
    )


def _command(options: GlobalOptions) -> int:
    # Modules live to the end: looking for garbage among them 140 times was 14 % of `servers list`. For the rest of the
    # process, since going back to 700 objects would begin with a look at all of them.
    gc.set_threshold(100_000, 20, 50)
    from retrovue import launch
    from retrovue.cli.main import run

    return run(options, open_window=launch.open_on)


if __name__ == "__main__":
    sys.exit(main())
