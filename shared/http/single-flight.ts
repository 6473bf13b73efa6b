/**
 * However many requests of one isolate want the same at once, one of them works for all. Those that wait share its
 * failure too; but a request can be cut off with everything it began, so one that has waited for `waitMs` works itself.
 */
export class SingleFlight<Value> {
  readonly #underWay = new Map<string, Promise<Value>>();
  readonly #waitMs: number;

  constructor(waitMs: number) {
    this.#waitMs = waitMs;
  }

  /** `later` keeps the work alive when the client that began it goes away (`ctx.waitUntil`). */
  async share(
    key: string,
    work: () => Promise<Value>,
    later: (work: Promise<unknown>) => void,
  ): Promise<Value> {
    const others = this.#underWay.get(key);
    if (others !== undefined) {
      const shared = await Promise.race([others.then((value) => ({ value })), nothingAfter(this.#waitMs)]);
      return shared === null ? work() : shared.value;
    }
    const own = work().finally(() => {
      if (this.#underWay.get(key) === own) this.#underWay.delete(key);
    });
    this.#underWay.set(key, own);
    later(own.catch(() => undefined));
    return own;
  }
}

const nothingAfter = (ms: number): Promise<null> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(null), ms);
  });
