/** What anybody can do to a deployed pipeline from outside: put logs, configure clients, look at executions and outputs. */
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
import { until } from './localstack.ts';
import { type Ended, offline } from './offline.ts';
import { dayFolderName, keysBelow } from './retail-logs.ts';

/** An execution of a small day takes some ten seconds; many at once on a busy machine, minutes. */
const ENDS_WITHIN_MS = 240_000;

/** A state that an execution went through; in a Map, with the number of its items. */
export interface StateEntered {
  readonly state: string;
  readonly items?: number;
}

export class PipelineOutside {
  readonly deployed: DeployedPipeline;
  readonly sfn: SFNClient;
  readonly s3: S3Client;
  readonly logBucket: string;
  /** The output root, past the proxy. */
  readonly outputs: Store;
  readonly #config: ZooKeeperConfigRoot;

  constructor(deployed: DeployedPipeline) {
    const { endpoint } = deployed.emulator;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const client = { endpoint, region: EMULATOR_REGION, credentials };
    const [logBucket] = deployed.outputs.LogRoot.slice('s3://'.length).split('/');
    const [outputBucket, prefix] = deployed.outputs.OutputRoot.slice('s3://'.length).split('/');
    this.deployed = deployed;
    this.sfn = new SFNClient(client);
    this.s3 = new S3Client({ ...client, forcePathStyle: true });
    this.logBucket = logBucket as string;
    this.outputs = new S3Store(this.s3, outputBucket as string, prefix);
    this.#config = new ZooKeeperConfigRoot(deployed.zookeeper.hosts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.s3.destroy();
    this.sfn.destroy();
    await this.#config.close();
  }

  // ---- what goes in ---------------------------------------------------------------------------------------------

  /** Writes the client's node of a job, or replaces it. */
  async configure(client: string, job: string, text: string): Promise<void> {
    await this.#config.ensureFolder(configFolder(client));
    const path = configNode(client, job);
    const found = await this.#config.read(path);
    if (found === undefined) await this.#config.create(path, text);
    else await this.#config.set(path, text, found.version);
  }

  /** What the client's runtime node holds, its run left out (`…/models/mf/15316-run`): ETags of S3 make it another one. */
  async activeModel(client: string, name: string): Promise<string | undefined> {
    const location = (await this.#config.read(runtimeNode(client, name)))?.data;
    return location && withoutRun(location);
  }

  /** What the client's runtime node holds once a model of the day is live. */
  locationOf(client: string, name: string, day: number): string {
    return `${this.deployed.outputs.OutputRoot.replace('s3:', 's3n:')}/${client}/models/${name}/${day}-run`;
  }

  /** Puts files of a local folder under the same keys. */
  async putLogs(folder: string, keys: readonly string[]): Promise<void> {
    const logs = new S3Store(this.s3, this.logBucket);
    await Promise.all(keys.map((key) => logs.put(key, readFileSync(join(folder, key)))));
  }

  /** Puts the marker: the day is whole. */
  async mark(day: number): Promise<void> {
    await new S3Store(this.s3, this.logBucket).put(`${dayFolderName(day)}/_SUCCESS`, '');
  }

  /** The command line, on this environment. */
  offline(command: string, ...args: string[]): Promise<Ended> {
    const { emulator, environment } = this.deployed;
    return offline([command, '--env', environment, ...args], {
      // A profile of the developer's would win over the emulator's keys.
      env: { ...emulator.env, AWS_PROFILE: '' },
    });
  }

  // ---- what happens ---------------------------------------------------------------------------------------------

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

  /** All executions of a component, the newest first; those of one day where their names begin with it. */
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

  /** The end of the day's execution number `count`, and that there are no more than these. */
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

  async history(executionArn: string): Promise<HistoryEvent[]> {
    const found = await this.sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
    expect(found.nextToken, 'one page holds the history').toBeUndefined();
    return found.events ?? [];
  }

  /** The Tasks and Maps that an execution entered, in order. */
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

  // ---- what comes out -------------------------------------------------------------------------------------------

  /** The objects below a key prefix of the output root. */
  async objects(prefix: string): Promise<ObjectInfo[]> {
    const objects: ObjectInfo[] = [];
    for await (const object of this.outputs.list(prefix)) objects.push(object);
    return objects;
  }

  /**
   * Published files by their keys, the runs of versions left out; of `_SUCCESS` and `_BEGUN` only that they are there, of a
   * `.gz` what is in it. Records of what is live and verdicts are none.
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

/** The same of a local run's output root. */
export function publishedLocally(root: string, ...prefixes: string[]): Map<string, string> {
  const keys = keysBelow(root).filter((key) => prefixes.some((prefix) => key.startsWith(prefix)) && !RECORDS.test(key));
  return new Map(keys.map((key) => [withoutRun(key), readable(key, readFileSync(join(root, key)))]));
}

/** What is live, what was, and verdicts, which compare with it. */
const RECORDS = /\/models\/[^/]+\/(_live\/|_record\.json$|_history\.json$|[^/]+\/_verdict\.json$)/;

const withoutRun = (key: string): string => key.replace(/(\/models\/[^/]+\/\d+)-[0-9a-f]{16}(?=\/|$)/, '$1-run');

function readable(key: string, bytes: Uint8Array): string {
  if (/\/_(SUCCESS|BEGUN)$/.test(key)) return '(there)';
  return (key.endsWith('.gz') ? gunzipSync(bytes) : Buffer.from(bytes)).toString();
}
