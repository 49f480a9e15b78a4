/** Events that are lost, and days that no marker closes. Its clients have no job: what is tried is when a day is run. */
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { PutBucketNotificationConfigurationCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { EMULATOR_REGION } from '../../../localstack/connection.ts';
import { dateOf } from '../../../shared/in-words.ts';
import { MS_PER_DAY } from '../../../shared/model/time.ts';
import { functionLogs, invoke, until } from '../../helpers/localstack.ts';
import type { PipelineOutside } from '../../helpers/pipeline-outside.ts';
import { linesOfDay, writeLog } from '../../helpers/retail-logs.ts';
import { temporaryFolder } from '../../helpers/temporary-folder.ts';
import { IN_ORDER } from './options.ts';

/** 2011-02-09: 433 lines. */
const DAY = 15_014;
const CLIENTS = ['dawn', 'dusk'];

export function arrivalSuite(pipeline: () => PipelineOutside, quietSeconds: number): void {
  const logs = temporaryFolder();
  const lines = linesOfDay(DAY, CLIENTS);
  /** What happened on DAY is told as if it had been on `day`. */
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
    // An hour later it looks again: all is done.
    expect((await invoke(emulator, functionName('sweep'), {})).answer).toMatchObject({ [today]: { kind: 'nothing' } });
    expect(await pipeline().executions('daily', today)).toHaveLength(1);
  });

  test(
    'without a marker nothing is run; under the rule “quiet”, once nothing has come for so long',
    IN_ORDER,
    async () => {
      const { emulator } = pipeline().deployed;
      await pipeline().putLogs(logs, [write(DAY, 'dawn')]);
      await until('the log is looked at', async () =>
        (await functionLogs(emulator, functionName('arrive'))).some(
          (line) => line.includes(`"day":${DAY}`) && line.includes('there is no marker yet'),
        ),
      );
      expect(await pipeline().executions('daily', DAY)).toEqual([]);

      await setRule(pipeline(), 'quiet', ['arrive', 'settle'].map(functionName));
      const key = write(DAY, 'dusk');
      await pipeline().putLogs(logs, [key]);
      // As EventBridge calls it: the emulator delivers the first events after an update of a function minutes late.
      const event = { detail: { bucket: { name: pipeline().logBucket }, object: { key } } };
      expect((await invoke(emulator, functionName('arrive'), event)).answer).toMatchObject({ kind: 'waiting' });
      const [wait] = await pipeline().executions('arrival', DAY);
      await until('it has looked once', async () =>
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

/** Whether the log bucket tells of its objects. */
async function sendEvents({ s3, logBucket }: PipelineOutside, isOn: boolean): Promise<void> {
  const NotificationConfiguration = isOn ? { EventBridgeConfiguration: {} } : {};
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: logBucket, NotificationConfiguration }));
}

/** Deploys another arrival rule to these functions: their environment says which it is. */
async function setRule({ deployed }: PipelineOutside, rule: string, functions: readonly string[]): Promise<void> {
  const lambda = new LambdaClient({
    endpoint: deployed.emulator.endpoint,
    region: EMULATOR_REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
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
