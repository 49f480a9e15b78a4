/** An AWS for tests and development, as its callers see it in both modes. `start-emulator.ts` starts one. */

export type EmulatorMode = 'host' | 'docker';

export interface EmulatorOptions {
  /** Folder for logs and temporary files, kept after `stop`. Default: a new temporary folder, removed by `stop`. */
  readonly stateDir?: string;
  /** TCP port on 127.0.0.1. Default: a free one. */
  readonly port?: number;
}

export interface Emulator {
  readonly mode: EmulatorMode;
  /** `http://127.0.0.1:<port>`, the same for every service. */
  readonly endpoint: string;
  /** The environment that an AWS client or the CDK needs: endpoints, test keys, region. */
  readonly env: Readonly<Record<string, string>>;
  /** The file that LocalStack logs to; undefined in Docker, where `docker compose logs` shows the log. */
  readonly logPath?: string;
  /** Ends LocalStack and every function process, frees the port, removes the temporary folder. May be called twice. */
  stop(): Promise<void>;
}
