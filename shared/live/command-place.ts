/** Where the model of one job and client lies, as the client's configuration says: what the commands on live models work on. */
import * as z from 'zod';
import { configNode } from '../activation/nodes.ts';
import { commonSettings } from '../config/common-settings.ts';
import type { ConfigRoot } from '../config/config-root.ts';
import { readConfig } from '../config/read-config.ts';
import { factsOf } from '../config/settings.ts';
import type { HandlerEnvironment } from '../job/configure.ts';
import { type AnyJob, modelsNodeOf } from '../job/job.ts';
import type { JsonValue } from '../json.ts';
import type { CommandPlace } from './commands.ts';
import type { LiveTable } from './live-table.ts';

/** Where models and configurations are. */
export interface LiveEnvironment extends Pick<HandlerEnvironment, 'openStore' | 'openConfigRoot'> {
  readonly configRoot: string | undefined;
  /** Win over the clients' nodes: the roots, and for a table its database. */
  readonly settings: Readonly<Record<string, JsonValue>>;
  readonly jobs: readonly AnyJob[];
  readonly now?: () => Date;
}

/** The settings that say where a model lies and how it goes live. */
const placeSettings = z.object({
  outputPath: commonSettings.outputPath,
  activationScheme: commonSettings.activationScheme,
  registerClient: commonSettings.registerClient,
  keepVersions: commonSettings.keepVersions,
});
const PLACE_SETTINGS = Object.keys(placeSettings.shape);

export interface CommandPlaceOfJob extends CommandPlace {
  /** Of a job that fills a table: what opens it, secrets among them. */
  readonly tableSettings: Readonly<Record<string, unknown>>;
}

/** Reads the client's node. @throws ConfigError for a setting that is needed here and is wrong */
export async function placeOf(
  root: ConfigRoot,
  client: string,
  job: AnyJob,
  { settings, openStore }: LiveEnvironment,
): Promise<CommandPlaceOfJob> {
  const path = configNode(client, job.name);
  // What else the node says is the runs' business, and need not be right here.
  const shape = job.settings.shape as Readonly<Record<string, z.ZodType>>;
  const secrets = Object.keys(shape).filter((name) => factsOf(shape[name]!).secret);
  const names = job.afterPublish?.table === undefined ? PLACE_SETTINGS : [...PLACE_SETTINGS, ...secrets];
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
    openStore,
    tableSettings: read.settings,
  };
}

/** Undefined where the client's configuration names no database. */
export async function openTable(job: AnyJob, { tableSettings }: CommandPlaceOfJob): Promise<LiveTable | undefined> {
  const after = job.afterPublish;
  return after?.table !== undefined && after.isWanted(tableSettings) ? after.table(tableSettings) : undefined;
}
