"""Runs LocalStack as a process of this machine, until SIGTERM or until the one who started it is gone.

    python run.py STATE      STATE, the emulator's folder, is there to be seen in a list of processes; settings.py says
                             what else is expected

localstack-core 4.13 is written for Python 3.13 but uses no syntax that 3.11 lacks; two differences in the standard
library need help there (4.14, the last free version, does need 3.12).
"""

import hashlib
import os
import signal
import sys
import threading
import uuid


def take_bytes_in_uuid5() -> None:
    """uuid5() takes the name as bytes from Python 3.12 on; kms.CreateKey passes bytes."""
    uuid5_of_text = uuid.uuid5

    def uuid5(namespace: uuid.UUID, name: str | bytes) -> uuid.UUID:
        if isinstance(name, str):
            return uuid5_of_text(namespace, name)
        return uuid.UUID(bytes=hashlib.sha1(namespace.bytes + name).digest()[:16], version=5)

    uuid.uuid5 = uuid5


def import_packages_with_lock_as_class() -> None:
    """threading.Lock is a class from Python 3.13 on, a function before; localstack.packages.api has the annotation
    `Lock | None`, which only a class allows."""
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
    """The starter holds the other end of stdin and never writes: end of file means that it is gone, however it went."""

    def wait_for_end_of_file() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait_for_end_of_file, name="starter-watch", daemon=True).start()


def check_that_the_executor_is_ours() -> None:
    """LocalStack answers an executor that it does not find by silently taking Docker's."""
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
