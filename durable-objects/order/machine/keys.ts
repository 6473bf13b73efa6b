import type { OrderDocument } from './document.ts';
import type { EffectStep, Intent } from './intents.ts';

/*
 * Keys of effects: unique in the order, so that what is asked for again under the same key is asked for once.
 */

export const intentAs = (key: string, lane: string, effect: EffectStep): Intent => ({ key, lane, effect });

/** A repeat of a step, after an operator's retry for instance, has a key of its own. */
export const intent = (draft: OrderDocument, key: string, lane: string, effect: EffectStep): Intent =>
  intentAs(draft.rounds === 0 ? key : `${key}#${draft.rounds}`, lane, effect);
