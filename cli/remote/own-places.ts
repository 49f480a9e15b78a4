/** Refuses the options that name roots and a configuration root, for commands with `--env`. */
import { UsageError } from '../../shared/errors.ts';
import type { ConfigOptions } from '../options.ts';

/** @throws UsageError for an option of which the environment has its own */
export function refusePlaces({
  zookeeper,
  configRoot,
  inputPath,
  outputPath,
}: Pick<ConfigOptions, 'zookeeper' | 'configRoot' | 'inputPath' | 'outputPath'>): void {
  for (const [option, value] of Object.entries({
    '--zookeeper': zookeeper,
    '--config-root': configRoot,
    '--input-path': inputPath,
    '--output-path': outputPath,
  })) {
    if (value !== undefined) throw new UsageError(`${option} cannot be given with --env: the environment has its own`);
  }
}
