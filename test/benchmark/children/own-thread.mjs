/** Preloaded into the parts of a job, so that they collect garbage as the command line does. */
import { collectOnOwnThread } from '../../../cli/start-up.mjs';

collectOnOwnThread();
