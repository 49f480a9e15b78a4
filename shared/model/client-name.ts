/**
 * The rules for clients' names. A name becomes a folder, so it must not lead out of that folder or hide it. Names are compared
 * exactly.
 */
const MAX_BYTES = 255;

/** Returns why `name` cannot be a client's name, as a short stable phrase; undefined when it can. */
export function clientNameProblem(name: string): string | undefined {
  if (name === '') return 'empty';
  if (name.startsWith('.')) return 'starts with "."';
  if (name.startsWith('_')) return 'starts with "_"';
  if (name.includes('/')) return 'holds "/"';
  if (name.includes('\\')) return 'holds "\\"';
  // Unicode's category of control characters: U+0000 to U+001F and U+007F to U+009F.
  if (/\p{Cc}/u.test(name)) return 'holds a control character';
  if (!name.isWellFormed()) return 'holds a lone surrogate';
  if (Buffer.byteLength(name) > MAX_BYTES) return `longer than ${MAX_BYTES} bytes`;
  return undefined;
}
