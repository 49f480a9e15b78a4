/** The types of a state machine in Amazon States Language. */
import { isRecord, type JsonValue } from '../json.ts';

export type State = { readonly [key: string]: JsonValue | undefined };
export type StateMachine = {
  readonly Comment: string;
  readonly StartAt: string;
  readonly States: { readonly [name: string]: State };
};

/** A machine, or a part of one with its own states: the processor of a Map, or a branch of a Parallel. */
export type States = Pick<StateMachine, 'StartAt' | 'States'>;

/** True for a value with its own states. */
export const isStates = (value: JsonValue | undefined): value is States =>
  isRecord(value) && typeof value.StartAt === 'string' && isRecord(value.States);
