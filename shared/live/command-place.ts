/** Finds the model of one job and client through the client's configuration, for the commands on live models. */
import * as z from 'zod';
import { configNode } from '../activation/nodes.ts';
import { commonSchema } from '../config/common-settings.ts';
import type { ConfigRoot } from '../config/config-root.ts';
import { readConfig } from '../config/read-config.ts';
import { factsOf } from '../config/settings.ts';
import type { HandlerEnvironment } from '../job/configure.ts';
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import type { JsonValue } from '../json.ts';
import { qualityGateOf } from '../verdict/quality-settings.ts';
import type { QualityGate } from '../verdict/verdict.ts';
import type { CommandPlace } from './commands.ts';
import type { LiveTable } from './live-table.ts';

/** The stores and the configuration root that the commands work with. */
export interface LiveEnvironment extends Pick<HandlerEnvironment, 'openStore' | 'openConfigRoot'> {
  readonly configRoot: string | undefined;
  /** Settings that override those of the clients' nodes: the roots, and the database of a table. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly jobs: readonly AnyJob[];
  readonly now?: () => Date;
}

/** The settings that say in which store a model lies and how it goes live. */
const placeSettings = commonSchema.pick({
  outputPath: true,
  activationScheme: true,
  registerClient: true,
  keepVersions: true,
});
/** `gateQuality` is a setting of some jobs only. */
const PLACE_SETTINGS = [...Object.keys(placeSettings.shape), 'gateQuality'];

export interface CommandPlaceOfJob extends CommandPlace {
  /** Undefined for a job whose models are not evaluated. */
  readonly gateQuality: QualityGate | undefined;
  /** The settings that were read. For a job that fills a table they include the secrets that open the database. */
  readonly tableSettings: Readonly<Record<string, unknown>>;
}

/** Reads the client's node. @throws ConfigError for a wrong value of a setting that the commands need */
export async function placeOf(
  root: ConfigRoot,
  client: string,
  job: AnyJob,
  { settings, openStore }: LiveEnvironment,
): Promise<CommandPlaceOfJob> {
  const path = configNode(client, job.name);
  // Only runs need the node's other settings, so an error in one of them must not stop a command.
  const shape = job.settings.shape as Readonly<Record<string, z.ZodType>>;
  const secrets = Object.keys(shape).filter((name) => factsOf(shape[name]!).secret);
  const own = PLACE_SETTINGS.filter((name) => name in shape);
  const names = job.afterPublish?.table === undefined ? own : [...own, ...secrets];
  const needed = names.map((name) => [name, shape[name]!] as const);
  const read = readConfig({
    schema: z.object(Object.fromEntries(needed)),
    jobName: job.name,
    node: { path: `${path} (${root.describe})`, text: (await root.read(path))?.data },
    overrides: Object.fromEntries(Object.entries(settings).filter(([name]) => names.includes(name))),
  });
  const { outputPath, activationScheme, registerClient, keepVersions } = placeSettings.parse(read.settings);
  return {
    root,
    client,
    node: modelsNodeOf(job) as string,
    store: await openStore(outputPath),
    registerClient,
    keepVersions,
    jobFolder: job.writes,
    scheme: activationScheme,
    gateQuality: qualityGateOf(read.settings),
    openStore,
    tableSettings: read.settings,
  };
}

/** Opens the table that the job fills. Undefined when the client's configuration names no database. */
export async function openTable(job: AnyJob, { tableSettings }: CommandPlaceOfJob): Promise<LiveTable | undefined> {
  const after = job.afterPublish;
  return after?.table !== undefined && after.isWanted(tableSettings) ? after.table(tableSettings) : undefined;
}
