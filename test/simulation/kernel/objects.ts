import type { Chance, Host } from '#objects/lib/host.ts';
import { ID_PREFIXES } from '#shared/ids/ids.ts';
import type { Kernel } from './kernel.ts';
import { type Caller, type Network, NetworkError } from './network.ts';
import { ObjectDisk } from './storage.ts';

/** Any object's engine: methods of its face, and `alarm`. */
interface Engine {
  alarm(): Promise<void>;
}
type Method = (...parameters: unknown[]) => Promise<unknown>;

/** When an object's process is killed at the end of a turn. */
export interface Mortality {
  /** Its writes of this turn are lost with it. */
  beforeCommit: number;
  /** They are durable, but nothing that it wanted to send has left. */
  afterCommit: number;
}

/** A crash asked for at one exact place: the crash matrix goes through all of them. */
export type CrashPlan = (place: { object: string; turn: number; isDirty: boolean }) => keyof Mortality | null;

/** One object: its disk for ever, its engine until it is killed. */
export class SimulatedObject<Face extends object> {
  readonly name: string;
  readonly disk: ObjectDisk;
  readonly #world: Objects;
  readonly #make: (host: Host, self: Caller) => Face & Engine;
  #engine: (Face & Engine) | null = null;
  #generation = 0;
  #caller: Caller;
  #outgoing: (() => void)[] = [];
  #ringing = false;
  #armedFor: number | null = null;
  readonly #pending = new Set<() => void>();

  constructor(world: Objects, name: string, make: (host: Host, self: Caller) => Face & Engine) {
    this.name = name;
    this.#world = world;
    this.#make = make;
    this.#caller = this.#newCaller();
    this.disk = new ObjectDisk(name.slice(0, name.indexOf(':')));
    this.disk.onUse = () => world.touched(this);
  }

  /** Runs a method of the engine, which starts when it was killed. Rejects when it is killed meanwhile. */
  call(method: string, parameters: unknown[]): Promise<unknown> {
    this.#world.touched(this);
    return new Promise((resolve, reject) => {
      const died = (): void => reject(new NetworkError(`${this.name} went away`, true));
      this.#pending.add(died);
      const settle = <Value>(act: (value: Value) => void): ((value: Value) => void) => {
        const caller = this.#caller;
        return (value) => {
          // The answer leaves like any message: not before what it tells of is durable.
          if (caller.isAlive())
            caller.send(() => {
              if (this.#pending.delete(died)) act(value);
            });
        };
      };
      let answer: Promise<unknown>;
      try {
        const engine = this.#start() as unknown as Record<string, Method>;
        const run = engine[method];
        if (run === undefined) throw new Error(`${this.name} has no method ${method}`);
        answer = run.apply(engine, parameters);
      } catch (error) {
        this.#pending.delete(died);
        reject(error);
        return;
      }
      answer.then(settle(resolve), settle(reject));
    });
  }

  /** The end of a turn of the event loop: what was written becomes durable, what waits for that leaves. */
  settle(): void {
    const death = this.#world.crash(this);
    if (death === 'beforeCommit') {
      this.disk.rollback();
      this.kill('before its writes were durable');
      return;
    }
    this.disk.commit(this.#ringing);
    if (death === 'afterCommit') {
      this.kill('after its writes were durable');
      return;
    }
    for (const leave of this.#outgoing.splice(0)) leave();
    this.#arm();
  }

  kill(why: string): void {
    if (this.#engine === null) return;
    const { kernel } = this.#world;
    kernel.note(() => `✝ ${this.name} killed ${why}`);
    kernel.count('crash');
    this.disk.rollback();
    this.#engine = null;
    this.#generation += 1;
    this.#outgoing = [];
    this.#caller = this.#newCaller();
    this.#ringing = false;
    this.#armedFor = null;
    const pending = [...this.#pending];
    this.#pending.clear();
    for (const died of pending) died();
    this.#arm();
  }

  #start(): Face & Engine {
    if (this.#engine === null) {
      const caller = this.#caller;
      const { kernel } = this.#world;
      const chance: Chance = {
        random: () => kernel.stream(`${this.name} jitter`).next(),
        after: (ms, act) =>
          kernel.after(ms, `timer of ${this.name}`, () => {
            if (!caller.isAlive()) return;
            this.#world.touched(this);
            act();
          }),
      };
      const ids = kernel.stream(`${this.name} ids`);
      const host: Host = {
        ...chance,
        storage: this.disk.facade(() => caller.isAlive()),
        clock: { now: () => kernel.now },
        newId: (kind) => `${ID_PREFIXES[kind]}_${ids.hex(32)}`,
        waitUntil: (work) => {
          work.catch((error: unknown) => {
            if (caller.isAlive())
              this.#world.failed(`${this.name}: work left behind failed: ${String(error)}`);
          });
        },
      };
      this.#engine = this.#make(host, caller);
    }
    return this.#engine;
  }

  #newCaller(): Caller {
    const generation = this.#generation;
    const isAlive = (): boolean => this.#generation === generation;
    return {
      name: this.name,
      isAlive,
      send: (leave) => {
        if (!isAlive()) return;
        this.#world.touched(this);
        this.#outgoing.push(leave);
      },
      wake: () => this.#world.touched(this),
      kill: (why) => {
        if (isAlive()) this.kill(why);
      },
    };
  }

  #arm(): void {
    const at = this.disk.alarm;
    if (at === this.#armedFor || this.#ringing) return;
    this.#armedFor = at;
    if (at === null) return;
    const { kernel } = this.#world;
    const jitter = kernel.stream(`${this.name} alarm`).int(0, 20);
    kernel.after(at - kernel.now + jitter, `alarm of ${this.name}`, () => {
      if (this.#armedFor === at && this.disk.alarm === at) this.#ring();
    });
  }

  #ring(): void {
    const caller = this.#caller;
    this.#world.touched(this);
    this.#ringing = true;
    this.disk.ringing();
    const over = (): void => {
      if (!caller.isAlive()) return;
      this.#world.touched(this);
      this.#ringing = false;
      this.#armedFor = null;
    };
    const failed = (error: unknown): void => {
      if (caller.isAlive()) this.#world.failed(`${this.name}: alarm failed: ${String(error)}`);
      over();
    };
    try {
      this.#start().alarm().then(over, failed);
    } catch (error) {
      failed(error);
    }
  }
}

/** All objects of a world, and the ends of their turns. */
export class Objects {
  readonly kernel: Kernel;
  readonly #touched = new Set<SimulatedObject<object>>();
  readonly all = new Map<string, SimulatedObject<object>>();
  readonly crash: (object: SimulatedObject<object>) => keyof Mortality | null;
  /** What an engine may never do: it ends in the list of violations. */
  readonly failed: (what: string) => void;

  constructor(
    kernel: Kernel,
    options: { mortality: Mortality; plan: CrashPlan | null; failed: (what: string) => void },
  ) {
    this.kernel = kernel;
    this.failed = options.failed;
    const { mortality, plan } = options;
    this.crash = (object) => {
      if (plan !== null && !kernel.faulty) return null;
      if (plan !== null)
        return plan({ object: object.name, turn: kernel.steps, isDirty: object.disk.isDirty });
      const stream = kernel.stream(`${object.name} life`);
      if (object.disk.isDirty && kernel.strikes(stream, 'beforeCommit', mortality.beforeCommit))
        return 'beforeCommit';
      return kernel.strikes(stream, 'afterCommit', mortality.afterCommit) ? 'afterCommit' : null;
    };
  }

  touched(object: SimulatedObject<object>): void {
    this.#touched.add(object);
  }

  /** Settles every object the last task touched; returns them. */
  settle(): SimulatedObject<object>[] {
    if (this.#touched.size === 0) return [];
    const touched = [...this.#touched];
    this.#touched.clear();
    for (const object of touched) object.settle();
    return touched;
  }

  /** Objects of one class by name, as `caller` sees them over the network. */
  namespace<Face extends object>(
    kind: string,
    network: Network,
    make: (name: string, host: Host, self: Caller) => Face & Engine,
  ): SimulatedNamespace<Face> {
    const of = (name: string): SimulatedObject<Face> => {
      const full = `${kind}:${name}`;
      let object = this.all.get(full);
      if (object === undefined) {
        object = new SimulatedObject<Face>(this, full, (host, self) => make(name, host, self));
        this.all.set(full, object);
      }
      return object as SimulatedObject<Face>;
    };
    const seenBy = (caller: Caller): { getByName(name: string): Face } => ({
      getByName: (name) => {
        const object = of(name);
        return new Proxy(object, {
          get:
            (_, method) =>
            (...parameters: unknown[]) =>
              network.call(caller, `${object.name}.${String(method)}`, () =>
                object.call(String(method), parameters),
              ),
        }) as unknown as Face;
      },
    });
    return { of, seenBy };
  }

  close(): void {
    for (const object of this.all.values()) object.disk.close();
  }
}

export interface SimulatedNamespace<Face extends object> {
  of: (name: string) => SimulatedObject<Face>;
  seenBy: (caller: Caller) => { getByName(name: string): Face };
}
