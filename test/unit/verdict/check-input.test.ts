import { beforeAll, describe, expect, test } from 'vitest';
import { daySketchFile } from '../../../shared/model/day-sketch-file.ts';
import { MemoryStore } from '../../../shared/store/memory-store.ts';
import { sealed } from '../../../shared/store/sealed.ts';
import { checkInput } from '../../../shared/verdict/check-input.ts';
import { comparedDay, type Days, type Event } from '../../planted-days/events.ts';
import { INPUT_FAULTS } from '../../planted-days/faults.ts';
import { generatedShop } from '../../planted-days/generated-shop.ts';

const LAST = 15_044;
let shop: Days;
beforeAll(() => {
  shop = generatedShop({ seed: 9, days: 45, lines: 400, spread: 0.1, users: 2000, items: 500 });
});

/** Returns a store as grouping leaves it, with the day folders of these days. */
async function storeOf(days: Iterable<readonly [day: number, events: readonly Event[]]>, withFigures = true) {
  const store = new MemoryStore();
  for (const [day, events] of days) {
    const { figures, sketch } = comparedDay(day, events);
    const folder = `shop/actions/${day}/`;
    const counts = withFigures ? { figures } : {};
    await store.put(`${folder}_sketch`, daySketchFile(sketch!), { absent: true });
    await store.put(`${folder}_SUCCESS`, sealed({ job: 'group-actions', counts, files: [] }), { absent: true });
  }
  return store;
}

const check = (actions: MemoryStore, days = 1) => checkInput({ actions, client: 'shop', day: LAST, days });

/** Returns the shop's days with a fault on one of them. */
function withFault(name: string, day = LAST): [number, readonly Event[]][] {
  const events = shop.get(day)!;
  const faulty = INPUT_FAULTS[name]!({ day, events, before: shop.get(day - 1)!, random: Math.random });
  return [...shop].flatMap((entry) => (entry[0] !== day ? [entry] : faulty.length > 0 ? [[day, faulty]] : []));
}

describe('The check input', () => {
  test('passes a usual day, and names the days that it compared', async () => {
    const store = await storeOf(shop);
    expect(await check(store)).toEqual({ result: 'passed', says: '2011-03-11 (15044) looks like the 28 days before' });
    expect(await check(store, 30)).toEqual({
      result: 'passed',
      says: '30 of 30 days were compared, and look like the 28 days before',
    });
  });

  test('does not count the days on which a shop is closed as compared', async () => {
    const sunday = LAST - 5;
    const store = await storeOf([...shop].filter(([day]) => (day - sunday) % 7 !== 0));
    expect(await check(store, 21)).toEqual({
      result: 'passed',
      says: '18 of 21 days were compared, and look like the 28 days before; days without actions, on weekdays that are usually closed: 3',
    });
    expect(await checkInput({ actions: store, client: 'shop', day: sunday, days: 1 })).toEqual({
      result: 'passed',
      says: 'the days that are read have no actions, and their weekdays are usually closed',
    });
  });

  test.each([
    [
      'every event twice',
      /^2011-03-11 \(15044\): 50\.\d % of the lines repeat another line, and at most 0\.0 % .*twice\?/,
    ],
    ['ids renumbered', /100\.0 % of the users are new/],
    ['the data of the day before again', /100\.0 % of the pairs .* are those of the day before/],
    ['no event', /there is no action, and the same weekday before had \d+ to \d+: are the logs missing/],
    ['the commonest type missing', /no action is of type 1, and the 28 days before had \d+ to \d+/],
    ['times a day off', /100\.0 % of the times are not on the day/],
  ])('warns about %s', async (fault, says) => {
    const finding = await check(await storeOf(withFault(fault)));
    expect(finding).toMatchObject({ result: 'failed', says: expect.stringMatching(says) });
  });

  test('tells of each day that is read, the newest first', async () => {
    const store = await storeOf(withFault('every event twice', LAST - 3));
    expect((await check(store)).result).toBe('passed');
    expect((await check(store, 4)).says).toMatch(/^2011-03-08 \(15041\): /);
  });

  test('does not apply to a shop with few days or few actions, and says so', async () => {
    expect(await check(await storeOf([...shop].slice(-10)))).toEqual({
      result: 'notApplicable',
      says: '9 of the 28 days before 2011-03-11 (15044) have figures, and 14 are needed',
    });
    const small = [...shop].map(([day, events]) => [day, events.slice(0, 15)] as const);
    expect((await check(await storeOf(small))).says).toMatch(/have 15 actions \(median\), and 20 are needed/);
    expect(await check(await storeOf([]))).toMatchObject({ result: 'notApplicable' });
  });

  test('does not apply to folders from before there were figures', async () => {
    expect(await check(await storeOf(shop, false))).toEqual({
      result: 'notApplicable',
      says: 'shop/actions/15044/ has no figures: group the day again',
    });
  });

  test('leaves out what a missing sketch would tell', async () => {
    const store = await storeOf(withFault('the data of the day before again'));
    await store.delete(`shop/actions/${LAST - 1}/_sketch`);
    expect((await check(store)).says).not.toMatch(/pairs|new/);
  });
});
