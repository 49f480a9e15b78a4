/**
 * The golden files of work areas: a hash of the objects of each step of a job, for one version of the job and one format of
 * the work area. A run may be resumed by another build, which reads what this one wrote. Therefore the objects may change only
 * with the version or with the format, of which no other build resumes a run.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { AnyJob } from '../../shared/job/job.ts';
import { isShardList, planFolder, planKey, planName } from '../../shared/store/keys.ts';
import type { JsonRecord } from '../../shared/store/sealed.ts';
import { readGolden, withCure } from './golden.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));

interface GoldenWorkArea {
  readonly version: number;
  /** The name of a plan, which has the format at its end. */
  readonly plan: string;
  /** Step → hash of its objects; `plan` → hash of the names of the plan's fields. */
  readonly objects: Readonly<Record<string, string>>;
}

/**
 * Compares the work area of a run in one shard with its golden file. A missing file, and one of another version or format, is
 * written, unless `CI` is set. Otherwise the file is never overwritten, not even with `--update`.
 *
 * @param work key, relative to the run's folder → bytes
 */
export function expectGoldenWorkArea(job: AnyJob, work: ReadonlyMap<string, Uint8Array>): void {
  const path = `test/golden/work-areas/${job.name}.json`;
  const found: GoldenWorkArea = { version: job.version, plan: planName(1), objects: hashesOf(work) };
  const file = join(project, path);
  const golden = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as GoldenWorkArea) : undefined;
  const isOther = golden?.version !== found.version || golden.plan !== found.plan;
  if (isOther && !process.env.CI) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
    process.stderr.write(`${path} was written: commit it\n`);
  }
  const cure =
    `Another build could resume a run and misread these objects. If the change is wanted, raise the job's version in ` +
    `functions/${job.name}/job.ts; for a change of all jobs' objects raise WORK_FORMAT in shared/store/keys.ts. Then run ` +
    "'npm test -- test/contract/job.test.ts', which writes the file anew.";
  withCure(cure, () => expect(found, path).toEqual(JSON.parse(readGolden(path).toString())));
}

function hashesOf(work: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  const plan = planName(1);
  const folder = planFolder(plan);
  const steps = new Map<string, ReturnType<typeof createHash>>();
  for (const key of [...work.keys()].sort()) {
    if (!key.startsWith(folder)) continue;
    const step = key.slice(folder.length).split('/')[0]!.replace(/-\d+$/, '');
    const hash = steps.get(step) ?? createHash('sha256');
    steps.set(step, hash.update(`${key}\n`).update(isShardList(key) ? fieldsOf(work.get(key)!) : work.get(key)!));
  }
  const digests = [...steps].map(([step, hash]) => [step, hash.digest('hex')] as const);
  const fields = createHash('sha256').update(fieldsOf(work.get(planKey(plan))!));
  return { plan: fields.digest('hex'), ...Object.fromEntries(digests) };
}

/** Returns the names of a JSON object's fields, or of those of a list's entries. Their values depend on the machine's zlib. */
function fieldsOf(json: Uint8Array): string {
  const value = JSON.parse(new TextDecoder().decode(json)) as JsonRecord | readonly JsonRecord[];
  const names = [value].flat().flatMap((entry) => Object.keys(entry));
  return JSON.stringify([...new Set(names)].sort());
}
