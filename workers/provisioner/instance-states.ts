import type { Instance } from '#shared/contracts/http/instances.ts';

export type InstanceState = Instance['state'];

/**
 * The life of an instance: state → states it may move to. `undone` is final; everything else can still be undone.
 * Rows move by conditional updates alone, so of two movers one wins.
 */
export const TRANSITIONS = {
  provisioning: ['ready', 'failed', 'undoing'],
  ready: ['active', 'undoing'],
  active: ['suspended', 'undoing'],
  suspended: ['active', 'undoing'],
  failed: ['undoing'],
  undoing: ['undone'],
  undone: [],
} as const satisfies Record<InstanceState, readonly InstanceState[]>;

/** States from which `to` can be reached in one move. */
export const statesBefore = (to: InstanceState): InstanceState[] =>
  (Object.keys(TRANSITIONS) as InstanceState[]).filter((from) =>
    (TRANSITIONS[from] as readonly InstanceState[]).includes(to),
  );
