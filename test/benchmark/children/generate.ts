/** Writes the data of one size to a folder and prints the numbers of actions and lines. */
import { actionsOf, writeLines, writeLogs } from '../logs.ts';
import { generateScores, type Size, transposed, writeScores } from '../matrix.ts';

const SEED = 1;
const PARSED_LINES = 2_000_000;

const { folder, size } = JSON.parse(process.argv[2]!) as { folder: string; size: Size };
const users = generateScores(size, SEED);
writeScores(`${folder}/users`, users);
writeScores(`${folder}/items`, transposed(users, size.items));
const actions = actionsOf(users, SEED + 1);
const lines = writeLines(`${folder}/lines.ndjson`, actions, PARSED_LINES);
writeLogs(`${folder}/logs`, actions, size.users);
writeLogs(`${folder}/quarter-logs`, actions, size.users / 4);
process.stdout.write(`${JSON.stringify({ actions: actions.users.length, lines })}\n`);
