/** Where the demonstration's data lies and where it writes: all below one git-ignored folder. */
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** A folder a client. */
export const DATA = join(project, 'test/data');
export const DEMO = join(project, '.demo');
/** Output root of the jobs. */
export const MODELS = join(DEMO, 'models');
/** Stands for ZooKeeper. */
export const CONFIG = join(DEMO, 'config');
/** Root of the second training, which is never activated. */
export const EVALUATION = join(DEMO, 'evaluation');

/** A path as a person would type it from the project's folder. */
export const shown = (path: string): string => relative(project, path);
