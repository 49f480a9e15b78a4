/** Preloaded into what a job is compared with: garbage is collected there as the command line has it. */
import { collectOnOwnThread } from '../../../cli/start-up.mjs';

collectOnOwnThread();
