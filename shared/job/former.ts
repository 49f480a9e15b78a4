/** The handler of a function that this build no longer has. Only executions of earlier builds call it. */
import { defined } from '../defined.ts';
import type { JsonValue } from '../json.ts';
import { deploymentChanged, readBuild } from './build.ts';
import { inPlace } from './handlers.ts';
import type { RunRef } from './run.ts';

/** The fields of an event that say where the execution is: of a job, or of the day, whose run has a name only. */
interface FormerEvent {
  readonly run?: Pick<RunRef, 'job' | 'client' | 'day' | 'build'> | string;
  readonly client?: string;
  readonly day?: number;
  readonly build?: string;
}

/** Returns a Lambda handler that refuses every event. @param name the function's name */
export const formerHandler =
  (name: string) =>
  ({ run, client, day, build }: FormerEvent): Promise<never> => {
    const ref = typeof run === 'object' ? run : undefined;
    const place = defined<Record<string, JsonValue>>({
      job: ref?.job,
      client: ref?.client ?? client,
      day: ref?.day ?? day,
      step: name,
    });
    return inPlace(place, async () => {
      throw deploymentChanged(ref === undefined ? build : ref.build, readBuild());
    });
  };
