import { Stream } from './random.ts';

/** 2026-01-01T00:00:00Z. */
const START = 1_767_225_600_000;

interface Task {
  at: number;
  order: number;
  label: string;
  isCancelled: boolean;
  run: () => void;
}

/**
 * Time, chance and order of one simulated history: a queue of tasks in virtual time, run one after the other. Promises in
 * the code under test only ever wait for such tasks, so one seed gives one history.
 */
export class Kernel {
  now: number;
  /** When the history begins, epoch milliseconds. */
  readonly start = START;
  /** Tasks run so far. */
  steps = 0;
  /** False: nothing goes wrong any more. */
  faulty = true;
  readonly seed: number;
  /** Faults that struck, and wishes that were made, by name. */
  readonly struck: string[] = [];
  readonly faults = new Map<string, number>();
  readonly trace: string[] | null;
  /** Names of what may not happen, see `mayHappen`. */
  readonly #dropped: ReadonlySet<string>;
  readonly #heap: Task[] = [];
  #order = 0;
  readonly #streams = new Map<string, Stream>();

  constructor(seed: number, options: { dropped?: ReadonlySet<string>; trace?: boolean } = {}) {
    this.seed = seed;
    this.now = START;
    this.#dropped = options.dropped ?? new Set();
    this.trace = options.trace === true ? [] : null;
  }

  stream(name: string): Stream {
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      stream = new Stream(this.seed, name);
      this.#streams.set(name, stream);
    }
    return stream;
  }

  /** False for what the shrinker left out. What happens is remembered by its name. */
  mayHappen(name: string): boolean {
    if (this.#dropped.has(name)) return false;
    this.struck.push(name);
    return true;
  }

  /** Does this fault strike now? Drawn from the stream either way, so that leaving one out shifts no other. */
  strikes(stream: Stream, kind: string, probability: number): boolean {
    if (!this.faulty || probability === 0 || !stream.chance(probability)) return false;
    if (!this.mayHappen(`${stream.name}#${stream.drawn}:${kind}`)) return false;
    this.count(kind);
    return true;
  }

  count(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }

  note(text: () => string): void {
    this.trace?.push(`${((this.now - START) / 1000).toFixed(3).padStart(12)}s  ${text()}`);
  }

  /** Runs once after `delayMs` of virtual time; the answer takes it back. */
  after(delayMs: number, label: string, run: () => void): () => void {
    const at = this.now + Math.max(0, Math.ceil(delayMs));
    const task = { at, order: (this.#order += 1), label, isCancelled: false, run };
    this.#push(task);
    return () => {
      task.isCancelled = true;
    };
  }

  /** Runs tasks until none is due by `until`. `settled` is called after each, once nothing goes on by itself. */
  run(until: number, settled: () => void, stepsMax: number): Promise<'done' | 'exhausted'> {
    return inTurns((began) => {
      if (began) settled();
      const next = this.#heap[0];
      if (next === undefined || next.at > until) {
        if (until !== Number.POSITIVE_INFINITY) this.now = Math.max(this.now, until);
        return 'done';
      }
      if (this.steps >= stepsMax) return 'exhausted';
      this.#pop();
      this.steps += 1;
      this.now = Math.max(this.now, next.at);
      if (!next.isCancelled) next.run();
      return null;
    });
  }

  /** What comes next, in words. */
  get next(): string {
    return this.#heap[0]?.label ?? 'nothing';
  }

  #push(task: Task): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(task);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(task, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = index * 2 + 1;
      let child = heap[left];
      if (child === undefined) break;
      let at = left;
      const right = heap[left + 1];
      if (right !== undefined && isBefore(right, child)) {
        child = right;
        at = left + 1;
      }
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = at;
    }
    heap[index] = last;
  }
}

const isBefore = (one: Task, other: Task): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order);

/** Turns asked of the event loop at once. Between two of them every promise that can go on goes on. */
const TURNS = 64;

/** Takes turns until one of them answers. `turn` is told whether it is not the first. */
function inTurns<Answer>(turn: (began: boolean) => Answer | null): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let asked = 0;
    let isOver = false;
    const take = (began: boolean): void => {
      try {
        const answer = turn(began);
        if (answer === null) return;
        isOver = true;
        resolve(answer);
      } catch (error) {
        isOver = true;
        reject(error);
      }
    };
    const next = (): void => {
      asked -= 1;
      if (!isOver) take(true);
      if (!isOver && asked === 0) ask();
    };
    const ask = (): void => {
      for (; asked < TURNS; asked += 1) setImmediate(next);
    };
    take(false);
    if (!isOver) ask();
  });
}
