import { describe, expect, test } from 'vitest';
import { contentsInWords, daysInWords } from '../../../shared/job/root-contents.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';

async function storeWith(...keys: string[]): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const key of keys) await store.put(key, 'x');
  return store;
}

describe('descriptions of existing inputs', () => {
  const keys = [
    ...['.work/matrix-factorization/shop/x/plans/planned.json', '_rejected/15317/_SUCCESS'],
    ...['shop/actions/15315/part-00000', 'shop/actions/15316/part-00000', 'shop/actions/15316/_SUCCESS'],
    ...['shop/actions/15319/part-00000', 'shop/models/mf/15317-0123456789abcdef/_SUCCESS'],
    ...['films/sessionitems/15317/part-00000'],
  ];

  test.each([
    ['other days', 'shop', 'actions', 'shop/actions/ has 2011-12-07 (15315) to 2011-12-08 (15316), 2011-12-11 (15319)'],
    ['other folders', 'films', 'actions', 'client films has no actions/, but has sessionitems'],
    ['other clients', 'shpo', 'actions', 'there is no client shpo, but films, shop; did you mean shop?'],
  ])('The error for missing input names %s that exist', async (_, client, folder, words) => {
    expect(await contentsInWords(await storeWith(...keys), client as string, folder as string)).toBe(words);
  });

  test('The error for an empty root says that it has no client', async () => {
    expect(await contentsInWords(new MemoryStore(), 'shop', 'actions')).toBe(
      'there is no client shop, and no other client',
    );
  });
});

test('Only the newest ten of many ranges of days are named', () => {
  const words = daysInWords(Array.from({ length: 12 }, (_, at) => 2 * at));
  expect(words).toMatch(/^…, 1970-01-05 \(4\), /);
  expect(words).toMatch(/1970-01-23 \(22\)$/);
});
