"""Runs executions in moto, an emulator of AWS, with stubs in place of the functions: python moto_account.py SCENARIO

SCENARIO is a file with this JSON, and the result is printed as JSON (test/second-emulator/moto.ts has both types):

    folder, stack    a folder as `cdk synth` writes it, and the name of its stack
    executions       [{machine, input}]: what is started, one after another
    answers          machine -> state -> the function's answers, one for each visit of an execution; the last one stays
                     (executions of one machine that hand over to each other count as one)
    lists            key -> the JSON list of that key in the bucket `lists`
    slots            how many functions run at once; a further call gets TooManyRequestsException
    callSeconds      how long a call takes

The stack is created by moto's CloudFormation from the template, and the executions run the machines of that stack. Waits and
pauses before a retry take a thousandth of their time.
"""

import collections
import json
import logging
import os
import pathlib
import re
import sys
import threading
import time
import types
import uuid

os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="us-east-1")

import boto3  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from moto import mock_aws  # noqa: E402
from moto.stepfunctions.models import stepfunctions_backends  # noqa: E402
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback  # noqa: E402
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (  # noqa: E402
    StateTaskServiceLambda,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (  # noqa: E402
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction  # noqa: E402

FASTER = 1000
ACCOUNT = "123456789012"
ASSETS = f"cdk-hnb659fds-assets-{ACCOUNT}-us-east-1"
POLL_SECONDS = 0.02
STARTED_BY = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"
LIMIT_SECONDS = 400


class Functions:
    """All functions of the account: they answer as the scenario says, and share its slots."""

    def __init__(self, scenario):
        self.answers, self.slots, self.call_seconds = scenario["answers"], scenario["slots"], scenario["callSeconds"]
        self.lock = threading.Lock()
        self.running = self.most = self.throttled = 0
        self.visits = collections.Counter()
        self.first = {}
        self.calls = collections.Counter()
        self.clients = collections.defaultdict(set)
        self.map_bytes = collections.Counter()

    def first_of(self, execution):
        """Returns the execution that began a chain of executions of one machine, which hand over to each other."""
        parent = (execution["Input"] or {}).get(STARTED_BY)
        of_machine = execution["Id"].rsplit(":", 1)[0]
        with self.lock:
            if parent is None or parent.rsplit(":", 1)[0] != of_machine:
                return execution["Id"]
            return self.first.setdefault(execution["Id"], self.first.get(parent, parent))

    def call(self, machine, execution, state, payload):
        with self.lock:
            if self.running >= self.slots:
                self.throttled += 1
                raise throttled()
            self.running += 1
            self.most = max(self.most, self.running)
            self.calls[f"{machine}/{state}"] += 1
            visit = self.visits[execution, state]
            self.visits[execution, state] += 1
            if isinstance(payload.get("client"), str):
                self.clients[f"{machine}/{state}"].add(payload["client"])
        time.sleep(self.call_seconds)
        with self.lock:
            self.running -= 1
        answers = self.answers[machine][state]
        return answers[min(visit, len(answers) - 1)]


def throttled():
    response = {
        "Error": {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."},
        "ResponseMetadata": {"HTTPStatusCode": 429, "RequestId": "test"},
    }
    return ClientError(response, "Invoke")


def use_stubs(functions, stack):
    """Puts the stubs in place of Lambda, shortens waits, and repairs what moto does differently from AWS."""

    def invoke(self, env, resource_runtime_part, normalised_parameters, state_credentials):
        context = env.states.context_object.context_object_data
        machine = context["StateMachine"]["Name"].removeprefix(f"{stack}-")
        item = (context.get("Map") or {}).get("Item", {}).get("Index")
        payload = json.loads(normalised_parameters["Payload"])
        answer = functions.call(machine, (functions.first_of(context["Execution"]), item), self.name, payload)
        env.stack.append({"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": answer})

    # A nested execution's parameters and answer are spelled with other first letters by the service and by boto.
    def to_boto(self, parameters, boto_service_name=None, service_action_name=None):
        parameters.setdefault("Name", str(uuid.uuid4()))
        for key in list(parameters):
            value = parameters.pop(key)
            as_text = key == "Input" and not isinstance(value, str)
            parameters[key[0].lower() + key[1:]] = json.dumps(value) if as_text else value

    def from_boto(self, response, boto_service_name=None, service_action_name=None):
        for key in list(response):
            value = response.pop(key)
            response[key[0].upper() + key[1:]] = value.timestamp() if hasattr(value, "timestamp") else value

    # AWS ends an execution when the outputs of a Map's items have more than 262,144 bytes together. moto does not look at them.
    evaluate = StateMap._eval_execution

    def measured(self, env):
        evaluate(self, env)
        machine = env.states.context_object.context_object_data["StateMachine"]["Name"].removeprefix(f"{stack}-")
        size = len(json.dumps(env.stack[-1], separators=(",", ":")).encode())
        with functions.lock:
            functions.map_bytes[f"{machine}/{self.name}"] = max(size, functions.map_bytes[f"{machine}/{self.name}"])

    StateMap._eval_execution = measured
    StateTaskServiceLambda._eval_service_task = invoke
    StateTaskServiceSfn._normalise_parameters = to_boto
    StateTaskServiceSfn._normalise_response = from_boto
    WaitFunction._wait_interval = lambda self, env, wait_seconds: time.sleep(wait_seconds / FASTER)
    retrier_decl.time = types.SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / FASTER))
    state_task_service_callback._DELAY_SECONDS_SYNC_CONDITION_CHECK = POLL_SECONDS


def substituted(template):
    """Writes the substitutions of machines as Fn::Join, which means the same, because moto does not know them."""
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::StepFunctions::StateMachine" and "DefinitionSubstitutions" in properties:
            values = properties.pop("DefinitionSubstitutions")
            parts = re.split(r"\$\{(\w+)\}", properties["DefinitionString"])
            properties["DefinitionString"] = {
                "Fn::Join": ["", [values[part] if at % 2 else part for at, part in enumerate(parts)]]
            }
    return template


def create_stack(folder, stack):
    """Uploads the assets and creates the stack. Returns its status, and how many resources of each type moto made."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=ASSETS)
    boto3.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    for manifest in folder.glob("*.assets.json"):
        for asset in json.loads(manifest.read_text())["files"].values():
            source = folder / asset["source"]["path"]
            is_template = source.name.endswith(".template.json")
            body = json.dumps(substituted(json.loads(source.read_text()))) if is_template else "code"
            for destination in asset["destinations"].values():
                s3.put_object(Bucket=ASSETS, Key=destination["objectKey"], Body=body)
    s3.put_object(Bucket=ASSETS, Key="stack", Body=json.dumps(substituted(json.loads((folder / f"{stack}.template.json").read_text()))))
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(
        StackName=stack, TemplateURL=f"https://{ASSETS}.s3.amazonaws.com/stack", Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    made = collections.Counter()
    for one in cloudformation.describe_stacks()["Stacks"]:
        for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=one["StackName"]):
            made.update(resource["ResourceType"] for resource in page["StackResourceSummaries"])
    return status, made


def machines_of_stack(states):
    """Gives the stack's machines to moto's interpreter, which keeps machines of its own. Returns name -> ARN."""
    made = stepfunctions_backends[ACCOUNT]["us-east-1"].state_machines
    return {
        one.name: states.create_state_machine(name=one.name, definition=one.definition, roleArn=one.roleArn)["stateMachineArn"]
        for one in made
    }


def run(states, arn, given):
    execution = states.start_execution(stateMachineArn=arn, input=json.dumps(given))["executionArn"]
    begun = time.monotonic()
    while True:
        now = states.describe_execution(executionArn=execution)
        if now["status"] != "RUNNING":
            return {key: now.get(key) for key in ("status", "error", "cause")}
        if time.monotonic() - begun > LIMIT_SECONDS:
            return {"status": "STILL RUNNING", "error": None, "cause": None}
        time.sleep(POLL_SECONDS)


def main(scenario):
    logging.disable(logging.CRITICAL)
    stack = scenario["stack"]
    functions = Functions(scenario)
    use_stubs(functions, stack)
    with mock_aws(config={"lambda": {"use_docker": False}, "stepfunctions": {"execute_state_machine": True}}):
        status, made = create_stack(pathlib.Path(scenario["folder"]), stack)
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="lists")
        for key, items in scenario["lists"].items():
            s3.put_object(Bucket="lists", Key=key, Body=json.dumps(items))
        states = boto3.client("stepfunctions")
        arns = machines_of_stack(states)
        ends = [run(states, arns[f"{stack}-{one['machine']}"], one["input"]) for one in scenario["executions"]]
        counted = {
            name.removeprefix(f"{stack}-"): collections.Counter(
                one["status"] for page in states.get_paginator("list_executions").paginate(stateMachineArn=arn) for one in page["executions"]
            )
            for name, arn in arns.items()
        }
    return {
        "stack": {"status": status, "resources": made},
        "ends": ends,
        "executions": counted,
        "calls": functions.calls,
        "clients": {state: len(names) for state, names in functions.clients.items()},
        "mapBytes": functions.map_bytes,
        "throttled": functions.throttled,
        "mostAtOnce": functions.most,
    }


print(json.dumps(main(json.loads(pathlib.Path(sys.argv[1]).read_text()))))
# Threads of moto that poll are not awaited.
sys.stdout.flush()
os._exit(0)
