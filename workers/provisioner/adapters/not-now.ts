/** Thrown where a call waits for its turn: nothing failed, and no try is used up. The caller looks again later. */
export class NotNow extends Error {
  readonly retryAfterSeconds: number;
  /** For whoever watches. */
  readonly why: string;
  constructor(message: string, why: string, retryAfterSeconds: number) {
    super(message);
    this.name = 'NotNow';
    this.why = why;
    this.retryAfterSeconds = Math.max(1, Math.ceil(retryAfterSeconds));
  }
}
