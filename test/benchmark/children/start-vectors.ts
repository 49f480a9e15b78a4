/** Writes the start vectors of the users, (users,K) float32, from which a peer starts. */
import { writeFileSync } from 'node:fs';
import { startVector } from '../../../shared/kernels/als.ts';

const { users, rank, path } = JSON.parse(process.argv[2]!) as { users: number; rank: number; path: string };
const rows = new Float32Array(users * rank);
for (let user = 0; user < users; user++) startVector(1, user, rank, rows, user * rank);
writeFileSync(path, rows);
process.stdout.write('{}\n');
