"""The settings that the emulator's starter (localstack/host-process.ts) passes in environment variables."""

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
"""The Node executable that runs every function, whatever Node runtime the function declares."""

RUNTIME = _required("FUNCTION_RUNTIME")
"""The script that loads a handler and answers its invocations (function-runtime.ts without its types)."""

PROCESSES_PER_FUNCTION = int(_required("FUNCTION_PROCESSES"))
"""The most invocations of one function that run at once. The next one waits for a free process."""

STATE = Path(_required("EMULATOR_STATE"))
"""The emulator's folder: logs, unzipped code, temporary files."""

REMOVE_STATE = os.environ.get("EMULATOR_REMOVE_STATE") == "1"
"""True when the folder is removed at the end of the emulator."""
