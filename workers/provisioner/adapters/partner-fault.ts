/** Thrown for what may go away: no answer, a 5xx, garbage. It counts against the partner's breaker. */
export class PartnerFault extends Error {
  /** It is known that the call had no effect: it was not sent, or was told to come later. */
  readonly madeNothing: boolean;
  constructor(message: string, { madeNothing = false }: { madeNothing?: boolean } = {}) {
    super(message);
    this.name = 'PartnerFault';
    this.madeNothing = madeNothing;
  }
}
