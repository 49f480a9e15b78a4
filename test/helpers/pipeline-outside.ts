/** Uses a deployed pipeline from outside: puts logs, configures clients, and reads executions and outputs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  DescribeMapRunCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { expect } from 'vitest';
import { EMULATOR_ACCOUNT, EMULATOR_REGION } from '../../localstack/connection.ts';
import { configFolder, configNode, runtimeNode } from '../../shared/activation/nodes.ts';
import { ZooKeeperConfigRoot } from '../../shared/config/zookeeper-config-root.ts';
import { S3Store } from '../../shared/store/s3-store.ts';
import type { ObjectInfo, Store } from '../../shared/store/store.ts';
import type { DeployedPipeline } from './deployed-pipeline.ts';
import { filesBelow } from './files-below.ts';
import { clientOptions, until } from './localstack.ts';
import { type Ended, offline } from './offline.ts';
import { dayFolderName } from './retail-logs.ts';

/** The time to wait for an execution. A small day takes ten seconds; many at once take minutes on a busy machine. */
const ENDS_WITHIN_MS = 240_000;

/** A state that an execution entered. */
export interface StateEntered {
  readonly state: string;
  /** The number of items of a Map. */
  readonly items?: number;
}

export class PipelineOutside {
  readonly deployed: DeployedPipeline;
  readonly sfn: SFNClient;
  readonly s3: S3Client;
  readonly logBucket: string;
  /** The output root. Its requests do not go through the proxy. */
  readonly outputs: Store;
  readonly #config: ZooKeeperConfigRoot;

  constructor(deployed: DeployedPipeline) {
    const options = clientOptions(deployed.emulator);
    const [logBucket] = deployed.outputs.LogRoot.slice('s3://'.length).split('/');
    const [outputBucket, prefix] = deployed.outputs.OutputRoot.slice('s3://'.length).split('/');
    this.deployed = deployed;
    this.sfn = new SFNClient(options);
    this.s3 = new S3Client({ ...options, forcePathStyle: true });
    this.logBucket = logBucket as string;
    this.outputs = new S3Store(this.s3, outputBucket as string, prefix);
    this.#config = new ZooKeeperConfigRoot(deployed.zookeeper.hosts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.s3.destroy();
    this.sfn.destroy();
    await this.#config.close();
  }

  // ---- inputs ---------------------------------------------------------------------------------------------------

  /** Creates or replaces the client's configuration node of a job. */
  async configure(client: string, job: string, text: string): Promise<void> {
    await this.#config.ensureFolder(configFolder(client));
    const path = configNode(client, job);
    const found = await this.#config.read(path);
    if (found === undefined) await this.#config.create(path, text);
    else await this.#config.set(path, text, found.version);
  }

  /**
   * Returns the location in the client's runtime node, with `run` in place of the run's id (`…/models/mf/15316-run`),
   * because a run's id depends on the ETags of the store.
   */
  async activeModel(client: string, name: string): Promise<string | undefined> {
    const location = (await this.#config.read(runtimeNode(client, name)))?.data;
    return location && withoutRun(location);
  }

  /** Returns the location that `activeModel` gives when a model of the day is live. */
  locationOf(client: string, name: string, day: number): string {
    return `${this.deployed.outputs.OutputRoot.replace('s3:', 's3n:')}/${client}/models/${name}/${day}-run`;
  }

  /** Puts files of a local folder into the log bucket under the same keys. */
  async putLogs(folder: string, keys: readonly string[]): Promise<void> {
    const logs = new S3Store(this.s3, this.logBucket);
    await Promise.all(keys.map((key) => logs.put(key, readFileSync(join(folder, key)))));
  }

  /** Puts the marker that says that the day's logs are complete. */
  async mark(day: number): Promise<void> {
    await new S3Store(this.s3, this.logBucket).put(`${dayFolderName(day)}/_SUCCESS`, '');
  }

  /** Runs the command line on this environment. */
  offline(command: string, ...args: string[]): Promise<Ended> {
    const { emulator, environment } = this.deployed;
    return offline([command, '--env', environment, ...args], {
      // A developer's own profile would take precedence over the emulator's keys.
      env: { ...emulator.env, AWS_PROFILE: '' },
    });
  }

  // ---- executions -----------------------------------------------------------------------------------------------

  readonly machine = (component: string): string => {
    const name = `offline-${this.deployed.environment}-${component}`;
    return `arn:aws:states:${EMULATOR_REGION}:${EMULATOR_ACCOUNT}:stateMachine:${name}`;
  };

  execution(component: string, name: string): string {
    return `${this.machine(component).replace(':stateMachine:', ':execution:')}:${name}`;
  }

  async startExecution(stateMachineArn: string, input: object): Promise<string> {
    const started = await this.sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
    return started.executionArn as string;
  }

  /** Returns the executions of a component, the newest first; with a day, those whose names begin with it. */
  async executions(component: string, day?: number) {
    const { executions = [] } = await this.sfn.send(
      new ListExecutionsCommand({ stateMachineArn: this.machine(component), maxResults: 1000 }),
    );
    return executions.filter(({ name }) => day === undefined || name?.startsWith(`${component}-${day}-`));
  }

  /** Waits for the execution to end. */
  async ended(executionArn: string): Promise<DescribeExecutionCommandOutput> {
    let found: DescribeExecutionCommandOutput | undefined;
    await until(
      `execution ${executionArn} ends`,
      async () => {
        found = await this.sfn.send(new DescribeExecutionCommand({ executionArn }));
        return found.status !== 'RUNNING';
      },
      ENDS_WITHIN_MS,
    );
    return found as DescribeExecutionCommandOutput;
  }

  /** Waits until the day has `count` executions, asserts that it has no more, and waits for the newest to end. */
  async dayEnded(day: number, count = 1): Promise<DescribeExecutionCommandOutput> {
    await until(
      `day ${day} has ${count} executions`,
      async () => (await this.executions('daily', day)).length >= count,
      ENDS_WITHIN_MS,
    );
    const executions = await this.executions('daily', day);
    expect(executions.map(({ name }) => name)).toHaveLength(count);
    const newest = executions.sort((a, b) => Number(b.startDate) - Number(a.startDate))[0];
    return this.ended(newest?.executionArn as string);
  }

  /** Returns the events of an execution, which must be at most 1,000. */
  async history(executionArn: string): Promise<HistoryEvent[]> {
    const found = await this.sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    expect(found.nextToken, 'the history fits in one page').toBeUndefined();
    return found.events ?? [];
  }

  /** Returns the Tasks and Maps that an execution entered, in order. */
  async statesEntered(executionArn: string): Promise<StateEntered[]> {
    const entered: StateEntered[] = [];
    for (const { type, stateEnteredEventDetails: state, mapRunStartedEventDetails: map } of await this.history(
      executionArn,
    )) {
      if (type === 'TaskStateEntered' || type === 'MapStateEntered') entered.push({ state: state?.name as string });
      if (map === undefined) continue;
      const { itemCounts } = await this.sfn.send(new DescribeMapRunCommand({ mapRunArn: map.mapRunArn }));
      entered.push({ ...entered.pop()!, items: itemCounts?.total as number });
    }
    return entered;
  }

  // ---- outputs --------------------------------------------------------------------------------------------------

  /** Returns the objects below a key prefix of the output root. */
  async objects(prefix: string): Promise<ObjectInfo[]> {
    const objects: ObjectInfo[] = [];
    for await (const object of this.outputs.list(prefix)) objects.push(object);
    return objects;
  }

  /**
   * Returns the contents of the published files by their keys, with `run` in place of the ids of runs. A `.gz` file gives
   * its expanded content; `_SUCCESS` and `_BEGUN` give a fixed text. Records of live models, verdicts and reports are left out.
   */
  async published(...prefixes: string[]): Promise<Map<string, string>> {
    const files = new Map<string, string>();
    for (const prefix of prefixes) {
      for (const { key } of await this.objects(prefix)) {
        if (RECORDS.test(key)) continue;
        files.set(withoutRun(key), readable(key, (await this.outputs.get(key)).bytes));
      }
    }
    return files;
  }
}

/** Returns the same files as `published` from the output root of a local run. */
export function publishedLocally(root: string, ...prefixes: string[]): Map<string, string> {
  const keys = filesBelow(root).filter(
    (key) => prefixes.some((prefix) => key.startsWith(prefix)) && !RECORDS.test(key),
  );
  return new Map(keys.map((key) => [withoutRun(key), readable(key, readFileSync(join(root, key)))]));
}

/**
 * The keys of records of live models, of verdicts, which depend on these records, and of reports, which a local run does not write.
 */
const RECORDS =
  /\/models\/[^/]+\/(_live\/|_record\.json$|_history\.json$|[^/]+\/_verdict\.json$)|\/report\/\d+\/index\.html$/;

const withoutRun = (key: string): string => key.replace(/(\/models\/[^/]+\/\d+)-[0-9a-f]{16}(?=\/|$)/, '$1-run');

function readable(key: string, bytes: Uint8Array): string {
  if (/\/_(SUCCESS|BEGUN)$/.test(key)) return '(exists)';
  return (key.endsWith('.gz') ? gunzipSync(bytes) : Buffer.from(bytes)).toString();
}
