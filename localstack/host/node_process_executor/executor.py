"""LocalStack's side of one execution environment: a function process, kept warm between invocations."""

import json
import logging
import os
import shutil
import time
from datetime import datetime, timezone
from pathlib import Path

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from node_process_executor import settings
from node_process_executor.function_process import FunctionProcess, ProcessEnded

LOG = logging.getLogger(__name__)

_HOST = "127.0.0.1"
# Lambda's limit on a synchronous answer.
_MOST_RESPONSE_BYTES = 6 * 1024 * 1024
# Lambda leaves the rest to Node.
_HEAP_SHARE_OF_MEMORY = 0.9


class NodeProcessExecutor(RuntimeExecutor):
    """The environment outlives its process: after a crash or a timeout the next invocation starts a new one."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id=id, function_version=function_version)
        self._process: FunctionProcess | None = None
        self._environment: dict[str, str] = {}
        # Each environment has a temporary folder of its own, which is removed with it.
        self._temporary = settings.STATE / "environments" / id
        self._log = settings.STATE / "function-logs" / f"{id}.log"

    # ---- life ------------------------------------------------------------------------------------------------------

    def start(self, env_vars: dict[str, str]) -> None:
        """Starts the environment. Raises StatusErrorException with Lambda's error as payload when the function does not load."""
        runtime = str(self.function_version.config.runtime)
        if not runtime.startswith("nodejs"):
            raise ValueError(f"runtime {runtime}: the host-process mode runs Node functions only; use LOCALSTACK=docker")
        self._temporary.mkdir(parents=True, exist_ok=True)
        self._log.parent.mkdir(parents=True, exist_ok=True)
        basis = {"PATH": os.environ["PATH"], "LANG": "en_US.UTF-8"}
        given = {name: str(value) for name, value in env_vars.items()}
        ours = {
            "LAMBDA_TASK_ROOT": str(self.function_version.config.code.get_unzipped_code_location()),
            "LAMBDA_RUNTIME_DIR": str(Path(settings.RUNTIME).parent),
            "TZ": "UTC",
            "HOME": str(self._temporary),
            "TMPDIR": str(self._temporary),
        }
        self._environment = basis | given | ours
        self._start_process()

    def _start_process(self) -> FunctionProcess:
        heap_mb = int(self.function_version.config.memory_size * _HEAP_SHARE_OF_MEMORY)
        command = [settings.NODE, f"--max-old-space-size={heap_mb}", settings.RUNTIME]
        process = FunctionProcess(command, self._environment["LAMBDA_TASK_ROOT"], self._environment, self._log)
        try:
            answer = process.hear(time.monotonic() + config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT)
        except ProcessEnded:
            answer = {"error": _error("Runtime.ExitError", f"Runtime exited with error: {process.how_it_ended()}")}
        except TimeoutError:
            seconds = config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT
            answer = {"error": _error("Sandbox.Timedout", f"The function did not load within {seconds} s")}
        if "error" in answer:
            process.kill()
            LOG.warning(
                "%s did not load: %s\n%s", self.function_version.id.function_name, answer["error"], self.get_logs()
            )
            raise StatusErrorException("The function did not load", payload=json.dumps(answer["error"]).encode())
        self._process = process
        return process

    def stop(self) -> None:
        self._end_process()
        shutil.rmtree(self._temporary, ignore_errors=True)
        self._log.unlink(missing_ok=True)

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()

    # ---- invocations -----------------------------------------------------------------------------------------------

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        request = payload["invoke-id"]
        log_start = self._log.stat().st_size if self._log.exists() else 0
        self._write_log(f"START RequestId: {request} Version: {self.function_version.id.qualifier}\n")
        began = time.monotonic()
        is_error, body, memory_mb = self._ask(payload)
        ms = (time.monotonic() - began) * 1000
        self._write_log(
            f"END RequestId: {request}\nREPORT RequestId: {request}\tDuration: {ms:.2f} ms\t"
            f"Billed Duration: {int(ms) + 1} ms\tMemory Size: {self.function_version.config.memory_size} MB\t"
            f"Max Memory Used: {memory_mb} MB\n"
        )
        with open(self._log, "rb") as log:
            log.seek(log_start)
            logs = log.read().decode("utf-8", "replace")
        return InvocationResult(request, body, is_error=is_error, logs=logs)

    def _ask(self, payload: dict[str, str]) -> tuple[bool, bytes, int]:
        """Returns if the invocation failed, the answer or error as JSON, and the process's memory in MiB."""
        request, timeout = payload["invoke-id"], int(self.function_version.config.timeout)
        process = self._process
        if process is None or process.has_ended:
            self._end_process()
            try:
                process = self._start_process()
            except StatusErrorException as error:
                return True, error.payload, 0
        # As on AWS, loading the function does not count towards its timeout.
        deadline = time.monotonic() + timeout
        question = {
            "id": request,
            "arn": payload["invoked-function-arn"],
            "trace": payload.get("trace-id"),
            "deadline": int(time.time() * 1000) + timeout * 1000,
            "payload": payload["payload"],
        }
        try:
            process.tell(question, deadline)
            answer = process.hear(deadline)
        except TimeoutError:
            memory_mb = process.peak_memory_mb()
            self._end_process()
            text = f"Task timed out after {timeout:.2f} seconds"
            self._write_log(f"{datetime.now(timezone.utc).isoformat()} {request} {text}\n")
            return True, _error_body("Sandbox.Timedout", f"RequestId: {request} Error: {text}"), memory_mb
        except ProcessEnded:
            how = process.how_it_ended()
            self._end_process()
            text = f"RequestId: {request} Error: Runtime exited with error: {how}"
            self._write_log(f"{text}\n")
            return True, _error_body("Runtime.ExitError", text), 0
        body = answer["body"].encode()
        if len(body) > _MOST_RESPONSE_BYTES:
            text = f"Response payload size exceeded maximum allowed payload size ({_MOST_RESPONSE_BYTES} bytes)."
            return True, _error_body("Function.ResponseSizeTooLarge", text), process.peak_memory_mb()
        return answer["type"] == "error", body, process.peak_memory_mb()

    # ---- logs ------------------------------------------------------------------------------------------------------

    def _write_log(self, text: str) -> None:
        with open(self._log, "ab") as log:
            log.write(text.encode())

    def get_logs(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    # ---- other methods of LocalStack's executors --------------------------------------------------------------------

    def get_address(self) -> str:
        return _HOST

    def get_endpoint_from_executor(self) -> str:
        return _HOST

    def get_runtime_endpoint(self) -> str:
        return f"http://{_HOST}:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Removes nothing: only the code on disk was prepared, and LocalStack removes that."""

    @classmethod
    def validate_environment(cls) -> bool:
        return os.access(settings.NODE, os.X_OK)


def _error(name: str, message: str) -> dict[str, str]:
    return {"errorType": name, "errorMessage": message}


def _error_body(name: str, message: str) -> bytes:
    return json.dumps(_error(name, message)).encode()
