/** Runs executions in moto. `moto_account.py` explains the fields of a scenario. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { JsonValue } from '../../shared/json.ts';
import { runTool } from '../helpers/python-tools.ts';
import type { Answers } from './answers.ts';

export interface Scenario {
  readonly folder: string;
  readonly stack: string;
  readonly executions: readonly { readonly machine: string; readonly input: JsonValue }[];
  /** Machine → its functions' answers. Machines are called as their components are. */
  readonly answers: Readonly<Record<string, Answers>>;
  readonly lists: Readonly<Record<string, readonly JsonValue[]>>;
  readonly slots: number;
  readonly callSeconds: number;
}

const counts = z.record(z.string(), z.int());
const resultSchema = z.object({
  stack: z.object({ status: z.string(), resources: counts }),
  ends: z.array(z.object({ status: z.string(), error: z.string().nullable(), cause: z.string().nullable() })),
  /** Machine → status → number of executions. */
  executions: z.record(z.string(), counts),
  /** `machine/state` → number of calls that were not refused. */
  calls: counts,
  /** `machine/state` → number of clients that the payloads named. */
  clients: counts,
  /** `machine/Map` → size of the outputs of all of its items together, as JSON, in bytes. */
  mapBytes: counts,
  throttled: z.int(),
  mostAtOnce: z.int(),
});
export type Result = z.output<typeof resultSchema>;

const PROGRAM = fileURLToPath(new URL('moto_account.py', import.meta.url));

/** @param folder where the scenario's file is written */
export async function runInMoto(scenario: Scenario, folder: string): Promise<Result> {
  const file = join(folder, 'scenario.json');
  writeFileSync(file, JSON.stringify(scenario));
  const { status, stdout, stderr } = await runTool([PROGRAM, file], folder);
  if (status !== 0) throw new Error(`moto ended with status ${status}: ${stderr.slice(-4_000)}`);
  const line = stdout.trimEnd().split('\n').at(-1)!;
  return resultSchema.parse(JSON.parse(line));
}
