import { describe, expect, it } from 'vitest';
import { AT, after, decide, dispute, disputed, key, parcel, sold, steps } from '../../testing/disputed.ts';
import type { Line, OrderDocument } from '../document.ts';
import { linesFor } from './access.ts';
import { checkAfterSale } from './check.ts';
import type { AccessDecision } from './events.ts';

const FIRST = key(1);
const SECOND = key(2);
const order = sold(FIRST, SECOND, parcel);
/** The bank has the money, so that both keys are suspended. */
const taken = after(order, disputed(order, dispute('open', 500))).document;
const fitting = (document: OrderDocument, decision: AccessDecision): string[] =>
  linesFor(document, decision).map(({ id }) => id);
const refused = (document: OrderDocument, decision: AccessDecision, ...lineIds: string[]) => {
  const wish = { ...decide(decision), lineIds, at: AT };
  const error = checkAfterSale(document, wish);
  return error?.code === 'refused' ? error.refusals : error;
};

describe('lines a decision about their use can be about', () => {
  it('are those in use to suspend, those suspended to restore, and both to take back; never a parcel', () => {
    expect(fitting(order, 'suspend')).toEqual([FIRST.id, SECOND.id]);
    expect(fitting(order, 'restore')).toEqual([]);
    expect(fitting(order, 'revoke')).toEqual([FIRST.id, SECOND.id]);
    expect(fitting(taken, 'suspend')).toEqual([]);
    expect(fitting(taken, 'restore')).toEqual([FIRST.id, SECOND.id]);
    expect(fitting(taken, 'revoke')).toEqual([FIRST.id, SECOND.id]);
    const half = after(order, decide('suspend', FIRST)).document;
    expect(fitting(half, 'suspend')).toEqual([SECOND.id]);
    expect(fitting(half, 'restore')).toEqual([FIRST.id]);
  });

  it('are named where they do not fit, with why', () => {
    expect(refused(order, 'restore', FIRST.id, 'line_x', parcel.id)).toEqual([
      { pointer: '/lineIds/0', detail: 'is not suspended by the order' },
      { pointer: '/lineIds/1', detail: 'is not a line of this order' },
      { pointer: '/lineIds/2', detail: 'is not suspended by the order' },
    ]);
    expect(refused(taken, 'suspend', SECOND.id)).toMatchObject([
      { pointer: '/lineIds/0', detail: expect.stringMatching(/^is not in use/) as string },
    ]);
    expect(refused(order, 'revoke')).toMatchObject([
      {
        pointer: '/lineIds',
        detail: expect.stringMatching(/^no line fits: each is nothing that can be taken back/) as string,
      },
    ]);
    expect(refused(taken, 'revoke', FIRST.id, SECOND.id)).toBeNull();
  });
});

describe('a decision about the use of a line', () => {
  const revokedOf = ({ lines }: OrderDocument): Line['revoked'][] => lines.map(({ revoked }) => revoked);

  it('takes back that line alone, by name, and no money with it', () => {
    const back = after(order, decide('revoke', FIRST));
    expect(revokedOf(back.document)).toEqual(['asked', 'no', 'no']);
    expect(steps(back, 'lines.deprovision')).toEqual([{ step: 'lines.deprovision', lineIds: [FIRST.id] }]);
    expect(steps(back, 'payment.refund')).toEqual([]);
  });

  it('is told with its reason, each line by itself', () => {
    expect(after(order, decide('suspend', FIRST)).notes).toContainEqual({
      type: 'access.suspended',
      text: `${FIRST.title}: suspended by our team (We looked into it)`,
      lineId: FIRST.id,
    });
    const silent = after(taken, { ...decide('restore', SECOND), why: '' });
    expect(silent.notes.filter(({ type }) => type.startsWith('access.'))).toEqual([
      { type: 'access.restored', text: `${SECOND.title}: yours to use again`, lineId: SECOND.id },
    ]);
  });
});
