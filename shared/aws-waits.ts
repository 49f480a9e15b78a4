/**
 * What clients of AWS say while they wait for an answer, and when they give up on an endpoint that is silent.
 *
 * The SDK's own retries stay as they are, and are counted in the lines. But an endpoint that takes connections and never
 * answers costs the idle limit in each of its attempts, and again in every retry of the step. So a request whose attempts
 * were silent for `silentMs` together ends with StoreTimeoutError, which steps do not retry.
 */
import { ConfigError, StoreTimeoutError } from './errors.ts';
import { Waiting } from './wait.ts';

export interface Patience {
  /** Attempts of a request, as the client is configured. */
  readonly attempts: number;
  /** Attempts that ended without any answer may take so long together, milliseconds. */
  readonly silentMs: number;
  /** A request of this age is spoken of: an answer takes some time where much is sent. */
  readonly firstLineMs: number;
}

export const PATIENCE: Patience = { attempts: 6, silentMs: 60_000, firstLineMs: 2_000 };

/** One request, in all its attempts. */
interface Sent {
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

/** The part of every client of the SDK that is used here. */
interface Client {
  readonly middlewareStack: {
    add(middleware: Middleware, options: { readonly step: 'initialize'; readonly name: string }): void;
    add(
      middleware: Middleware,
      options: { readonly step: 'finalizeRequest'; readonly priority: 'low'; readonly name: string },
    ): void;
  };
}

/** @param service what answers where a request names no bucket: `Step Functions` */
export function sayWaits(client: Client, service: string, patience: Patience = PATIENCE): void {
  // By the context that all middleware of one request shares.
  const requests = new WeakMap<object, Sent>();
  const limit = `${patience.attempts} attempts or ${patience.silentMs / 1000} s without an answer`;
  const whole: Middleware = (next, context) => async (request: Request) => {
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
  const attempt: Middleware = (next, context) => async (request: Request) => {
    const sent = requests.get(context)!;
    if (sent.attempts > 0) sent.waiting.failed(reasonOf(sent.failure));
    if (sent.silentMs >= patience.silentMs) throw silent(sent, context, request, service);
    sent.attempts += 1;
    const began = performance.now();
    try {
      return await next(request);
    } catch (error) {
      sent.failure = error;
      if (error instanceof Error && error.name === 'TimeoutError') sent.silentMs += performance.now() - began;
      throw error;
    }
  };
  client.middlewareStack.add(whole, { step: 'initialize', name: 'sayWaits' });
  // The SDK retries in the same step, at high priority: what is of low priority runs once for each attempt.
  client.middlewareStack.add(attempt, { step: 'finalizeRequest', priority: 'low', name: 'countAttempts' });
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
    `${place}: no region is set that AWS has (${cause.message}). Set AWS_REGION, such as AWS_REGION=eu-west-1, or choose a profile with one`,
    { cause },
  );

/** A code or name, and the status of an answer. Messages are left out: some quote what was sent. */
function reasonOf(failure: unknown): string {
  if (!(failure instanceof Error)) return 'it failed';
  const code = 'code' in failure && typeof failure.code === 'string' ? failure.code : failure.name;
  const { httpStatusCode } = ('$metadata' in failure ? failure.$metadata : {}) as { httpStatusCode?: number };
  return httpStatusCode === undefined ? code : `${code}, status ${httpStatusCode}`;
}

function silent(sent: Sent, context: object, request: Request, service: string): StoreTimeoutError {
  const seconds = Math.round(sent.silentMs / 1000);
  return new StoreTimeoutError(
    `${actionOf(context)} ${placeOf(request, service)}: no answer within ${seconds} s, in ${sent.attempts} attempts. ` +
      'Check AWS_ENDPOINT_URL, the network, and in a VPC its endpoint for the service; then run it again',
    { cause: sent.failure },
  );
}
