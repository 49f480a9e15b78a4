/** Lost events, and days without a marker. The clients have no job, because these tests are about when a day is run. */
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { PutBucketNotificationConfigurationCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { dateOf } from '../../../shared/in-words.ts';
import { MS_PER_DAY } from '../../../shared/model/time.ts';
import { clientOptions, functionLogs, invoke, until } from '../../helpers/localstack.ts';
import type { PipelineOutside } from '../../helpers/pipeline-outside.ts';
import { linesOfDay, writeLog } from '../../helpers/retail-logs.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { IN_ORDER } from './options.ts';

/** 2011-02-09, a day with 433 lines. */
const DAY = 15_014;
const CLIENTS = ['dawn', 'dusk'];

export function arrivalSuite(pipeline: () => PipelineOutside, quietSeconds: number): void {
  const logs = temporaryFolder();
  const lines = linesOfDay(DAY, CLIENTS);
  /** Writes the log of DAY with the date of `day`. */
  const write = (day: number, client: string) => {
    const moved = lines.get(client)!.map((line) => line.replaceAll(dateOf(DAY), dateOf(day)));
    return writeLog(logs, day, client, moved);
  };
  const functionName = (handler: string) => `offline-${pipeline().deployed.environment}-arrival-${handler}`;

  test('a day whose events are lost is found by the hourly sweep', IN_ORDER, async () => {
    const { emulator } = pipeline().deployed;
    const today = Math.floor(Date.now() / MS_PER_DAY);
    await sendEvents(pipeline(), false);
    await pipeline().putLogs(logs, [write(today, 'dawn')]);
    await pipeline().mark(today);
    await sendEvents(pipeline(), true);
    expect((await invoke(emulator, functionName('sweep'), {})).answer).toMatchObject({ [today]: { kind: 'run' } });
    expect(await pipeline().dayEnded(today)).toMatchObject({ status: 'SUCCEEDED' });
    const looks = await functionLogs(emulator, functionName('arrive'));
    expect(looks.filter((line) => line.includes(`"day":${today}`))).toEqual([]);
    // The next sweep finds that the day is done.
    expect((await invoke(emulator, functionName('sweep'), {})).answer).toMatchObject({ [today]: { kind: 'nothing' } });
    expect(await pipeline().executions('daily', today)).toHaveLength(1);
    // Alarms stand on these lines.
    const swept = await functionLogs(emulator, functionName('sweep'));
    expect(swept.filter((line) => line.includes('"OldestRunMinutes":0'))).toHaveLength(2);
    const summed = await functionLogs(emulator, functionName('summary').replace('-arrival-', '-daily-'));
    expect(summed.filter((line) => line.includes('"ClientDaysDone":1'))).not.toEqual([]);
  });

  test(
    'a day without a marker is not run, and under the rule “quiet” it is run when no log has come for the quiet time',
    IN_ORDER,
    async () => {
      const { emulator } = pipeline().deployed;
      await pipeline().putLogs(logs, [write(DAY, 'dawn')]);
      await until('the arrival of the log is handled', async () =>
        (await functionLogs(emulator, functionName('arrive'))).some(
          (line) => line.includes(`"day":${DAY}`) && line.includes('there is no marker yet'),
        ),
      );
      expect(await pipeline().executions('daily', DAY)).toEqual([]);

      await setRule(pipeline(), 'quiet', ['arrive', 'settle'].map(functionName));
      const key = write(DAY, 'dusk');
      await pipeline().putLogs(logs, [key]);
      // The test invokes the function as its queue does, because the emulator delivers the first events after an update of
      // a function minutes late.
      const body = JSON.stringify({ detail: { bucket: { name: pipeline().logBucket }, object: { key } } });
      const batch = { Records: [{ messageId: 'dusk', body }] };
      expect((await invoke(emulator, functionName('arrive'), batch)).answer).toEqual({ batchItemFailures: [] });
      const [wait] = await pipeline().executions('arrival', DAY);
      await until('the execution waits', async () =>
        (await pipeline().history(wait?.executionArn as string)).some(({ type }) => type === 'WaitStateEntered'),
      );
      await pipeline().putLogs(logs, [writeLog(logs, DAY, 'more', lines.get('dawn')!)]);
      const last = Date.now();

      const { startDate } = await pipeline().dayEnded(DAY);
      expect(Number(startDate) - last).toBeGreaterThan(1000 * quietSeconds);
      expect(await pipeline().executions('arrival', DAY)).toHaveLength(1);
      const { status } = await pipeline().ended(wait?.executionArn as string);
      expect(status).toBe('SUCCEEDED');
      const [grouped] = await pipeline().objects(`_rejected/${DAY}/_SUCCESS`);
      const { bytes } = await pipeline().outputs.get(grouped?.key as string);
      const { counts } = JSON.parse(Buffer.from(bytes).toString());
      const [dawn, dusk] = CLIENTS.map((client) => lines.get(client)?.length as number) as [number, number];
      expect(counts.clients).toMatchObject({ dawn: { written: 2 * dawn }, dusk: { written: dusk } });
    },
  );
}

/** Switches the events of the log bucket on or off. */
async function sendEvents({ s3, logBucket }: PipelineOutside, isOn: boolean): Promise<void> {
  const NotificationConfiguration = isOn ? { EventBridgeConfiguration: {} } : {};
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: logBucket, NotificationConfiguration }));
}

/** Sets the arrival rule in the environment of these functions. */
async function setRule({ deployed }: PipelineOutside, rule: string, functions: readonly string[]): Promise<void> {
  const lambda = new LambdaClient(clientOptions(deployed.emulator));
  for (const FunctionName of functions) {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    const Variables = { ...Environment?.Variables, ARRIVAL_RULE: rule };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
    await until(`${FunctionName} is updated`, async () => {
      const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
      return found.LastUpdateStatus === 'Successful';
    });
  }
  lambda.destroy();
}
