/**
 * Computes the objective of finished factors in float64, in the same way for every contender:
 *
 *     Σ_{all u,i} c_ui (p_ui - x_u·y_i)² + lambda (Σ |x_u|² + Σ |y_i|²),   c_ui = 1 + r_ui, p_ui = 1 where r_ui > 0
 *
 * If all pairs had confidence 1 and preference 0, the sum would be Σ_{k,l} (XᵀX)_kl (YᵀY)_kl. The pairs with a score are then
 * corrected one by one.
 */
import { bytesIn, readScores } from '../matrix.ts';

const { folder, rank, lambda, users, items } = JSON.parse(process.argv[2]!) as {
  folder: string;
  rank: number;
  lambda: number;
  users: string;
  items: string;
};
const { ptr, idx, score } = readScores(`${folder}/users`);
const x = new Float32Array(bytesIn(users));
const y = new Float32Array(bytesIn(items));
const gramX = gram(x);
const gramY = gram(y);

let objective = 0;
for (let k = 0; k < rank * rank; k++) objective += gramX[k]! * gramY[k]!;
for (let k = 0; k < rank; k++) objective += lambda * (gramX[k * rank + k]! + gramY[k * rank + k]!);
for (let user = 0; user + 1 < ptr.length; user++) {
  for (let pair = ptr[user]!; pair < ptr[user + 1]!; pair++) {
    let product = 0;
    const item = idx[pair]! * rank;
    for (let k = 0; k < rank; k++) product += x[user * rank + k]! * y[item + k]!;
    objective += (1 + score[pair]!) * (1 - product) ** 2 - product ** 2;
  }
}
process.stdout.write(`${JSON.stringify({ objective })}\n`);

/** Returns the Gram matrix of the rows, (K,K). */
function gram(rows: Float32Array): Float64Array {
  const sum = new Float64Array(rank * rank);
  for (let row = 0; row < rows.length; row += rank) {
    for (let k = 0; k < rank; k++) {
      const value = rows[row + k]!;
      for (let l = 0; l < rank; l++) sum[k * rank + l]! += value * rows[row + l]!;
    }
  }
  return sum;
}
