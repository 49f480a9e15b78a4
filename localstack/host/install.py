"""Makes a virtual environment: python install.py FOLDER REQUIREMENTS

Two installs of one folder at once do the work once: the second waits for the first. The lock is the operating
system's, so one who dies with it leaves none behind. The file `complete` is written last; a folder without it is the
rest of an interrupted install, and made anew.
"""

import fcntl
import shutil
import subprocess
import sys
import venv
from pathlib import Path


def install(folder: Path, requirements: Path) -> None:
    complete = folder / "complete"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if complete.exists() and (folder / "bin" / "python").exists():
            return
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True, symlinks=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
        # Each package is pinned, so there is nothing to resolve.
        subprocess.run([*pip, "install", "--quiet", "--no-deps", "-r", str(requirements)], check=True)
        complete.touch()


install(Path(sys.argv[1]), Path(sys.argv[2]))
