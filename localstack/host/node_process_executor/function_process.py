"""One Node process that runs a function, and the messages to and from it.

The messages are JSON, one on each line, over a socket pair whose other end the process inherits. This needs no port, and the
end of the process shows as end of file. Invocations come one at a time, as on AWS:

    we                                                       the process
                                                             {"type": "ready"} or {"type": "initError", "error": {…}}
    {"id": …, "arn": …, "deadline": ms, "payload": "…"}
                                                             {"type": "response" or "error", "body": "…"}
"""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

_READ_SIZE = 1 << 20


class ProcessEnded(Exception):
    """The process has ended, or has closed its end of the socket pair."""


_alive: set["FunctionProcess"] = set()
_alive_lock = threading.Lock()
_closing = False


def kill_all() -> None:
    """Ends every function process, and lets no other one start. Called when the emulator ends."""
    global _closing
    with _alive_lock:
        _closing = True
        left = list(_alive)
    for process in left:
        process.kill()


class FunctionProcess:
    def __init__(self, command: list[str], folder: str, environment: dict[str, str], log: Path) -> None:
        """Starts `command` in `folder`. Its stdout and stderr go to the file `log`. Node writes to files at once, so the
        log is complete when the answer arrives. The process leads a session of its own, so that killing its group also
        kills every process that it started."""
        self._socket, inherited = socket.socketpair()
        self._unread = b""
        try:
            with _alive_lock, open(log, "ab") as output:
                if _closing:
                    raise ProcessEnded("the emulator is ending")
                self._process = subprocess.Popen(
                    command,
                    cwd=folder,
                    env=environment | {"FUNCTION_SOCKET": str(inherited.fileno())},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    pass_fds=[inherited.fileno()],
                    start_new_session=True,
                )
                _alive.add(self)
        except BaseException:
            self._socket.close()
            raise
        finally:
            inherited.close()

    @property
    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def tell(self, message: dict, deadline: float) -> None:
        """Sends one message. `deadline` is on time.monotonic()'s clock, here and below.
        Raises ProcessEnded, TimeoutError."""
        self._socket.settimeout(_seconds_left(deadline))
        try:
            self._socket.sendall(json.dumps(message).encode() + b"\n")
        except TimeoutError:
            raise
        except OSError as error:
            raise ProcessEnded(str(error)) from error

    def hear(self, deadline: float) -> dict:
        """The next message. Raises ProcessEnded, TimeoutError."""
        while b"\n" not in self._unread:
            self._socket.settimeout(_seconds_left(deadline))
            try:
                chunk = self._socket.recv(_READ_SIZE)
            except TimeoutError:
                raise
            except OSError as error:
                raise ProcessEnded(str(error)) from error
            if not chunk:
                raise ProcessEnded("end of file")
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        return json.loads(line)

    def kill(self) -> None:
        """Ends the process and every process that it started. The socket is closed together with this object, because
        another thread may be reading from it now, and must see end of file, not a reused descriptor."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # Every process of the group has ended already.
        self._process.wait()
        with _alive_lock:
            _alive.discard(self)

    def how_it_ended(self) -> str:
        """Says how the process ended, in Lambda's words: `exit status 1`, `signal: killed`."""
        try:
            code = self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return "closed its connection"
        if code >= 0:
            return f"exit status {code}"
        return f"signal: {signal.strsignal(-code) or -code}".lower()

    def peak_memory_mb(self) -> int:
        """Returns the most memory that the process has held, in MiB; 0 when it has ended, or the system is not Linux."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return 0
        kib = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")), "0")
        return int(kib) // 1024


def _seconds_left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the deadline has passed")
    return left
