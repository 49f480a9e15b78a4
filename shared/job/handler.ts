/** A handler of a job, and the event that it gets. */
import type { JsonValue } from '../json.ts';
import type { HandlerEnvironment } from './configure.ts';
import type { RunInput } from './gather.ts';
import type { RunRef } from './run.ts';

export interface HandlerEvent {
  readonly input?: RunInput;
  readonly run?: RunRef;
  readonly step?: string;
  readonly shard?: { readonly index: number; readonly [key: string]: JsonValue };
  readonly iteration?: number;
  /** For a loop that may hand over, the number of rounds that its execution has begun. */
  readonly rounds?: number;
  readonly requestedAt?: string;
  /** The build that the machine's definition was deployed with. Only `configure` gets it. */
  readonly build?: string;
}

export type Handler = (event: HandlerEvent, environment: HandlerEnvironment) => Promise<JsonValue>;
