import type { PaymentDispute } from '#shared/contracts/payments.ts';
import type { OrderDocument } from '../machine/document.ts';
import { type Fact, told } from './disputed.ts';

/** The provider and the banks behind it: what they hold is the truth, and they refuse what is not there. */
export class Bank {
  readonly captured: number;
  readonly disputes: PaymentDispute[] = [];
  readonly refunds = new Map<string, { amount: number; state: 'succeeded' | 'failed' }>();
  outside = 0;

  constructor(captured: number) {
    this.captured = captured;
  }
  get refunded(): number {
    const own = [...this.refunds.values()].filter(({ state }) => state === 'succeeded');
    return own.reduce((sum, { amount }) => sum + amount, this.outside);
  }
  get taken(): number {
    return this.disputes
      .filter(({ state }) => state === 'open' || state === 'lost')
      .reduce((sum, { amount }) => sum + amount, 0);
  }
  get left(): number {
    return this.captured - this.refunded - this.taken;
  }
  open(share: number, state: 'warning' | 'open'): void {
    const amount = Math.floor((this.left * share) / 4);
    if (amount === 0) return;
    const disputeId = `du_${this.disputes.length}`;
    this.disputes.push({ disputeId, amount, state, reason: 'fraudulent', openedAt: 1 });
  }
  decide(index: number, state: 'open' | 'won' | 'lost'): void {
    const found = this.disputes[index % Math.max(1, this.disputes.length)];
    if (found === undefined || found.state === 'won' || found.state === 'lost') return;
    if (found.state === 'warning' && state !== 'won' && found.amount > this.left) return;
    found.state = state;
  }
  /** What the order asks for; false: refused. */
  refund(id: string, amount: number): boolean {
    if (this.refunds.has(id)) return true;
    if (amount > this.left) return false;
    this.refunds.set(id, { amount, state: 'succeeded' });
    return true;
  }
  snapshot(document: OrderDocument): Fact {
    return told(document, {
      refunded: this.refunded,
      disputes: structuredClone(this.disputes),
      refunds: [...this.refunds].map(([reference, { amount, state }]) => ({
        refundId: reference,
        amount,
        state,
        reference,
      })),
    });
  }
}

/** The provisioner, by its contract: the wish with the greatest number counts, in whatever order wishes arrive. */
export class Uses {
  readonly wishes = new Map<string, { sequence: number; suspended: boolean }>();
  hear({ lineId, sequence, type }: { lineId: string; sequence: number; type: string }): void {
    const known = this.wishes.get(lineId);
    if ((known?.sequence ?? 0) < sequence) {
      this.wishes.set(lineId, { sequence, suspended: type === 'line.suspend' });
    }
  }
}
