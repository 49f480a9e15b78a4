import { expect, test } from 'vitest';
import { MissingObjectError } from '../../../shared/errors.ts';
import { wasmModule } from '../../../shared/kernels/wasm.ts';

test('A module is compiled once in each thread', () => {
  expect(wasmModule('als')).toBe(wasmModule('als'));
});

test('A module that was not built is named with the command that builds it', () => {
  expect(() => wasmModule('no-such-kernel')).toThrow(MissingObjectError);
  expect(() => wasmModule('no-such-kernel')).toThrow(/no-such-kernel\.wasm: .* run 'npm run build'/);
});
