/**
 * Is a recorded history of parallel calls one that a single sequential object could have answered, each call taking effect
 * at one instant between its beginning and its end? The search of Wing and Gong, "Testing and Verifying Concurrent
 * Objects" (1993), with the states seen remembered as by Lowe, "Testing for linearizability" (2017).
 */
export interface Call<Input, Output> {
  /** Any clock both ends of all calls are read from. */
  invoked: number;
  /** Infinity: it never answered, so it may have taken effect at any time since, or not at all. */
  returned: number;
  input: Input;
  /** What was answered; absent when it never was. */
  output?: Output;
}
export interface Model<State, Input, Output> {
  initial: State;
  /** The state after the call; null: the object could not have answered so. An absent output matches any. */
  step(state: State, input: Input, output: Output | undefined): State | null;
  /** The same text for the same state. */
  key(state: State): string;
}

/** More states than any honest history of a test needs. */
const STATES_MAX = 2_000_000;

/** An order of the calls that explains the history, as indices; null: there is none. */
export function linearize<State, Input, Output>(
  model: Model<State, Input, Output>,
  history: readonly Call<Input, Output>[],
): number[] | null {
  const calls = history.map((call, index) => ({ ...call, index })).sort((a, b) => a.invoked - b.invoked);
  const seen = new Set<string>();
  const done = calls.map(() => false);
  const order: number[] = [];

  const search = (state: State): boolean => {
    const open = calls.filter((_, at) => !done[at]);
    if (open.every((call) => call.returned === Number.POSITIVE_INFINITY)) return true;
    const known = `${done.map(Number).join('')}|${model.key(state)}`;
    if (seen.has(known)) return false;
    seen.add(known);
    if (seen.size > STATES_MAX) throw new Error('the history has too many states to search');
    // A call that ended before another began comes before it.
    const firstEnd = Math.min(...open.map((call) => call.returned));
    for (const [at, call] of calls.entries()) {
      if (call.invoked > firstEnd) break;
      if (done[at]) continue;
      const next = model.step(state, call.input, call.output);
      if (next === null) continue;
      done[at] = true;
      order.push(call.index);
      if (search(next)) return true;
      order.pop();
      done[at] = false;
    }
    return false;
  };
  return search(model.initial) ? order : null;
}

/** Records calls as they are made. One recorder a history. */
export class Recorder<Input, Output> {
  readonly history: Call<Input, Output>[] = [];
  #clock = 0;

  async call(input: Input, act: () => Promise<Output>): Promise<Output> {
    const entry: Call<Input, Output> = { invoked: this.#tick(), returned: Number.POSITIVE_INFINITY, input };
    this.history.push(entry);
    const output = await act();
    Object.assign(entry, { returned: this.#tick(), output });
    return output;
  }

  /** What may happen by itself from now on. */
  mayHappen(input: Input): void {
    this.history.push({ invoked: this.#tick(), returned: Number.POSITIVE_INFINITY, input });
  }

  #tick(): number {
    return (this.#clock += 1);
  }
}
