import { SECOND_MS } from '#shared/time/time.ts';
import type { Kernel } from './kernel.ts';

/** Who makes a call: an object's engine, or a person or worker that never dies in a history. */
export interface Caller {
  name: string;
  isAlive(): boolean;
  /** Leaves once what the caller wrote in the same turn is durable; never, when it dies before. */
  send(leave: () => void): void;
  /** A turn of its event loop begins: something reached it. */
  wake(): void;
  kill(why: string): void;
}

/** Somebody who never dies in a history. */
export const person = (name: string): Caller => ({
  name,
  isAlive: () => true,
  send: (leave) => leave(),
  wake: () => {},
  kill: () => {},
});

/** How likely each fault of one call is. */
export interface LineQuality {
  /** Nobody is there: it fails, nothing was done. */
  away: number;
  /** It is done, and the reply is lost. */
  replyLost: number;
  /** It is done, and nothing ever comes back. */
  silent: number;
  /** Nothing comes back, and it is done much later: after the caller gave up and tried again. */
  late: number;
  /** The caller is killed after it was done, before the reply reaches it. */
  killed: number;
}
const AS_PLANNED: LineQuality = { away: 0, replyLost: 0, silent: 0, late: 0, killed: 0 };

/** What became of a call on the way. The platform marks some failures as worth repeating at once. */
export class NetworkError extends Error {
  readonly retryable: boolean;
  constructor(message: string, retryable: boolean) {
    super(message);
    this.retryable = retryable;
  }
}

/** Calls between everything, with what can go wrong on the way. */
export class Network {
  readonly #kernel: Kernel;
  readonly #quality: LineQuality;
  /** Called with each effect of a caller that was done and not yet told of; true: the caller dies now. */
  interrupt: (caller: Caller, label: string) => boolean = () => false;
  /** True: the call is done, and its reply never comes. */
  losesReply: (label: string) => boolean = () => false;
  /** True: nobody is there for this call now. */
  isDown: (label: string) => boolean = () => false;

  constructor(kernel: Kernel, quality: LineQuality) {
    this.#kernel = kernel;
    this.#quality = quality;
  }

  /** Resolves or rejects for a caller that still lives; for a dead one never. `act` runs where the call arrives. */
  call<Value>(caller: Caller, label: string, act: () => Promise<Value> | Value): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      caller.send(() => this.#travel(caller, label, act, resolve, reject));
    });
  }

  #travel<Value>(
    caller: Caller,
    label: string,
    act: () => Promise<Value> | Value,
    resolve: (value: Value) => void,
    reject: (error: unknown) => void,
  ): void {
    const kernel = this.#kernel;
    const stream = kernel.stream(`${caller.name} ${label}`);
    const quality = kernel.faulty ? this.#quality : AS_PLANNED;
    const strikes = (kind: keyof LineQuality): boolean => kernel.strikes(stream, kind, quality[kind]);
    const there = latency(stream.next());
    const back = latency(stream.next());
    const told = (delay: number, tell: () => void): void => {
      kernel.after(delay, `${caller.name} ← ${label}`, () => {
        if (!caller.isAlive()) return;
        caller.wake();
        tell();
      });
    };
    const failed = (why: string, delay: number): void => {
      const retryable = stream.chance(0.5);
      kernel.note(() => `${caller.name} → ${label}: ${why}`);
      told(delay, () => reject(new NetworkError(`${label}: ${why}`, retryable)));
    };
    if (strikes('away') || this.isDown(label)) return failed('nobody there', there);
    const replyLost = strikes('replyLost');
    const silent = strikes('silent');
    const late = strikes('late');
    const killed = strikes('killed');
    const arrive = late ? stream.int(16, 400) * SECOND_MS : there;
    if (late) kernel.note(() => `${caller.name} → ${label}: will arrive in ${arrive / 1000} s`);
    kernel.after(arrive, `${label} for ${caller.name}`, () => {
      kernel.note(() => `${caller.name} → ${label}`);
      const done = (tell: () => void): void => {
        if (killed || this.interrupt(caller, label)) {
          if (caller.isAlive()) caller.kill(`after ${label}, before its reply`);
          return;
        }
        if (silent || late) return;
        if (replyLost || this.losesReply(label)) return failed('reply lost', back);
        told(back, tell);
      };
      const fail = (error: unknown): void =>
        done(() => {
          kernel.note(() => `${caller.name} ← ${label}: ${String(error)}`);
          reject(error);
        });
      try {
        const value = act();
        const answered = (answer: Value): void => done(() => resolve(answer));
        if (value instanceof Promise) value.then(answered, fail);
        else answered(value);
      } catch (error) {
        fail(error);
      }
    });
  }
}

/** Mostly a few milliseconds; one in fifty takes seconds. */
const latency = (chance: number): number =>
  chance > 0.98 ? Math.round((chance - 0.98) * 500 * SECOND_MS) : 1 + Math.round(chance * 80);
