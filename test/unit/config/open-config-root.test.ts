import { expect, test } from 'vitest';
import { openConfigRoot } from '../../../shared/config/open-config-root.ts';
import { ConfigError } from '../../../shared/errors.ts';

test.each([
  ['zookeeper:localhost', 'ZooKeeper at localhost:2181'],
  ['/somewhere/config', 'configuration root /somewhere/config'],
])('The text %s opens %s', async (spec, description) => {
  await using root = await openConfigRoot(spec);
  expect(root.describe).toBe(description);
});

test.each(['', ' ', 'zookeeper:', 'zookeeper:169.254.169.254'])(
  'The text %j is refused as a configuration root',
  async (spec) => {
    await expect(openConfigRoot(spec)).rejects.toBeInstanceOf(ConfigError);
  },
);
