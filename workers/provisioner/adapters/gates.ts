import { callObject, type ObjectNamespace } from '#objects/lib/namespace.ts';
import type { PartnerGateFace } from '#objects/partner-gate/face.ts';
import type { GateLimits, GateView } from '#objects/partner-gate/machine.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import type { Finding } from '../connectors/connector.ts';
import { NotNow } from './not-now.ts';
import { PartnerFault } from './partner-fault.ts';

/** The partner is not to be called now: nothing was sent, and nothing failed. */
export class PartnerClosed extends NotNow {
  constructor(partner: string, why: 'open' | 'full' | 'held', retryAfterMs: number) {
    super(`${partner}: ${why}`, WORDS[why], retryAfterMs / SECOND_MS);
    this.name = 'PartnerClosed';
  }
}
const WORDS = {
  open: 'The partner has trouble; we try again by ourselves.',
  full: 'Many orders are before this one.',
  held: 'An operator has stopped orders to this partner for now.',
};

export interface Gates {
  /** Runs one call to a partner. Throws `PartnerClosed` when it may not be called now. */
  pass<Value>(partner: string, call: () => Promise<Value>): Promise<Value>;
  view(partner: string): Promise<GateView>;
  configure(partner: string, change: { limits?: GateLimits; heldBy?: string | null }): Promise<GateView>;
  /** What a dry run says of it. */
  findings(partner: string): Promise<Finding[]>;
}

export function partnerGates(namespace: ObjectNamespace<PartnerGateFace>): Gates {
  const view = (partner: string) => callObject(namespace, partner, (gate) => gate.view());
  return {
    async pass(partner, work) {
      const call = crypto.randomUUID();
      const entry = await callObject(namespace, partner, (gate) => gate.enter({ call }));
      if (!entry.granted) throw new PartnerClosed(partner, entry.why, entry.retryAfterMs);
      const leave = (isFault: boolean) =>
        callObject(namespace, partner, (gate) => gate.leave({ call, isFault })).catch(() => undefined);
      try {
        const value = await work();
        await leave(false);
        return value;
      } catch (error) {
        await leave(error instanceof PartnerFault);
        throw error;
      }
    },
    view,
    configure: (partner, change) => callObject(namespace, partner, (gate) => gate.configure(change)),
    async findings(partner) {
      const { breaker } = await view(partner);
      return breaker === 'closed'
        ? []
        : [
            {
              isObstacle: false,
              text: `Calls to ${partner} wait: its breaker is ${breaker.replace('_', ' ')}.`,
            },
          ];
    },
  };
}
