/** Ranks items by the inner product of the published factors, as the original's server does. */
import { eachVector } from '../../shared/evaluation/each-vector.ts';
import { InnerProducts, type UserVectors } from '../../shared/evaluation/inner-products.ts';
import { placesOf } from '../../shared/evaluation/places-of.ts';
import type { PublishedModel } from '../../shared/evaluation/published-model.ts';
import type { RankedItems, ScoredBlock, Scorer } from '../../shared/evaluation/scorer.ts';
import { vectorFile } from './file-names.ts';

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
  await eachVector(model, vectorFile(model, 'items'), (id, read) => {
    const item = known.get(id);
    if (item < 0) return;
    read(vector);
    products.add(item, vector);
  });
  return products.finish();
}

/** Reads the vectors of the block's users. The other users of the model are passed over. */
async function readUsers(model: PublishedModel, block: ScoredBlock, rank: number): Promise<UserVectors> {
  const wanted = placesOf(block.users);
  const all = new Float32Array(block.users.length * rank);
  const has = new Uint8Array(block.users.length);
  await eachVector(model, vectorFile(model, 'users'), (id, read) => {
    const user = wanted.get(id);
    if (user < 0) return;
    read(all.subarray(user * rank, (user + 1) * rank));
    has[user] = 1;
  });
  const places = Uint32Array.from(has.keys()).filter((user) => has[user] === 1);
  const vectors = new Float32Array(places.length * rank);
  for (const [row, user] of places.entries()) vectors.set(all.subarray(user * rank, (user + 1) * rank), row * rank);
  return { places, vectors };
}
