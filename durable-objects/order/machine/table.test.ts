import { describe, expect, it } from 'vitest';
import type { State } from './document.ts';
import { specOf, STATES } from './table.ts';
import type { Row } from './table-rows.ts';

const rowsOf = (state: State): Row[] => [
  ...(specOf(state).always ?? []),
  ...Object.values(specOf(state).on).flat(),
];
/** Where a state leads; from a person's hands back to every state that can get there. */
const next = (state: State): State[] =>
  rowsOf(state).flatMap((row) => {
    if (row.to === undefined) return [];
    if (row.to !== 'resume') return [row.to];
    return STATES.filter((other) => rowsOf(other).some((way) => way.to === 'needs_operator'));
  });
function reachable(from: State): Set<State> {
  const seen = new Set<State>([from]);
  for (const state of seen) for (const to of next(state)) seen.add(to);
  return seen;
}

describe('the table of the order machine', () => {
  it('reaches every state from the beginning, because an unreachable one is dead code', () => {
    expect([...reachable('pricing')].sort()).toEqual([...STATES].sort());
  });

  it.each(STATES)('leads from %s to an end, because an order must not hang for ever', (state) => {
    expect([...reachable(state)].some((to) => specOf(to).terminal === true)).toBe(true);
  });

  it.each(STATES)(
    'has in %s a way for its deadline, because an alarm without one would ring for ever',
    (state) => {
      const { deadline, on, terminal } = specOf(state);
      const event = { window: 'window.ended', stage: 'stage.overdue', review: 'review.due' } as const;
      const needed = on[event[deadline ?? 'stage']];
      expect(deadline === undefined || needed !== undefined).toBe(true);
      expect(terminal === true || deadline !== undefined || state === 'needs_operator').toBe(true);
    },
  );

  it.each(STATES)('takes %s on when an effect is given up, if it asks for anything', (state) => {
    const { on, steady, terminal } = specOf(state);
    const handled = on['effect.parked'] !== undefined || state === 'needs_operator';
    expect(handled).toBe(terminal !== true || steady !== undefined);
  });

  it('takes on a refusal wherever it asks for a payment step that may be refused', () => {
    // A gift card that cannot be held refuses the order.
    const asking = STATES.filter((state) => specOf(state).steady !== undefined && state !== 'holding_cards');
    expect(asking).toEqual([
      'requesting_payment',
      'awaiting_payment',
      'closing',
      'authorised',
      'provisioning',
      'delivering',
      'capturing',
      'activating',
      'completed',
      'returning_money',
    ]);
    const handled = STATES.filter((state) => {
      const { always = [], on } = specOf(state);
      return [...always, ...(on['payment.step_refused'] ?? [])].some(({ when }) => when === 'refusedForGood');
    });
    expect(handled).toEqual(asking);
  });

  it('knows in every state that may hold money what a message of the payment service means', () => {
    const without = STATES.filter((state) => specOf(state).on['payment.notified'] === undefined);
    expect(without).toEqual(['pricing', 'screening', 'holding', 'repricing', 'holding_cards', 'rejected']);
  });
});
