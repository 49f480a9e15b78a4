/** The last step of a run: its model goes live if the decision allows it. */
import { type Candidate, decide } from './decide.ts';
import { type MovableNode, type MoveOptions, moveNode } from './move.ts';

export type Activation =
  | {
      readonly activated: true;
      readonly location: string;
      /** The location that was live before; null when nothing was live. */
      readonly previous: string | null;
      /** True when this activation added the client to the list. */
      readonly registered: boolean;
    }
  | { readonly activated: false; readonly notActivated: string };

/**
 * Makes a run's model live if `decide` allows it for the record at that moment.
 * @throws as `moveNode`
 */
export async function activate(
  place: MovableNode,
  candidate: Candidate,
  options: MoveOptions = {},
): Promise<Activation> {
  const now = options.now ?? (() => new Date());
  const { day, run, requestedAt, location } = candidate;
  const moved = await moveNode(
    place,
    (record) => {
      const state = { live: record?.live ?? null, hold: record?.hold ?? null };
      const decision = decide(candidate, state, now());
      if (!decision.goesLive) return { kind: 'stays', why: decision.why };
      if (decision.isSame) return { kind: 'again' };
      const live = { day, run, requestedAt, location };
      return { kind: 'changes', live, hold: state.hold, by: 'run', because: null };
    },
    options,
  );
  if (moved.kind === 'stays') return { activated: false, notActivated: moved.why };
  const previous = moved.previous?.location ?? null;
  return { activated: true, location, previous, registered: moved.registered };
}
