import { expect, test } from 'vitest';
import { MissingObjectError } from '../../../shared/errors.ts';
import { wasmModule } from '../../../shared/kernels/wasm.ts';

test('a module is compiled once a thread', () => {
  expect(wasmModule('als')).toBe(wasmModule('als'));
});

test('a module that is not built names the command that builds it', () => {
  expect(() => wasmModule('no-such-kernel')).toThrow(MissingObjectError);
  expect(() => wasmModule('no-such-kernel')).toThrow(/no-such-kernel\.wasm: .* run 'npm run build'/);
});
