/** The program that `cdk` runs: `npx cdk synth|diff|deploy -c env=dev`. A wrong setting is reported without a stack trace. */
import { PipelineError } from '../shared/errors.ts';
import { pipelineApp } from './pipeline-app.ts';

try {
  (await pipelineApp()).synth();
} catch (error) {
  if (!(error instanceof PipelineError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
