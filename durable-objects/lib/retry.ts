const BASE_DELAY_MS = 500;
const DELAY_MAX_MS = 300_000;

/** It is known how long a repeat would be in vain. */
export class TryLater extends Error {
  override name = 'TryLater';
  readonly afterMs: number;
  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = Math.min(DELAY_MAX_MS, Math.max(0, afterMs));
  }
}

/** Exponential backoff with full jitter, between half and the whole of the step. `random` in [0, 1). Pure. */
export function retryDelayMs(attempts: number, random: number): number {
  const step = Math.min(DELAY_MAX_MS, BASE_DELAY_MS * 2 ** Math.max(0, attempts - 1));
  return Math.round(step / 2 + (step / 2) * random);
}
