/** Generates baskets and writes them to two files. */
import { generateBaskets, writeBaskets } from '../baskets.ts';

const SEED = 1;

const { path, count } = JSON.parse(process.argv[2]!) as { path: string; count: number };
const baskets = generateBaskets(count, SEED);
writeBaskets(path, baskets);
process.stdout.write(`${JSON.stringify({ items: baskets.items.length })}\n`);
