import type { Reporter, TestModule } from 'vitest/node';

/** Ends a test run with the one line that machines read: `N passed, N failed`. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    let passed = 0;
    let skipped = 0;
    let failed = unhandledErrors.length;
    for (const module of modules) {
      // A file that does not load has errors of its own and no test to blame.
      failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'skipped') skipped++;
        else failed++;
      }
    }
    // After the default reporter's summary, which is written in the same turn.
    // Tests are left out by `-t` alone: none is marked to be skipped.
    const left = skipped === 0 ? '' : `, ${skipped} skipped`;
    process.once('exit', () => process.stdout.write(`${passed} passed, ${failed} failed${left}\n`));
  }
}
