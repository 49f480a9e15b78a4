/** Starts a real Chromium for tests, without a window. It ends with the tests. */
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { browserPath } from '../../localstack/services.ts';
import { SetUpError } from '../../shared/errors.ts';

/** Returns a getter of a browser that is started before the tests of this file and ended after them. */
export function useBrowser(): () => Browser {
  let running: Browser | undefined;
  beforeAll(async () => {
    const executablePath = browserPath();
    if (executablePath === undefined) throw new SetUpError('no browser is installed: apt-get install chromium');
    running = await chromium.launch({ executablePath });
  });
  afterAll(() => running?.close());
  return () => {
    if (running === undefined) throw new SetUpError('the browser is not running yet: ask for it inside a test');
    return running;
  };
}
