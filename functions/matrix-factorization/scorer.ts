/** Ranks items by the inner product of the published factors, as the original's server does. */
import { InnerProducts, type UserVectors } from '../../shared/evaluation/inner-products.ts';
import { placesOf } from '../../shared/evaluation/places-of.ts';
import type { PublishedModel } from '../../shared/evaluation/published-model.ts';
import type { RankedItems, ScoredBlock, Scorer } from '../../shared/evaluation/scorer.ts';
import { idOf, readNumbers } from '../../shared/evaluation/vector-lines.ts';
import { FILE_NAMES } from './file-names.ts';

export const scorer: Scorer = {
  job: 'matrix-factorization',
  node: 'mf',
  writes: 'matrix-factorization',
  fillsTable: false,
  rank: rankByFactors,
};

async function rankByFactors(model: PublishedModel, block: ScoredBlock): Promise<RankedItems> {
  const rank = Number(model.manifest.settings.rank);
  const products = new InnerProducts(block, await readUsers(model, block, rank), rank);
  const known = placesOf(block.items);
  const vector = new Float32Array(rank);
  const position = { at: 0 };
  await model.lines(FILE_NAMES.items, (buffer, start, end) => {
    const item = known.get(idOf(buffer, start, end, position));
    if (item < 0) return;
    readNumbers(buffer, position.at, end, ',', vector);
    products.add(item, vector);
  });
  return products.finish();
}

/** Reads the vectors of the block's users. The other users of the model are passed over. */
async function readUsers(model: PublishedModel, block: ScoredBlock, rank: number): Promise<UserVectors> {
  const wanted = placesOf(block.users);
  const all = new Float32Array(block.users.length * rank);
  const has = new Uint8Array(block.users.length);
  const position = { at: 0 };
  await model.lines(FILE_NAMES.users, (buffer, start, end) => {
    const user = wanted.get(idOf(buffer, start, end, position));
    if (user < 0) return;
    readNumbers(buffer, position.at, end, ',', all.subarray(user * rank, (user + 1) * rank));
    has[user] = 1;
  });
  const places = Uint32Array.from(has.keys()).filter((user) => has[user] === 1);
  const vectors = new Float32Array(places.length * rank);
  for (const [row, user] of places.entries()) vectors.set(all.subarray(user * rank, (user + 1) * rank), row * rank);
  return { places, vectors };
}
