/**
 * Clients of AWS report that they wait for an answer, and give up on an endpoint that is silent.
 *
 * The SDK's own retries stay as they are, and the reports count them. But an endpoint that accepts connections and never
 * answers costs the idle limit in each attempt, and again in every retry of the step. A request whose attempts were silent
 * for `silentMs` altogether therefore ends with StoreTimeoutError, which steps do not retry.
 */
import { ConfigError, StoreTimeoutError } from './errors.ts';
import { Waiting } from './wait.ts';

export interface Patience {
  /** The number of attempts of a request for which the client is configured. */
  readonly attempts: number;
  /** The longest total time of the attempts that ended without any answer. Milliseconds. */
  readonly silentMs: number;
  /** The age at which a request is first reported. A request that sends much data takes longer than others. Milliseconds. */
  readonly firstLineMs: number;
}

export const PATIENCE: Patience = { attempts: 6, silentMs: 60_000, firstLineMs: 2_000 };

/** One request with all its attempts. */
interface Tries {
  readonly waiting: Waiting;
  attempts: number;
  silentMs: number;
  failure: unknown;
}

interface Request {
  readonly input: object;
}
// biome-ignore lint/suspicious/noExplicitAny: each client has types of its own for what goes through its middleware
type Next = (request: any) => Promise<any>;
type Middleware = (next: Next, context: object) => Next;

/** The part of an SDK client that this module uses. */
interface Client {
  readonly middlewareStack: {
    add(middleware: Middleware, options: { readonly step: 'initialize'; readonly name: string }): void;
    add(
      middleware: Middleware,
      options: { readonly step: 'finalizeRequest'; readonly priority: 'low'; readonly name: string },
    ): void;
  };
}

/**
 * Lets a client report its waits.
 * @param service the name in messages of a service whose requests name no bucket: `Step Functions`
 */
export function sayWaits(client: Client, service: string, patience: Patience = PATIENCE): void {
  // The keys are contexts: all middleware of one request shares one context.
  const requests = new WeakMap<object, Tries>();
  const limit = `${patience.attempts} attempts or ${patience.silentMs / 1000} s without an answer`;
  const reportRequest: Middleware = (next, context) => async (request: Request) => {
    const { attempts, firstLineMs } = patience;
    const waiting = new Waiting(placeOf(request, service), { action: actionOf(context), limit, attempts, firstLineMs });
    requests.set(context, { waiting, attempts: 0, silentMs: 0, failure: undefined });
    try {
      return await next(request);
    } catch (error) {
      throw withoutRegion(error) ? noRegion(placeOf(request, service), error as Error) : error;
    } finally {
      waiting[Symbol.dispose]();
    }
  };
  const countAttempt: Middleware = (next, context) => async (request: Request) => {
    const tries = requests.get(context)!;
    if (tries.attempts > 0) tries.waiting.failed(reasonOf(tries.failure));
    if (tries.silentMs >= patience.silentMs) throw silent(tries, context, request, service);
    tries.attempts += 1;
    const began = performance.now();
    try {
      return await next(request);
    } catch (error) {
      tries.failure = error;
      if (error instanceof Error && error.name === 'TimeoutError') tries.silentMs += performance.now() - began;
      throw error;
    }
  };
  client.middlewareStack.add(reportRequest, { step: 'initialize', name: 'sayWaits' });
  // The SDK retries in the same step at high priority, so middleware of low priority runs once for each attempt.
  client.middlewareStack.add(countAttempt, { step: 'finalizeRequest', priority: 'low', name: 'countAttempts' });
}

const placeOf = ({ input }: Request, service: string): string =>
  'Bucket' in input && typeof input.Bucket === 'string' ? `s3://${input.Bucket}` : service;

/** `GetObjectCommand` → `GetObject`. */
const actionOf = (context: object): string =>
  'commandName' in context ? String(context.commandName).replace(/Command$/, '') : 'request';

const withoutRegion = (error: unknown): boolean =>
  error instanceof Error && /^Region (is missing|not accepted)/.test(error.message);

const noRegion = (place: string, cause: Error): ConfigError =>
  new ConfigError(
    `${place}: no region of AWS is set (${cause.message}). Set AWS_REGION, such as AWS_REGION=eu-west-1, or choose a profile with a region`,
    { cause },
  );

/** Returns an error's code or name, and the status of the answer. Its message is left out, because it may quote the request. */
function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return 'it failed';
  const code = 'code' in failure && typeof failure.code === 'string' ? failure.code : failure.name;
  const { httpStatusCode } = ('$metadata' in failure ? failure.$metadata : {}) as { httpStatusCode?: number };
  return httpStatusCode === undefined ? code : `${code}, status ${httpStatusCode}`;
}

function silent(tries: Tries, context: object, request: Request, service: string): StoreTimeoutError {
  const seconds = Math.round(tries.silentMs / 1000);
  return new StoreTimeoutError(
    `${actionOf(context)} ${placeOf(request, service)}: no answer within ${seconds} s, in ${tries.attempts} attempts. ` +
      'Check AWS_ENDPOINT_URL, the network, and in a VPC its endpoint for the service; then run it again',
    { cause: tries.failure },
  );
}
