/**
 * Ranks items by the cosine of their vectors to the mean of the unit vectors of the items that the user met last.
 *
 * Unit vectors are computed in float64 and rounded to float32. Their mean is summed in float64 in the order of the last actions,
 * and rounded to float32. The cosine differs from the inner product of the two by a factor that is the same for all items of a
 * user, so items are ranked by the inner product.
 *
 * *U users of the block, K vectorSize, V items of the vocabulary that a user of the block met.*
 */
import { Growable } from '../../shared/columns/growable.ts';
import { IdIndex } from '../../shared/columns/id-index.ts';
import { eachVector, type VectorFile } from '../../shared/evaluation/each-vector.ts';
import { InnerProducts, type UserVectors } from '../../shared/evaluation/inner-products.ts';
import { placesOf } from '../../shared/evaluation/places-of.ts';
import type { PublishedModel } from '../../shared/evaluation/published-model.ts';
import type { RankedItems, ScoredBlock, Scorer } from '../../shared/evaluation/scorer.ts';

/** The most items of a user whose vectors are averaged. */
const LAST_ITEMS = 10;

/** Returns the form of the file of vectors in a published model. */
export const vectorFile = ({ manifest }: Pick<PublishedModel, 'manifest'>): VectorFile => ({
  name: 'docvectors.txt',
  size: Number(manifest.settings.vectorSize),
  separator: '|',
  hasHeader: true,
});

export const scorer: Scorer = {
  job: 'word2vec',
  node: 'word2vec',
  writes: 'word2vec',
  fillsTable: false,
  rank: rankByCosine,
};

async function rankByCosine(model: PublishedModel, block: ScoredBlock): Promise<RankedItems> {
  const size = Number(model.manifest.settings.vectorSize);
  const users = queriesOf(block, await readMet(model, block, size), size);
  const products = new InnerProducts(block, users, size);
  await eachUnitVector(
    model,
    block,
    size,
    () => true,
    (item, vector) => products.add(item, vector),
  );
  return products.finish();
}

/** The unit vectors of the items that some user of the block met. */
interface MetVectors {
  /** Known item → its row. */
  readonly rows: IdIndex;
  /** (V,K) */
  readonly vectors: Float32Array;
}

async function readMet(model: PublishedModel, block: ScoredBlock, size: number): Promise<MetVectors> {
  const isMet = new Uint8Array(block.items.length);
  for (const item of block.met.items) isMet[item] = 1;
  const rows = new IdIndex();
  const vectors = new Growable(Float32Array);
  await eachUnitVector(
    model,
    block,
    size,
    (item) => isMet[item] === 1,
    (item, vector) => {
      rows.add(item);
      vectors.append(vector);
    },
  );
  return { rows, vectors: vectors.view() };
}

/** Returns the mean of the unit vectors of each user's last items. Users without such a mean are left out. */
function queriesOf({ users, met, inOrder }: ScoredBlock, { rows, vectors }: MetVectors, size: number): UserVectors {
  const places = new Growable(Uint32Array);
  const queries = new Growable(Float32Array);
  const query = new Float32Array(size);
  for (let user = 0; user < users.length; user++) {
    const found: number[] = [];
    for (let at = met.starts[user + 1]! - 1; at >= met.starts[user]! && found.length < LAST_ITEMS; at--) {
      const row = rows.get(inOrder[at]!);
      if (row >= 0) found.push(row);
    }
    if (found.length === 0) continue;
    found.reverse();
    for (let f = 0; f < size; f++) {
      let sum = 0;
      for (const row of found) sum += vectors[row * size + f]!;
      query[f] = sum / found.length;
    }
    // Opposite vectors may cancel each other out. Then there is no direction to compare with.
    if (query.every((value) => value === 0)) continue;
    places.push(user);
    queries.append(query);
  }
  return { places: places.view(), vectors: queries.view() };
}

/**
 * Reads the vectors of known items as unit vectors. A vector of length zero has no direction, and is left out.
 *
 * @param isWanted the other items are passed over
 */
async function eachUnitVector(
  model: PublishedModel,
  { items }: ScoredBlock,
  size: number,
  isWanted: (item: number) => boolean,
  take: (item: number, vector: Float32Array<ArrayBuffer>) => void,
): Promise<void> {
  const known = placesOf(items);
  const vector = new Float32Array(size);
  await eachVector(model, vectorFile(model), (id, read) => {
    const item = known.get(id);
    if (item < 0 || !isWanted(item)) return;
    read(vector);
    let squares = 0;
    for (const value of vector) squares += value * value;
    if (squares === 0) return;
    const length = Math.sqrt(squares);
    for (let f = 0; f < size; f++) vector[f] = vector[f]! / length;
    take(item, vector);
  });
}
