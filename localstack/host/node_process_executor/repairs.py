"""Changes to LocalStack 4.13, made when it starts. ../../image/repair.py makes them in the 4.14 of ../../compose.yaml too. The
changes to Step Functions are in step_functions.py. Each raises an error when the code that it changes is not the expected one."""

import contextlib
import functools
import inspect
import os
import sys
import threading
from collections import defaultdict
from pathlib import Path

from localstack.services.lambda_.invocation.assignment import AssignmentService
from localstack.services.s3 import provider as s3_provider
from twisted.internet import reactor
from twisted.internet.error import CannotListenError


class UnknownLocalStack(Exception):
    pass


def _expect_parameters(function, *names: str) -> None:
    found = tuple(inspect.signature(function).parameters)
    if found != names:
        raise UnknownLocalStack(
            f"{function.__qualname__} takes {found}, not {names}: this LocalStack is not the version pinned in "
            "localstack/requirements.txt; install that one, or adapt node_process_executor/repairs.py"
        )


def limit_processes_per_function(limit: int) -> None:
    """Limits the invocations of one function that run at once: the next one waits for its turn. A wide Map asks for as many
    environments as it has items, and each is a process. On a machine with few cores they slow each other down, some
    beyond their start-up time."""
    get_environment = AssignmentService.get_environment
    _expect_parameters(get_environment, "self", "version_manager_id", "function_version", "provisioning_type")
    turns: dict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(limit))
    turns_lock = threading.Lock()

    @contextlib.contextmanager
    def get_environment_in_turn(self, version_manager_id, function_version, provisioning_type):
        with turns_lock:
            turn = turns[version_manager_id]
        with turn, get_environment(self, version_manager_id, function_version, provisioning_type) as environment:
            yield environment

    AssignmentService.get_environment = get_environment_in_turn


class _SnapshotDict(dict):
    """A dict whose values() can be iterated while another thread adds or removes one."""

    def values(self):
        return list(super().values())


def let_environments_change_while_searched() -> None:
    """get_environment iterates over the environments of a function while parallel invocations add to them. Sometimes
    that raised 'dictionary changed size during iteration', and the invocation failed."""
    initialise = AssignmentService.__init__
    _expect_parameters(initialise, "self")

    @functools.wraps(initialise)
    def initialise_with_snapshots(self):
        initialise(self)
        self.environments = defaultdict(_SnapshotDict)

    AssignmentService.__init__ = initialise_with_snapshots


def keep_objects_in(folder: Path) -> None:
    """Gives each emulator its own folder for S3's objects. LocalStack keeps them in one fixed folder of the machine, under
    the names of their buckets: two emulators would delete each other's objects, and leave objects behind."""
    if not isinstance(getattr(s3_provider, "DEFAULT_S3_TMP_DIR", None), str):
        raise UnknownLocalStack(
            "localstack.services.s3.provider has no DEFAULT_S3_TMP_DIR: this LocalStack is not the version pinned in "
            "localstack/requirements.txt; install that one, or adapt node_process_executor/repairs.py"
        )
    s3_provider.DEFAULT_S3_TMP_DIR = str(folder)


def delete_under_conditions() -> None:
    """Lets S3 delete an object under If-Match, as on AWS since September 2025. This LocalStack answers 501 Not Implemented."""
    delete_object = s3_provider.S3Provider.delete_object
    check = getattr(s3_provider, "verify_object_equality_precondition_write", None)
    if "if_match" not in inspect.signature(delete_object).parameters or check is None:
        raise UnknownLocalStack(
            "S3Provider.delete_object takes no if_match: this LocalStack is not the version pinned in "
            "localstack/requirements.txt; install that one, or adapt node_process_executor/repairs.py"
        )

    @functools.wraps(delete_object)
    def delete_object_if_it_matches(self, context, bucket, key, *args, if_match=None, **kwargs):
        if not if_match:
            return delete_object(self, context, bucket, key, *args, **kwargs)
        _, s3_bucket = self._get_cross_account_bucket(context, bucket)
        # Conditional writes of this object take the same lock.
        with self._preconditions_locks[bucket][key]:
            check(s3_bucket, key, if_match)
            return delete_object(self, context, bucket, key, *args, **kwargs)

    s3_provider.S3Provider.delete_object = delete_object_if_it_matches


def listen_on_loopback_only() -> None:
    """Lets LocalStack listen on 127.0.0.1 only, and fail when its port is taken. It listens on every address of the machine
    whatever GATEWAY_LISTEN says, so that anybody in the network could run code here through Lambda. When its port is
    taken, it goes on without one and reports that it is ready."""
    listen = reactor.listenTCP
    _expect_parameters(listen, "port", "factory", "backlog", "interface")

    def listen_or_end(port, factory, backlog=50, interface=""):
        try:
            return listen(port, factory, backlog, interface or "127.0.0.1")
        except CannotListenError as error:
            print(error, file=sys.stderr, flush=True)
            os._exit(1)

    reactor.listenTCP = listen_or_end
