/** Sessions as two columns in files: words (`.words`), and where each session begins (`.ptr`), both uint32. */
import { readFileSync, writeFileSync } from 'node:fs';
import { uniform } from './random.ts';

const WORDS = 20_000;
const TOKENS = 1_000_000;
/** Words of a theme stand together: 50 themes, and six of ten words of a session are of its own. */
const THEMES = 50;
const OF_THEME = 0.6;
const LONGEST = 37;

/** A million words in sessions of 2 to 37, 20 on average: words as frequent as 1 / (rank + 6), sessions with a theme. */
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
  for (const [at, session] of all.entries()) ptr[at + 1] = ptr[at]! + session.length;
  const words = new Uint32Array(ptr.at(-1)!);
  for (const [at, session] of all.entries()) words.set(session, ptr[at]);
  writeFileSync(`${path}.words`, words);
  writeFileSync(`${path}.ptr`, ptr);
}

export function readSessions(path: string): Uint32Array[] {
  const words = new Uint32Array(Uint8Array.from(readFileSync(`${path}.words`)).buffer);
  const ptr = new Uint32Array(Uint8Array.from(readFileSync(`${path}.ptr`)).buffer);
  return Array.from(ptr.subarray(1), (end, session) => words.subarray(ptr[session], end));
}
