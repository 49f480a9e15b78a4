"""Runs LocalStack as a process of this machine, until SIGTERM or until its starter has ended.

    python run.py STATE      STATE is the emulator's folder, so that a list of processes shows it; settings.py names the
                             environment variables

localstack-core 4.13 is written for Python 3.13, but uses no syntax that 3.11 lacks. Two differences in the standard library
are evened out here. (4.14, the last free version, needs 3.12.)
"""

import hashlib
import os
import signal
import sys
import threading
import uuid


def take_bytes_in_uuid5() -> None:
    """Lets uuid5() take the name as bytes, as it does from Python 3.12 on: kms.CreateKey passes bytes."""
    uuid5_of_text = uuid.uuid5

    def uuid5(namespace: uuid.UUID, name: str | bytes) -> uuid.UUID:
        if isinstance(name, str):
            return uuid5_of_text(namespace, name)
        return uuid.UUID(bytes=hashlib.sha1(namespace.bytes + name).digest()[:16], version=5)

    uuid.uuid5 = uuid5


def import_packages_with_lock_as_class() -> None:
    """Makes threading.Lock a class, as it is from Python 3.13 on: localstack.packages.api has the annotation
    `Lock | None`, which needs a class."""
    make_lock = threading.Lock

    class Lock:
        def __new__(cls):
            return make_lock()

    threading.Lock = Lock
    try:
        import localstack.packages.api  # noqa: F401
    finally:
        threading.Lock = make_lock


def end_with_starter() -> None:
    """Ends this process when its starter has ended. The starter holds the other end of stdin and never writes to it, so
    end of file means that the starter has ended."""

    def wait_for_end_of_file() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_end_of_file, name="starter-watch", daemon=True).start()


def check_that_the_executor_is_ours() -> None:
    """Ends this process when LocalStack has not found the plug-in. It would use Docker's executor without a message."""
    from localstack.services.lambda_.invocation.runtime_executor import get_runtime_executor
    from node_process_executor.executor import NodeProcessExecutor

    found = get_runtime_executor()
    if found is not NodeProcessExecutor:
        sys.exit(f"LocalStack would run functions by {found.__name__}: is node_process_executor's .dist-info in place?")


if sys.version_info < (3, 12):
    take_bytes_in_uuid5()
if sys.version_info < (3, 13):
    import_packages_with_lock_as_class()
check_that_the_executor_is_ours()
end_with_starter()

from localstack.runtime.main import main  # noqa: E402

main()
