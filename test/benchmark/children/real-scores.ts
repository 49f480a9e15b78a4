/** Writes the matrix of real actions to a folder, and prints the numbers of users, items and pairs. */
import type { RealData } from '../../helpers/real-actions.ts';
import { realMatrix } from '../../helpers/real-matrix.ts';
import { type Size, writeScores } from '../matrix.ts';

const { data, folder } = JSON.parse(process.argv[2]!) as { data: RealData; folder: string };
const { users, items } = realMatrix(data);
writeScores(`${folder}/users`, users);
writeScores(`${folder}/items`, items);
const size: Size = { users: users.ptr.length - 1, items: items.ptr.length - 1, pairs: users.idx.length };
process.stdout.write(`${JSON.stringify(size)}\n`);
