/**
 * Runs inside a function's process: loads the handler, then answers one invocation after another.
 *
 * `node_process_executor/function_process.py` describes the messages between the emulator and this process: JSON, one message
 * on each line, over an inherited socket. This script imitates what a function sees of Lambda's `nodejs24.x`: the environment,
 * the context, the log format, the names of errors. The emulator strips the types once, when it starts.
 */
import { statSync } from 'node:fs';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

interface Invocation {
  readonly id: string;
  readonly arn: string;
  readonly trace?: string;
  /** Milliseconds since 1970. */
  readonly deadline: number;
  /** JSON. */
  readonly payload: string;
}

interface LambdaError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

type Handler = (event: unknown, context: object) => unknown;

const FATAL_EXIT_STATUS = 129;
const socket = new Socket({ fd: Number(required('FUNCTION_SOCKET')), readable: true, writable: true });
delete process.env.FUNCTION_SOCKET;
let current: string | undefined;

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: this script is started by the emulator only`);
  return value;
}

function send(message: object): Promise<void> {
  return new Promise((sent) => socket.write(`${JSON.stringify(message)}\n`, () => sent()));
}

function describe(thrown: unknown): LambdaError {
  if (thrown instanceof Error) {
    return { errorType: thrown.name, errorMessage: thrown.message, trace: (thrown.stack ?? '').split('\n') };
  }
  return { errorType: typeof thrown, errorMessage: format(thrown), trace: [] };
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** Makes the console as Lambda has it: one event on each line, as text with tabs or as JSON, with the id of the invocation. */
function replaceConsole(): void {
  const asJson = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
  const line = (level: string, values: unknown[]) => {
    const timestamp = new Date().toISOString();
    if (!asJson) return `${timestamp}\t${current}\t${level}\t${format(...values).replaceAll('\n', '\r')}`;
    return JSON.stringify({ timestamp, level, requestId: current, message: format(...values) });
  };
  for (const method of ['log', 'info', 'debug', 'warn', 'error', 'trace'] as const) {
    const level = method === 'log' ? 'INFO' : method.toUpperCase();
    console[method] = (...values: unknown[]) => void process.stdout.write(`${line(level, values)}\n`);
  }
}

async function loadHandler(): Promise<Handler> {
  const handler = required('_HANDLER');
  const dot = handler.lastIndexOf('.');
  const [module, name] = [handler.slice(0, dot), handler.slice(dot + 1)];
  const path = resolve(required('LAMBDA_TASK_ROOT'), module);
  const file = ['', '.js', '.mjs', '.cjs']
    .map((extension) => path + extension)
    .find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile());
  if (file === undefined) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${module}'`);
  const exported = await import(pathToFileURL(file).href);
  const found: unknown = exported[name] ?? exported.default?.[name];
  if (typeof found !== 'function') {
    throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  }
  if (found.length > 2) {
    throw named(
      'Runtime.CallbackHandlerDeprecated',
      `${handler} takes a callback: Node 24 on Lambda has no such handlers`,
    );
  }
  return found as Handler;
}

function contextOf(invocation: Invocation): object {
  return {
    awsRequestId: invocation.id,
    invokedFunctionArn: invocation.arn,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    getRemainingTimeInMillis: () => Math.max(0, invocation.deadline - Date.now()),
  };
}

async function serve(handler: Handler, invocation: Invocation): Promise<void> {
  current = invocation.id;
  if (invocation.trace) process.env._X_AMZN_TRACE_ID = invocation.trace;
  try {
    const event: unknown = JSON.parse(invocation.payload || '{}');
    const result = await handler(event, contextOf(invocation));
    // JSON has no undefined: a handler that returns nothing answers null.
    await send({ type: 'response', body: JSON.stringify(result) ?? 'null' });
  } catch (thrown) {
    const body = JSON.stringify(describe(thrown));
    console.error('Invoke Error', body);
    await send({ type: 'error', body });
  }
  current = undefined;
}

/** Answers the current invocation with an error that nothing caught, and ends the process. */
async function end(thrown: unknown): Promise<void> {
  const body = JSON.stringify(describe(thrown));
  console.error('Uncaught Exception', body);
  if (current !== undefined) await send({ type: 'error', body });
  process.exit(FATAL_EXIT_STATUS);
}

async function main(): Promise<void> {
  socket.on('error', () => process.exit());
  socket.on('close', () => process.exit()); // The emulator has ended.
  replaceConsole();
  let handler: Handler;
  try {
    handler = await loadHandler();
  } catch (thrown) {
    await send({ type: 'initError', error: describe(thrown) });
    process.exit(1);
  }
  process.on('uncaughtException', end);
  process.on('unhandledRejection', (reason) =>
    end(named('Runtime.UnhandledPromiseRejection', describe(reason).errorMessage)),
  );
  let unread = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (unread + chunk).split('\n');
    unread = lines.pop() ?? '';
    for (const line of lines) void serve(handler, JSON.parse(line));
  });
  await send({ type: 'ready' });
}

await main();
