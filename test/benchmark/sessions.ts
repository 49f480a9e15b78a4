/**
 * Generated sessions, and sessions in two files of uint32: the words (`.words`) and the first index of each session (`.ptr`).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { uniform } from './random.ts';

const WORDS = 20_000;
const TOKENS = 1_000_000;
/** There are 50 themes. Each session has one, and six of ten of its words belong to it. */
const THEMES = 50;
const OF_THEME = 0.6;
const LONGEST = 37;

/**
 * Yields a million words in sessions of 2 to 37 words, about 20 on average. The frequency of a word is in proportion to
 * 1 / (rank + 6).
 */
export function* generatedSessions(): Generator<Uint32Array> {
  const random = uniform(1);
  const cumulated = new Float64Array(WORDS);
  for (let word = 0; word < WORDS; word++) cumulated[word] = (cumulated[word - 1] ?? 0) + 1 / (word + 6);
  const drawn = (): number => {
    const wanted = random() * cumulated.at(-1)!;
    let low = 0;
    for (let high = WORDS - 1; low < high; ) {
      const middle = (low + high) >> 1;
      if (cumulated[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  for (let tokens = 0; tokens < TOKENS; ) {
    const theme = Math.floor(THEMES * random());
    const session = Uint32Array.from({ length: 2 + Math.floor((LONGEST - 1) * random()) }, () => {
      const word = drawn();
      return random() < OF_THEME ? word - (word % THEMES) + theme : word;
    });
    tokens += session.length;
    yield session;
  }
}

export function writeSessions(path: string, sessions: Iterable<Uint32Array>): void {
  const all = [...sessions];
  const ptr = new Uint32Array(all.length + 1);
  for (const [index, session] of all.entries()) ptr[index + 1] = ptr[index]! + session.length;
  const words = new Uint32Array(ptr.at(-1)!);
  for (const [index, session] of all.entries()) words.set(session, ptr[index]);
  writeFileSync(`${path}.words`, words);
  writeFileSync(`${path}.ptr`, ptr);
}

export function readSessions(path: string): Uint32Array[] {
  const words = new Uint32Array(Uint8Array.from(readFileSync(`${path}.words`)).buffer);
  const ptr = new Uint32Array(Uint8Array.from(readFileSync(`${path}.ptr`)).buffer);
  return Array.from(ptr.subarray(1), (end, session) => words.subarray(ptr[session], end));
}
