"""Render the pictures: `python -m tools.screenshots FOLDER`."""

import sys

from tools.screenshots.scenes import main

if __name__ == "__main__":
    sys.exit(main())
