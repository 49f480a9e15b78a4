"""The entry points of this plug-in: an executor, and hooks that LocalStack calls when it starts and ends."""

import os
import shutil
import sys

from localstack.runtime import hooks
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin

from node_process_executor import function_process, repairs, settings, step_functions


class NodeProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "node-process"

    def load(self, *args, **kwargs):
        from node_process_executor.executor import NodeProcessExecutor

        return NodeProcessExecutor


@hooks.on_infra_start()
def repair_for_host_mode():
    repairs.listen_on_loopback_only()
    repairs.limit_processes_per_function(settings.PROCESSES_PER_FUNCTION)
    repairs.let_environments_change_while_searched()
    repairs.keep_objects_in(settings.STATE / "objects")
    repairs.delete_under_conditions()
    step_functions.fail_with_failed_items()
    step_functions.show_failed_items()
    step_functions.pass_on_any_error()


@hooks.on_infra_shutdown(priority=1_000_000)
def end_at_once():
    """Kills the functions, removes the folder and ends the process, before LocalStack's own shutdown, which takes 9 s to
    end its threads. Nothing is lost, because all state is in memory."""
    function_process.kill_all()
    if settings.REMOVE_STATE:
        shutil.rmtree(settings.STATE, ignore_errors=True)
    sys.stdout.flush()
    os._exit(0)
