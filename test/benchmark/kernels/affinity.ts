/** The kernel of jobs that find users' affinities: counts by user, shares of all users, the selection, and its lines. */
import type * as z from 'zod';
import { addToTotals, countFeatures, numberItems } from '../../../shared/affinity/feature-counts.ts';
import { readSizes, Selection, selectionLines } from '../../../shared/affinity/selection.ts';
import type { Affinity } from '../../../shared/affinity/steps.ts';
import type { CatalogueReader } from '../../../shared/catalogue/catalogue.ts';
import { readFeaturesOf, readLabels, readWritten } from '../../../shared/catalogue/snapshot.ts';
import type { Job, Settings } from '../../../shared/job/job.ts';
import { openStore } from '../../../shared/store/open-store.ts';
import type { Body } from '../../../shared/store/store.ts';
import { actionsIn, groupedByUser } from './actions.ts';
import type { Kernel } from './kernel.ts';
import { segmentsIn } from './segments.ts';

export function affinityKernel<S extends Settings, L>(
  job: Job<S>,
  affinity: Affinity<z.output<S>, L>,
  reader: CatalogueReader<z.output<S>>,
): Kernel {
  return async ({ folder, settings: given }) => {
    const settings = job.settings.parse(given);
    const actions = actionsIn(folder);
    const snapshots = await reader.fromFile(settings, openStore, () => undefined);
    const catalogue = await segmentsIn(snapshots.catalogue as Body);
    return async function* () {
      const { ids: users, starts, columns } = groupedByUser(actions, { columns: ['items'] });
      const { index, numbers } = numberItems(columns.get('items')!);
      const features = await readFeaturesOf(catalogue, index);
      const labels = await readLabels<L>(catalogue);
      const counts = countFeatures({ users, starts }, numbers, features, labels.length, affinity.minActions(settings));
      const none = { counts: new Float64Array(labels.length), contributions: 0, tagged: 0 };
      const selection = new Selection(labels.length);
      affinity.select(counts, addToTotals(none, counts), settings, selection, await readWritten(catalogue));

      const selected = [await segmentsIn(selection.finish(null))];
      const sizes = await readSizes(selected, labels.length);
      const least = affinity.minUsers(settings);
      yield* selectionLines(selected, (user, feature, weight) =>
        sizes[feature]! < least ? undefined : affinity.line(user, labels[feature]!, weight),
      );
    };
  };
}
