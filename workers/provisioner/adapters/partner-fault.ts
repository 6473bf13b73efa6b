/** Thrown for what may go away: no answer, a 5xx, garbage. It counts against the partner's breaker. */
export class PartnerFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PartnerFault';
  }
}
