"""A browser for the tests of the page: one of this machine, or one that is installed for them.

python -m tests.find_browser    says which one is there, and installs one where none is
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser():
    """Path of a Chromium or Chrome, playwright's own included; None where there is none."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or next(map(str, _own_browsers()), None)


def _own_browsers():
    """What `playwright install chromium` has left."""
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return sorted(folder.glob("chromium-*/chrome-linux*/chrome"), reverse=True)


def install_browser():
    """Try the package manager as root, else playwright; what they say goes to the terminal."""
    commands = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:
        commands.insert(0, ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"])
    for command in commands:
        if subprocess.run(command, check=False).returncode == 0 and find_browser():
            return


if __name__ == "__main__":
    if find_browser() is None:
        install_browser()
    print(find_browser() or "no browser: the tests that need one are skipped, or fail where CI is set")
