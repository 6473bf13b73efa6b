import { describe, expect, it } from 'vitest';
import {
  after,
  AT,
  decide,
  dispute,
  disputed,
  type Fact,
  key,
  parcel,
  sold,
  steps,
} from '../testing/disputed.ts';
import { checkAfterSale } from './after-sale/check.ts';
import type { AfterSaleCommand } from './after-sale/events.ts';
import type { Line, OrderDocument } from './document.ts';
import { holdLines, releaseLines } from './suspension.ts';
import { transition } from './transition.ts';
import { publicOrder } from './view.ts';

describe('what a person decides', () => {
  const order = sold(key(1), parcel);
  const [first] = order.lines as [Line, Line];

  it('spares a line the disputes of now, not those of later', () => {
    const open = after(order, disputed(order, dispute('open', 100, 'a'))).document;
    const restored = after(open, decide('restore', first)).document;
    expect(restored.lines[0]?.access?.suspended).toBe(false);
    expect(after(restored, disputed(order, dispute('open', 100, 'a'))).changed).toBe(false);
    const another = after(
      restored,
      disputed(order, dispute('open', 100, 'a'), dispute('open', 100, 'b')),
    ).document;
    expect(another.lines[0]?.access?.suspended).toBe(true);
  });

  it('suspends until it is restored, whatever becomes of disputes meanwhile', () => {
    const held = after(order, decide('suspend', first)).document;
    const won = after(held, disputed(order, dispute('open', 1)), disputed(order, dispute('won', 1))).document;
    expect(won.lines[0]?.access).toMatchObject({ suspended: true, reason: 'by_operator' });
    expect(after(won, decide('restore', first)).document.lines[0]?.access?.suspended).toBe(false);
  });

  it('is refused of what it cannot be about, with the line it is about', () => {
    const check = (command: AfterSaleCommand) => checkAfterSale(order, { ...command, at: AT });
    expect(check(decide('restore', first))).toMatchObject({
      code: 'refused',
      refusals: [{ pointer: '/lineIds/0' }],
    });
    expect(check(decide('revoke', parcel))).toMatchObject({ code: 'refused' });
    expect(check(decide('restore'))).toMatchObject({ code: 'refused' });
    expect(check(decide('suspend', first))).toBeNull();
  });

  it('settles a loss together with what becomes of the goods', () => {
    const lost = after(order, disputed(order, dispute('lost', order.total))).document;
    expect(lost.state).toBe('needs_operator');
    const revoked = after(lost, decide('revoke', first));
    expect(revoked.document).toMatchObject({ state: 'completed', attention: null });
    const done = after(revoked.document, {
      type: 'line.deprovisioned',
      lineId: first.id,
      detail: '',
    }).document;
    expect(publicOrder(done, { as: 'customer' }, 0)?.lines[0]).toMatchObject({
      revoked: true,
      suspension: null,
    });
    expect(done.refunds).toEqual([]);
  });

  it('has a place for other causes, which end by their own', () => {
    const draft = structuredClone(order);
    holdLines(draft, 'fraud_suspected');
    const held = after(draft, { type: 'order.nudged' }).document;
    expect(held.lines[0]?.access).toMatchObject({ suspended: true, reason: 'fraud_suspected' });
    const released = structuredClone(held);
    releaseLines(released, 'fraud_suspected');
    expect(after(released, { type: 'order.nudged' }).document.lines[0]?.access?.suspended).toBe(false);
  });
});

describe('what the provisioner tells', () => {
  const order = sold(key(1));
  const lineId = order.lines[0]?.id ?? '';
  const open = after(order, disputed(order, dispute('open', order.total))).document;
  const shown = (document: OrderDocument) =>
    publicOrder(document, { as: 'customer' }, 0)?.lines[0]?.suspension?.state;
  const say = (type: 'line.suspended' | 'line.resumed', sequence: number, revision: number): Fact => ({
    type,
    lineId,
    detail: '',
    access: { sequence, revision },
  });

  it('counts by its number, so that older news changes nothing', () => {
    const won = after(open, say('line.suspended', 1, 1), disputed(order, dispute('won', order.total)));
    expect(shown(won.document)).toBe('resuming');
    const resumed = after(won.document, say('line.resumed', 2, 2));
    expect(shown(resumed.document)).toBeUndefined();
    expect(after(resumed.document, say('line.suspended', 1, 1)).changed).toBe(false);
  });

  it('shows as suspended by staff what the order does not want so', () => {
    const outcome = after(order, say('line.suspended', 0, 1)).document;
    expect(publicOrder(outcome, { as: 'customer' }, 0)?.lines[0]?.suspension).toMatchObject({
      state: 'suspended',
      code: 'by_operator',
    });
    expect(shown(after(outcome, say('line.resumed', 0, 2)).document)).toBeUndefined();
  });

  it('is asked for again by a nudge, under one key a minute, until it is told', () => {
    const later = (document: OrderDocument, at: number) => transition(document, { type: 'order.nudged', at });
    const asked = later(open, AT + 60_000);
    expect(steps(asked, 'lines.access')).toEqual([{ step: 'lines.access', lineIds: [lineId] }]);
    const heard = after(open, say('line.suspended', 1, 1)).document;
    expect(steps(later(heard, AT + 60_000), 'lines.access')).toEqual([]);
  });

  it('goes to a person when it is stuck, and is asked for again by a retry', () => {
    const stuck = after(open, {
      type: 'line.stuck',
      lineId,
      code: 'partner_refused_to_suspend',
      detail: 'No.',
      access: { sequence: 1, revision: 1 },
    });
    expect(stuck.document).toMatchObject({
      state: 'needs_operator',
      attention: { code: 'partner_refused_to_suspend' },
    });
    const retried = after(stuck.document, { type: 'operator.retried' });
    expect(retried.document.state).toBe('completed');
    expect(steps(retried, 'lines.access')).toHaveLength(1);
  });
});
