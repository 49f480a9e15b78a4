/** The most similar items of items, for the check `change`. */
import { similarityIn } from '../../shared/evaluation/similarity-lines.ts';
import { eachLine, LIST_LENGTH } from '../../shared/verdict/compared-lists.ts';
import type { ComparedLists } from '../../shared/verdict/judging.ts';
import type { SimilaritySettings } from './settings.ts';

interface Partner {
  readonly item: number;
  readonly similarity: number;
}

export const comparedLists: ComparedLists<SimilaritySettings> = {
  side: 'items',
  async read(files, _settings, sample) {
    const lists = Array.from({ length: sample.size }, (): Partner[] => []);
    const offer = (place: number, item: number, similarity: number): void => {
      if (place < 0) return;
      const list = lists[place]!;
      let at = list.length;
      while (at > 0 && isBefore({ item, similarity }, list[at - 1]!)) at--;
      list.splice(at, 0, { item, similarity });
      if (list.length > LIST_LENGTH) list.pop();
    };
    for (const file of files) {
      if (!file.name.startsWith('part-')) continue;
      await eachLine(file, (buffer, start, end) => {
        const { item1, item2, similarity } = similarityIn(buffer.toString('latin1', start, end));
        offer(sample.placeOf(item1), item2, similarity);
        offer(sample.placeOf(item2), item1, similarity);
      });
    }
    return lists.map((list) => list.map(({ item }) => item));
  },
};

const isBefore = (a: Partner, b: Partner): boolean =>
  a.similarity > b.similarity || (a.similarity === b.similarity && a.item < b.item);
