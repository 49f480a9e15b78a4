import { cutSessions, sessionActions } from '../../../functions/sessionitems/core-sessions.ts';
import { sessionItems } from '../../../functions/sessionitems/job.ts';
import { visitKernel } from './visits.ts';

export const kernel = visitKernel(sessionItems, { actions: sessionActions, cut: cutSessions });
