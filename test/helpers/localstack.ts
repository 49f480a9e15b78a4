/** Calls an emulator over the JSON protocols of the AWS services, and finds the processes that it has started. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { EMULATOR_ACCOUNT, EMULATOR_REGION } from '../../localstack/connection.ts';
import type { Emulator } from '../../localstack/emulator.ts';
import { defined } from '../../shared/defined.ts';

export interface Invoked {
  /** The name of the error that the function ended with; undefined when it answered. */
  readonly errorType?: string;
  readonly answer: unknown;
}

export interface ExecutionEnd {
  readonly status: string;
  readonly output: unknown;
  readonly error?: string;
}

export interface FunctionSettings {
  readonly name: string;
  /** The source of an ES module that exports `handler`. */
  readonly source: string;
  /** The timeout in seconds. */
  readonly timeout?: number;
  /** The memory in MiB. */
  readonly memory?: number;
}

/** Returns the options of an AWS SDK client for the emulator. */
export const clientOptions = ({ endpoint }: Emulator) => ({
  endpoint,
  region: EMULATOR_REGION,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** The emulator checks no roles, so any ARN will do. */
const ROLE = `arn:aws:iam::${EMULATOR_ACCOUNT}:role/test`;

/** Returns the header by which LocalStack finds the service. LocalStack reads the scope and does not check the signature. */
function authorization(service: string): string {
  const scope = `test/20300101/${EMULATOR_REGION}/${service}/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`;
}

/** Calls a service that has a JSON protocol, for example `states` with the target `AWSStepFunctions.StartExecution`. */
export async function callJson<T>(emulator: Emulator, service: string, target: string, body: object): Promise<T> {
  const response = await fetch(emulator.endpoint, {
    method: 'POST',
    headers: {
      authorization: authorization(service),
      'content-type': service === 'logs' ? 'application/x-amz-json-1.1' : 'application/x-amz-json-1.0',
      'x-amz-target': target,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${target} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}

async function callLambda(emulator: Emulator, path: string, body?: object): Promise<Response> {
  const headers = { authorization: authorization('lambda') };
  const request = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
  const response = await fetch(`${emulator.endpoint}/2015-03-31/functions${path}`, request);
  if (!response.ok) throw new Error(`Lambda ${path} answered ${response.status}: ${await response.text()}`);
  return response;
}

/** Creates a function and waits until it can be invoked. Returns its ARN. */
export async function deployFunction(emulator: Emulator, settings: FunctionSettings): Promise<string> {
  const created = await callLambda(emulator, '', {
    FunctionName: settings.name,
    Runtime: 'nodejs24.x',
    Role: ROLE,
    Handler: 'index.handler',
    Timeout: settings.timeout ?? 10,
    MemorySize: settings.memory ?? 128,
    Code: { ZipFile: zipOf({ 'index.mjs': settings.source }).toString('base64') },
  });
  const { FunctionArn } = (await created.json()) as { FunctionArn: string };
  await until(`function ${settings.name} is active`, async () => {
    const response = await callLambda(emulator, `/${settings.name}`);
    const found = (await response.json()) as { Configuration: { State: string; StateReason?: string } };
    if (found.Configuration.State === 'Failed') throw new Error(found.Configuration.StateReason);
    return found.Configuration.State === 'Active';
  });
  return FunctionArn;
}

export async function invoke(emulator: Emulator, name: string, event: object): Promise<Invoked> {
  const response = await callLambda(emulator, `/${name}/invocations`, event);
  const answer: unknown = await response.json();
  if (response.headers.get('x-amz-function-error') === null) return { answer };
  return { answer, errorType: (answer as { errorType: string }).errorType };
}

/** Creates a state machine. Returns its ARN. */
export async function deployStateMachine(emulator: Emulator, name: string, definition: object): Promise<string> {
  const { stateMachineArn } = await callJson<{ stateMachineArn: string }>(
    emulator,
    'states',
    'AWSStepFunctions.CreateStateMachine',
    { name, definition: JSON.stringify(definition), roleArn: ROLE },
  );
  return stateMachineArn;
}

/** Starts an execution and waits for its end. */
export async function execute(emulator: Emulator, stateMachineArn: string, input: object): Promise<ExecutionEnd> {
  const { executionArn } = await callJson<{ executionArn: string }>(
    emulator,
    'states',
    'AWSStepFunctions.StartExecution',
    { stateMachineArn, input: JSON.stringify(input) },
  );
  let end: { status: string; output?: string; error?: string } = { status: 'RUNNING' };
  await until(`execution ${executionArn} ends`, async () => {
    end = await callJson(emulator, 'states', 'AWSStepFunctions.DescribeExecution', { executionArn });
    return end.status !== 'RUNNING';
  });
  const { status, output, error } = end;
  return defined({
    status,
    output: output === undefined ? undefined : JSON.parse(output),
    error,
  });
}

/** Returns every line that a function has logged, the oldest first. A function without a line has no log group. */
export async function functionLogs(emulator: Emulator, name: string): Promise<string[]> {
  const logGroupName = `/aws/lambda/${name}`;
  const { logGroups } = await callJson<{ logGroups: { logGroupName: string }[] }>(
    emulator,
    'logs',
    'Logs_20140328.DescribeLogGroups',
    { logGroupNamePrefix: logGroupName },
  );
  if (!logGroups.some((group) => group.logGroupName === logGroupName)) return [];
  const { events } = await callJson<{ events: { message: string }[] }>(
    emulator,
    'logs',
    'Logs_20140328.FilterLogEvents',
    { logGroupName },
  );
  return events.map((event) => event.message);
}

/** The time to wait for a condition. An emulator with many functions on two cores delivers events half a minute late. */
const WAIT_MS = 120_000;

/** Checks the condition every 50 ms until it holds. @throws Error with the description when `timeoutMs` have passed */
export async function until(
  description: string,
  isTrue: () => boolean | Promise<boolean>,
  timeoutMs = WAIT_MS,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs / 1000} s: ${description}`);
    await sleep(50);
  }
}

/** Returns the ids of the running processes that have `text` in their command line (Linux). */
export function processesNaming(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && commandLine(name).includes(text))
    .map(Number);
}

function commandLine(pid: string): string {
  const path = `/proc/${pid}/cmdline`;
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  } catch {
    return ''; // The process has just ended.
  }
}

/** Returns a zip archive of the files, without compression (PKWARE APPNOTE 6.3.10, sections 4.3.7, 4.3.12, 4.3.16). */
export function zipOf(files: Readonly<Record<string, string>>): Buffer {
  const entries: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const name = Buffer.from(path);
    const data = Buffer.from(text);
    // The fields shared by the local header and the directory's entry: version 2.0, no flags, stored, 1980-01-01 00:00.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    entries.push(Buffer.from('PK\x03\x04'), common, name, data);
    // The last fields of the entry: no comment, disk 0, no internal attributes, a file that all may read, its offset.
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(0o100644 * 0x10000, 6);
    rest.writeUInt32LE(offset, 10);
    // The version names Unix as the maker, so the attributes are read as Unix permissions.
    directory.push(Buffer.from('PK\x01\x02\x14\x03'), common, rest, name);
    offset += 4 + common.length + name.length + data.length;
  }
  const count = Object.keys(files).length;
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...entries, ...directory, end]);
}
