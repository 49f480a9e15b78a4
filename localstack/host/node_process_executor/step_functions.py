"""Changes to LocalStack where failures in state machines differ from AWS.

A Distributed Map fails with its items. LocalStack 4.13 counts failed items and lets the Map succeed, whatever number of
failures it tolerates. Its items are no executions in LocalStack, and ListExecutions by map run is an internal error; with
these changes, failed items can be listed and described. A Fail state may pass on an error whose name begins with `States.`;
LocalStack ends it with another error.
"""

import datetime
import functools
import uuid

from localstack.aws.api.stepfunctions import HistoryEventType, MapRunFailedEventDetails
from localstack.services.stepfunctions.asl.component.common.error_name.custom_error_name import CustomErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.error_name import ErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name import StatesErrorName
from localstack.services.stepfunctions.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from localstack.services.stepfunctions.asl.component.state.state_fail import state_fail
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.iteration.itemprocessor import (
    distributed_item_processor_worker as worker_module,
)
from localstack.services.stepfunctions.asl.eval.event.event_detail import EventDetails
from localstack.services.stepfunctions.asl.eval.program_state import ProgramError
from localstack.services.stepfunctions.provider import StepFunctionsProvider

_THRESHOLD = StatesErrorNameType.StatesExceedToleratedFailureThreshold

# Map run's ARN → the descriptions of its failed items; item's ARN → the same description.
_failed_by_map_run: dict[str, list[dict]] = {}
_failed_by_arn: dict[str, dict] = {}


def fail_with_failed_items() -> None:
    worker = worker_module.DistributedItemProcessorWorker
    eval_job = worker._eval_job

    @functools.wraps(eval_job)
    def eval_job_and_fail(self, env, job):
        started = datetime.datetime.now(tz=datetime.UTC)
        eval_job(self, env, job)
        state = env.program_state()
        if isinstance(state, ProgramError):
            _remember(self._map_run_record, started, state.error or {})
            job.job_output = _threshold_exceeded(env)

    worker._eval_job = eval_job_and_fail


def _remember(map_run, started: datetime.datetime, error: dict) -> None:
    machine = map_run.map_state_machine_arn
    name = str(uuid.uuid4())
    failed = {
        "executionArn": f"{machine.replace(':stateMachine:', ':execution:')}:{name}",
        "stateMachineArn": machine,
        "mapRunArn": map_run.map_run_arn,
        "name": name,
        "status": "FAILED",
        "startDate": started,
        "stopDate": datetime.datetime.now(tz=datetime.UTC),
        "error": error.get("error"),
        "cause": error.get("cause"),
    }
    _failed_by_map_run.setdefault(map_run.map_run_arn, []).append(failed)
    _failed_by_arn[failed["executionArn"]] = failed


def _threshold_exceeded(env) -> FailureEventException:
    details = MapRunFailedEventDetails(
        error=_THRESHOLD.to_name(), cause="The specified tolerated failure threshold was exceeded"
    )
    return FailureEventException(
        FailureEvent(
            env=env,
            error_name=StatesErrorName(typ=_THRESHOLD),
            event_type=HistoryEventType.MapRunFailed,
            event_details=EventDetails(mapRunFailedEventDetails=details),
        )
    )


def show_failed_items() -> None:
    list_executions = StepFunctionsProvider.list_executions
    describe_execution = StepFunctionsProvider.describe_execution

    @functools.wraps(list_executions)
    def list_executions_of_map_runs_too(self, context, map_run_arn=None, status_filter=None, **kwargs):
        if map_run_arn is None:
            return list_executions(self, context, status_filter=status_filter, **kwargs)
        if status_filter != "FAILED":
            raise NotImplementedError("only the failed executions of a map run are known")
        shown = ("executionArn", "stateMachineArn", "mapRunArn", "name", "status", "startDate", "stopDate")
        failed = _failed_by_map_run.get(map_run_arn, [])
        return {"executions": [{field: one[field] for field in shown} for one in failed]}

    @functools.wraps(describe_execution)
    def describe_failed_items_too(self, context, execution_arn, **kwargs):
        return _failed_by_arn.get(execution_arn) or describe_execution(self, context, execution_arn, **kwargs)

    StepFunctionsProvider.list_executions = list_executions_of_map_runs_too
    StepFunctionsProvider.describe_execution = describe_failed_items_too


def pass_on_any_error() -> None:
    def error_name(name: str) -> ErrorName:
        return ErrorName(name) if name.startswith("States.") else CustomErrorName(name)

    state_fail.CustomErrorName = error_name
