/** A deployed pipeline whose functions and machines are worker threads. An execution goes on when nobody waits for it. */
import { localRunner } from '../../cli/local/local-runner.ts';
import type { WorkerPool } from '../../cli/local/pool.ts';
import type { Remote } from '../../cli/remote/remote.ts';
import { JOBS, jobNamed } from '../../functions/index.ts';
import { FolderConfigRoot } from '../../shared/config/folder-config-root.ts';
import type { ExecutionStatus } from '../../shared/job/executions.ts';
import type { TimedInput } from '../../shared/job/gather.ts';
import { thrownError } from '../../shared/job/step-answers.ts';
import type { JsonValue } from '../../shared/json.ts';
import { MemoryStore } from '../../shared/store/memory-store.ts';
import { openStore } from '../../shared/store/open-store.ts';
import { answerNodeRequest, type NodeRequest } from '../../shared/tuning/node-requests.ts';
import { temporaryFolder } from './temporary-folder.ts';

interface Failure {
  readonly name: string;
  readonly message: string;
}

export class SimulatedDeployment implements Remote {
  readonly environment = 'dev';
  readonly root = temporaryFolder();
  /** The configuration root. */
  readonly config = new MemoryStore();
  readonly started: { readonly machine: string; readonly name: string; readonly input: TimedInput }[] = [];
  /** The most executions that were under way at the same time. */
  mostAtOnce = 0;
  /** Returns the error with which an execution is to end. */
  failure: (machine: string, input: TimedInput) => Failure | undefined = () => undefined;
  /** The answer of the function that tells a client's jobs. */
  enabled: Readonly<Record<string, JsonValue>> = {};
  readonly #ends = new Map<string, 'SUCCEEDED' | Failure>();
  readonly #runs;

  constructor(pool: WorkerPool) {
    this.#runs = localRunner(pool);
  }

  readonly executions = {
    start: async (machine: string, name: string, input: JsonValue) => {
      this.started.push({ machine, name, input: input as TimedInput });
      this.mostAtOnce = Math.max(this.mostAtOnce, this.started.length - this.#ends.size);
      void this.#execute(machine, input as TimedInput).then((end) => this.#ends.set(name, end));
      return true;
    },
    status: async (_machine: string, name: string): Promise<ExecutionStatus | undefined> => {
      const end = this.#ends.get(name);
      if (end === undefined) return this.started.some((one) => one.name === name) ? 'RUNNING' : undefined;
      return end === 'SUCCEEDED' ? end : 'FAILED';
    },
  };
  machine = async (component: string) => component;
  deployed = async () => [];
  invoke = async (component: string, handler: string, payload: JsonValue): Promise<JsonValue> => {
    if (component === 'daily' && handler === 'enabled') return this.enabled;
    if (component === 'daily' && handler === 'models') return this.#answer(payload as NodeRequest);
    const { input, requestedAt } = payload as { input: TimedInput; requestedAt: string };
    const named = await this.#runs.configure(jobNamed(component), { ...input, requestedAt }, component);
    const { id, day, client, output } = named;
    return { id, day, client, output, done: false, activation: null, notActivated: null };
  };
  outputRoot = async () => this.root;
  describe = async (machine: string, name: string) => {
    const end = this.#ends.get(name) as Failure;
    return {
      arn: machine,
      name,
      status: 'FAILED' as const,
      started: '',
      stopped: null,
      input: {},
      output: null,
      error: 'States.TaskFailed',
      cause: JSON.stringify({ errorType: end.name, errorMessage: end.message }),
    };
  };
  list = async () => [];
  progress = async () => ({ state: 'solve', shards: null });
  failureInside = async () => undefined;
  history = async () => [];

  async #execute(machine: string, input: TimedInput): Promise<'SUCCEEDED' | Failure> {
    const failure = this.failure(machine, input);
    if (failure !== undefined) return failure;
    try {
      await this.#runs.run(jobNamed(machine), input, machine);
      return 'SUCCEEDED';
    } catch (error) {
      return thrownError(error);
    }
  }

  #answer(request: NodeRequest): Promise<JsonValue> {
    return answerNodeRequest(request, {
      openStore,
      openConfigRoot: async () => new FolderConfigRoot(this.config),
      configRoot: 'config',
      outputRoot: this.root,
      runsAtOnce: 2,
      jobs: JOBS,
      now: () => new Date('2026-01-01T00:00:00Z'),
    });
  }
}
