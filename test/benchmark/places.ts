/** The paths of the benchmark. Its installations and generated data are in `.bench/`, which git ignores. */
import { fileURLToPath } from 'node:url';

export const PROJECT: string = fileURLToPath(new URL('../../', import.meta.url));
export const BENCH: string = `${PROJECT}.bench/`;
export const RESULTS: string = fileURLToPath(new URL('results.md', import.meta.url));
/** The cost model, by which `offline plan` predicts. */
export const COST_MODEL: string = fileURLToPath(new URL('../../shared/cost/model.json', import.meta.url));
export const GROWTH_PLOT: string = fileURLToPath(new URL('growth.svg', import.meta.url));
export const FLAME_GRAPH: string = fileURLToPath(new URL('flame.svg', import.meta.url));
export const PEERS: string = fileURLToPath(new URL('peers/', import.meta.url));
export const CHILDREN: string = fileURLToPath(new URL('children/', import.meta.url));

/** The day of all generated logs: 2015-02-25. */
export const DAY = 16_491;
export const CLIENT = 'shop';
