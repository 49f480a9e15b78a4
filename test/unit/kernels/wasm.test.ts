import { expect, test } from 'vitest';
import { MissingObjectError } from '../../../shared/errors.ts';
import { wasmModule } from '../../../shared/kernels/wasm.ts';
import { sourceFiles, sourceText } from '../../helpers/source-files.ts';

test('A module is compiled once in each thread', () => {
  expect(wasmModule('als')).toBe(wasmModule('als'));
});

test('A module that was not built is named with the command that builds it', () => {
  expect(() => wasmModule('no-such-kernel')).toThrow(MissingObjectError);
  expect(() => wasmModule('no-such-kernel')).toThrow(/no-such-kernel\.wasm: .* run 'npm run build'/);
});

test('No memory of a kernel grows, because it would never shrink in a process that does many steps', () => {
  const memories = ['shared', 'functions']
    .flatMap(sourceFiles)
    .flatMap((path) => [...sourceText(path).matchAll(/new WebAssembly\.Memory\((\{.*?\})/g)].map(([, size]) => size));
  expect(memories.length).toBeGreaterThan(3);
  for (const size of memories) expect(size).toMatch(/^\{ initial: (\w+), maximum: \1 \}$|^\{ initial: 0 \}$/);
});
