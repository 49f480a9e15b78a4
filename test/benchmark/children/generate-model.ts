/**
 * Generates a model of matrix-factorization and a day of grouped actions, as those jobs write them.
 *
 * The deviation of dimension k is (k + 1)^−0.25, and the lengths of the vectors are log-normal. The kernel then does 8 % of the
 * multiplications, as for trained vectors (`results.md`: 5 % of a large shop's, 14 % of MovieTweetings'). Of vectors of independent
 * normal numbers it could skip 6 %.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { FactorTextWriter } from '../../../shared/model/factor-text.ts';
import { MS_PER_DAY } from '../../../shared/model/time.ts';
import { CLIENT, DAY } from '../places.ts';
import { normal, uniform } from '../random.ts';

export interface GeneratedModel {
  readonly folder: string;
  readonly users: number;
  readonly items: number;
  readonly rank: number;
  readonly actionsAUser: number;
}

const DECAY = 0.25;
const ITEM_SPREAD = 0.5;
const USER_SPREAD = 0.3;
const PARTS = 16;
/** The text that is held before it is written. */
const CHUNK_BYTES = 1 << 22;

const { folder, users, items, rank, actionsAUser } = JSON.parse(process.argv[2]!) as GeneratedModel;

function writeVectors(path: string, count: number, spread: number, seed: number): void {
  const random = uniform(seed);
  const deviations = Float64Array.from({ length: rank }, (_, k) => (k + 1) ** -DECAY);
  const vector = new Float32Array(rank);
  const text = new FactorTextWriter();
  const file = openSync(path, 'w');
  for (let id = 1; id <= count; id++) {
    const length = 0.3 * Math.exp(spread * normal(random));
    for (let k = 0; k < rank; k++) vector[k] = length * deviations[k]! * normal(random);
    text.row(id, vector, 0, rank);
    if (text.length > CHUNK_BYTES || id === count) writeSync(file, text.take());
  }
  closeSync(file);
}

const model = `${folder}/${CLIENT}/matrix-factorization/${DAY}`;
mkdirSync(model, { recursive: true });
writeVectors(`${model}/userFeatures.txt`, users, USER_SPREAD, 1);
writeVectors(`${model}/productFeatures.txt`, items, ITEM_SPREAD, 2);

const actions = `${folder}/${CLIENT}/actions/${DAY}`;
mkdirSync(actions, { recursive: true });
const random = uniform(3);
for (let part = 0; part < PARTS; part++) {
  const file = openSync(`${actions}/part-${String(part).padStart(5, '0')}`, 'w');
  let text = '';
  for (let user = 1 + part; user <= users; user += PARTS) {
    for (let action = 0; action < actionsAUser; action++) {
      const item = 1 + Math.floor(items * random() ** 3);
      const time = new Date(DAY * MS_PER_DAY + Math.floor(random() * MS_PER_DAY)).toISOString();
      text +=
        `{"timestamp_utc":"${time}","client":"${CLIENT}","client_userid":null,"userid":${user},"itemid":${item},` +
        '"client_itemid":null,"rectag":null,"type":1,"value":1}\n';
    }
    if (text.length < CHUNK_BYTES && user + PARTS <= users) continue;
    writeSync(file, text);
    text = '';
  }
  closeSync(file);
}
process.stdout.write('{}\n');
