/** The demonstration's folders: it reads the test data, and writes below one git-ignored folder. */
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../../', import.meta.url));

/** The test data, with a folder for each client. */
export const DATA = join(project, 'test/data');
export const DEMO = join(project, '.demo');
/** The output root of the jobs. */
export const MODELS = join(DEMO, 'models');
/** The folder that stands for ZooKeeper. */
export const CONFIG = join(DEMO, 'config');
/** The exports, with a folder for each client and job. */
export const EXPORT = join(DEMO, 'export');
/** The output root of the second training, which is never activated. */
export const EVALUATION = join(DEMO, 'evaluation');

/** Returns a path relative to the project's folder. */
export const shown = (path: string): string => relative(project, path);
