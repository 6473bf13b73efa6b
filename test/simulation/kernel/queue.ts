import { plainCopy } from '#shared/domain/plain-copy.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '#shared/time/time.ts';
import type { Kernel } from './kernel.ts';
import type { Caller, Network } from './network.ts';

/** How a queue misbehaves, per delivery. */
export interface QueueQuality {
  /** Delivered a second time. */
  duplicate: number;
  /** Held up for minutes: others overtake it. */
  delayed: number;
  /** The consumer fails before it does anything. */
  consumerFails: number;
  /** Fails for good: it goes to the dead letters at once. */
  dead: number;
}

const RETRIES_MAX = 5;
/** As long as the platform lets a consumer work on a batch. */
const CONSUMER_LIMIT_MS = 15 * MINUTE_MS;
const RETRY_DELAY_MS = 10 * SECOND_MS;

/** A queue and its consumer: at least once, in any order, dead letters kept until they are replayed. */
export class SimulatedQueue<Message extends { orderId?: string; sku?: string }> {
  readonly name: string;
  readonly #kernel: Kernel;
  readonly #network: Network;
  readonly #quality: QueueQuality;
  readonly #consume: (message: Message) => Promise<void>;
  readonly deadLetters: Message[] = [];
  sent = 0;

  constructor(
    name: string,
    options: {
      kernel: Kernel;
      network: Network;
      quality: QueueQuality;
      consume: (message: Message) => Promise<void>;
    },
  ) {
    this.name = name;
    this.#kernel = options.kernel;
    this.#network = options.network;
    this.#quality = options.quality;
    this.#consume = options.consume;
  }

  seenBy(caller: Caller): Queue<Message> {
    const send = (messages: Message[]): Promise<void> =>
      this.#network.call(caller, `queue ${this.name}`, () => this.accept(messages));
    const queue = {
      send: (message: Message) => send([plainCopy(message)]),
      sendBatch: (messages: Iterable<{ body: Message }>) =>
        send([...messages].map(({ body }) => plainCopy(body))),
    };
    return queue as unknown as Queue<Message>;
  }

  accept(messages: readonly Message[]): void {
    for (const message of messages) {
      this.sent += 1;
      const stream = this.#stream(message);
      this.#schedule(message, 0, stream.int(5, 400));
      if (this.#strikes(message, 'duplicate')) this.#schedule(message, 0, stream.int(5, 60_000));
    }
  }

  /** An operator's replay: all of them once more. */
  replay(): number {
    const letters = this.deadLetters.splice(0);
    this.accept(letters);
    return letters.length;
  }

  #schedule(message: Message, attempts: number, delayMs: number): void {
    const more = this.#strikes(message, 'delayed')
      ? this.#stream(message).int(1, 3 * 60) * 60 * SECOND_MS
      : 0;
    this.#kernel.after(Math.min(delayMs + more, 12 * HOUR_MS), `queue ${this.name}`, () => {
      this.#deliver(message, attempts + 1);
    });
  }

  #deliver(message: Message, attempts: number): void {
    this.#kernel.note(() => `queue ${this.name}: ${JSON.stringify(message).slice(0, 160)}`);
    let isOver = false;
    const failed = (why: string): void => {
      if (isOver) return;
      isOver = true;
      this.#kernel.note(() => `queue ${this.name}: attempt ${attempts} failed: ${why}`);
      if (attempts > RETRIES_MAX) this.deadLetters.push(message);
      else this.#schedule(message, attempts, RETRY_DELAY_MS);
    };
    if (this.#strikes(message, 'dead')) {
      this.deadLetters.push(message);
      return;
    }
    if (this.#strikes(message, 'consumerFails')) return failed('the consumer died');
    const late = this.#kernel.after(CONSUMER_LIMIT_MS, `consumer of ${this.name}`, () => failed('no answer'));
    this.#consume(message).then(late, (error: unknown) => {
      late();
      failed(String(error));
    });
  }

  #strikes(message: Message, kind: keyof QueueQuality): boolean {
    return this.#kernel.strikes(this.#stream(message), kind, this.#quality[kind]);
  }
  /** Messages about one order share a stream, so that leaving out another order changes nothing for them. */
  #stream({ orderId, sku }: Message) {
    return this.#kernel.stream(`queue ${this.name} ${orderId ?? sku ?? ''}`);
  }
}
