import type { Reporter, TestModule, Vitest } from 'vitest/node';

/**
 * Ends a test run with one line for programs to read: `N passed, N failed`. A run whose filter `-t` matches no test says so and
 * ends with 1, because nothing was tested.
 */
export default class ClosingLineReporter implements Reporter {
  #filter: RegExp | undefined;

  onInit(vitest: Vitest): void {
    this.#filter = vitest.config.testNamePattern;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let skipped = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      // A test file that does not load has errors and no tests.
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'skipped') skipped++;
        else failed++;
      }
    }
    // The line comes after the summary of the default reporter, which is written in the same turn of the event loop.
    // Only the option `-t` skips tests: no test is marked to be skipped.
    const left = skipped === 0 ? '' : `, ${skipped} skipped`;
    const unmatched = passed + failed === 0 ? this.#filter : undefined;
    process.once('exit', () => {
      if (unmatched !== undefined) {
        process.exitCode = 1;
        process.stdout.write(`no test matches -t '${unmatched.source}': nothing was tested\n`);
      }
      process.stdout.write(`${passed} passed, ${failed} failed${left}\n`);
    });
  }
}
