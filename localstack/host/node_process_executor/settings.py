"""What the emulator's starter (localstack/host-process.ts) decides, handed over in environment variables."""

import os
from pathlib import Path


class SettingMissing(Exception):
    pass


def _required(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SettingMissing(f"{name} is not set: start the emulator through localstack/start-emulator.ts, which sets it")
    return value


NODE = _required("FUNCTION_NODE")
"""The Node executable that runs every function, whichever Node runtime the function declares."""

RUNTIME = _required("FUNCTION_RUNTIME")
"""The script that loads a handler and serves its invocations (function-runtime.ts with its types taken off)."""

PROCESSES_PER_FUNCTION = int(_required("FUNCTION_PROCESSES"))
"""At most this many invocations of one function run at once; the next one waits for a process to be free."""

STATE = Path(_required("EMULATOR_STATE"))
"""The emulator's folder: logs, unzipped code, temporary files."""

REMOVE_STATE = os.environ.get("EMULATOR_REMOVE_STATE") == "1"
"""Whether the folder goes when the emulator ends."""
