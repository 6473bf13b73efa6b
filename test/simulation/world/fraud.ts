import type { Assessed, AssessRequest, FraudAssessor } from '#objects/fraud/face.ts';
import { ALLOWED } from '#objects/fraud/testing/allowed.ts';
import type { Outcome } from '#shared/domain/fraud/outcome.ts';
import { DAY_MS, HOUR_MS } from '#shared/time/time.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Caller, Network } from '../kernel/network.ts';

/** How suspicious a history's orders are. */
export interface FraudQuality {
  suspicious: number;
}

/** The shop's look at the risk: the same answer about the same order in the same phase, however often it is asked. */
export class Fraud {
  readonly #kernel: Kernel;
  readonly #network: Network;
  readonly #quality: FraudQuality;

  constructor(options: { kernel: Kernel; network: Network; quality: FraudQuality }) {
    this.#kernel = options.kernel;
    this.#network = options.network;
    this.#quality = options.quality;
  }

  seenBy(self: Caller): FraudAssessor {
    return { assess: (_, request) => this.#network.call(self, 'fraud', () => this.#assess(request)) };
  }

  readonly #found = new Map<string, Assessed>();
  #assess({ orderId, phase }: AssessRequest): Assessed {
    const asked = `${orderId} ${phase}`;
    const known = this.#found.get(asked);
    if (known !== undefined) return known;
    const chance = this.#kernel.stream(`fraud ${asked}`);
    const outcome = chance.weighted<Outcome>([
      [4, 'review'],
      [2, 'challenge'],
      [1, 'block'],
    ]);
    const strikes = this.#kernel.strikes(chance, outcome, this.#quality.suspicious);
    const reviewMs = chance.pick([HOUR_MS, DAY_MS, 3 * DAY_MS]);
    const policy = { ...ALLOWED.policy, reviewMs, remindMs: reviewMs / 3 };
    const assessed: Assessed = { ...ALLOWED, policy, outcome: strikes ? outcome : 'allow' };
    this.#found.set(asked, assessed);
    return assessed;
  }
}
