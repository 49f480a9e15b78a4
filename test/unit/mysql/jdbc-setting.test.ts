import { afterEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { checkConfig } from '../../../shared/config/read-config.ts';
import { decidingSettings, maskSettings } from '../../../shared/config/settings-readings.ts';
import { databaseOf, jdbcSetting } from '../../../shared/mysql/jdbc-setting.ts';

const CANARY = 'canary-7c1f';
const schema = z.object({ jdbc: jdbcSetting('where the items are') });
const check = (jdbc: unknown) => checkConfig({ schema, jobName: 'toy', overrides: { jdbc } });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('checks of the setting', () => {
  test.each(['', 'secret:shop/database', 'jdbc:mysql://h/d?user=u'])('The value %j is accepted', (jdbc) => {
    expect(check(jdbc)).toMatchObject({ settings: { jdbc }, problems: [] });
  });

  test.each([
    ['jdbc:mysql://h:99999/d', '99999 is no port'],
    ['jdbc:mysql://169.254.169.254/d', 'metadata service'],
    ['secret:../../etc/passwd', 'names no secret'],
    [`jdbc:mysql://h/d?password=${CANARY}&allowMultiQueries=1`, 'parameter allowMultiQueries'],
    [{ password: CANARY }, 'jdbc is ***'],
  ])('The value %j is refused, and no password is shown', (jdbc, why) => {
    const [problem] = check(jdbc).problems;
    expect(problem).toContain(why);
    expect(problem).toContain('the command line');
    expect(problem).not.toContain(CANARY);
  });
});

test("The address is masked and is not part of a run's identity", () => {
  const settings = { jdbc: `jdbc:mysql://h/d?password=${CANARY}` };
  expect(maskSettings(schema, settings)).toEqual({ jdbc: '***' });
  expect(decidingSettings(schema, settings)).toEqual({});
});

test('A secret contains the whole address', async () => {
  vi.stubEnv('SECRET_SHOP_DATABASE', 'jdbc:mysql://h/d?user=u&password=p');
  expect(await databaseOf('secret:shop/database')).toMatchObject({ host: 'h', database: 'd', password: 'p' });
  vi.stubEnv('SECRET_SHOP_DATABASE', `mysql://u:${CANARY}@h/d`);
  const message = await databaseOf('secret:shop/database').catch((error: Error) => error.message);
  expect(message).toContain('secret:shop/database is refused');
  expect(message).not.toContain(CANARY);
});

test('A plain password is reported without being shown, and so are parameters without effect', async () => {
  const warningsOf = async (jdbc: string): Promise<string[]> => {
    const warnings: string[] = [];
    await databaseOf(jdbc, (message) => warnings.push(message));
    return warnings;
  };
  expect((await warningsOf(`jdbc:mysql://h/d?password=${CANARY}`)).join()).toMatch(/^(?!.*canary).*secret:<name>/);
  expect(await warningsOf('jdbc:mysql://h/d?user=u')).toEqual([]);
  vi.stubEnv('SECRET_X', `jdbc:mysql://h/d?password=${CANARY}&serverTimezone=UTC`);
  expect(await warningsOf('secret:x')).toEqual(['jdbc: serverTimezone has no effect here']);
});
