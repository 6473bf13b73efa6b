import type { StoreDatabases } from '#shared/db/store-databases.ts';
import { newId } from '#shared/ids/ids.ts';
import { idBeside, newIdBeside } from '#shared/ids/shard.ts';
import type { NewInstance } from '../queries/instances.ts';
import { Directory } from '../store/directory.ts';
import { routedDatabase } from '../store/routed-database.ts';
import { Router, ShardClosedError } from '../store/router.ts';
import { type Stores, stores } from '../store/stores.ts';
import type { Dice } from './killed-mover.ts';

/** One thing a writer did, with what it was told: `done`, `refused` (nothing happened), or nothing certain. */
interface Deed {
  instanceId: string;
  mark: string;
  outcome: 'done' | 'refused' | 'unknown';
}

interface HistoryRow {
  sequence: number;
  type: string;
  text: string;
}

/** An instance of a load, with all that was done to it. */
interface Thing {
  customerId: string;
  id: string;
  deeds: Deed[];
  /** The last link, whose row changes its key each time one is made. */
  link: string | null;
}

/**
 * Readers and writers of one shard and of bystanders, each with a copy of the directory as old as it likes. What they were
 * told is kept, and afterwards compared with what is there.
 */
export class StoreLoad {
  readonly #databases: StoreDatabases;
  readonly #dice: Dice;
  readonly #things: Thing[] = [];
  readonly faults: string[] = [];
  counts = { writes: 0, refused: 0, reads: 0 };
  #stopped = false;

  constructor(databases: StoreDatabases, dice: Dice) {
    this.#databases = databases;
    this.#dice = dice;
  }

  /** Customers of the shard that ends in `label`, each with instances that have some history. */
  async fill(label: string, customers: number, instancesEach: number): Promise<void> {
    for (let index = 0; index < customers; index += 1) {
      const customerId = idBeside(newId('user'), label);
      for (let each = 0; each < instancesEach; each += 1) await this.#open(this.#store(), customerId);
    }
  }

  /** Runs so many writers and readers until `stop`. */
  run(writers: number, readers: number): Promise<unknown> {
    return Promise.all([
      ...Array.from({ length: writers }, (_, index) => this.#write(index, writers)),
      ...Array.from({ length: readers }, () => this.#read()),
    ]);
  }
  stop(): void {
    this.#stopped = true;
  }

  #store = (): Stores => stores(this.#databases, new Directory());

  /** A writer has things of its own, so that it knows what it did to each, one after the other. */
  async #write(index: number, writers: number): Promise<void> {
    let store = this.#store();
    while (!this.#stopped) {
      if (this.#dice(10) === 0) store = this.#store();
      const mine = this.#things.filter((_, each) => each % writers === index);
      const thing = mine[this.#dice(mine.length)];
      if (thing === undefined) return;
      const what = this.#dice(8);
      if (what === 0 && this.#things.length < 400) await this.#open(store, thing.customerId);
      else if (what === 1) await this.#relink(thing);
      else await this.#note(store, thing);
    }
  }

  async #open(store: Stores, customerId: string): Promise<void> {
    const id = newIdBeside('instance', customerId);
    const thing: Thing = { customerId, id, deeds: [], link: null };
    const done = await this.#try(() =>
      store.ofCustomer(customerId).instances.open(instanceOf(id, customerId)),
    );
    if (done === 'done') this.#things.push(thing);
  }

  async #note(store: Stores, thing: Thing): Promise<void> {
    const mark = crypto.randomUUID();
    const reached = this.#dice(2) === 0 ? store.ofCustomer(thing.customerId) : store.ofInstance(thing.id);
    const outcome = await this.#try(() => reached.instances.note(thing.id, 'load', mark, 1));
    thing.deeds.push({ instanceId: thing.id, mark, outcome });
  }

  /** Makes the one link of an instance anew: the same row under another key. */
  async #relink(thing: Thing): Promise<void> {
    const id = crypto.randomUUID();
    const outcome = await this.#try(() =>
      this.#reach(thing)
        .prepare(
          `INSERT INTO download_links (id, instance_id, idempotency_key, created_at, expires_at) VALUES (?, ?, 'load', 1, 1)
           ON CONFLICT (instance_id, idempotency_key) DO UPDATE SET id = excluded.id`,
        )
        .bind(id, thing.id)
        .run(),
    );
    if (outcome === 'done') thing.link = id;
  }

  async #history({ id }: Thing): Promise<HistoryRow[]> {
    const found = await this.#reach({ id })
      .prepare('SELECT sequence, type, text FROM instance_history WHERE instance_id = ? ORDER BY sequence')
      .bind(id)
      .all<HistoryRow>();
    return found.results;
  }

  /** The database an instance lies in, as queries get it, by a copy of the directory that knows nothing yet. */
  #reach({ id }: Pick<Thing, 'id'>): D1Database {
    const router = new Router(this.#databases, new Directory());
    return routedDatabase((statements) => router.run({ row: { table: 'instances', id } }, statements));
  }

  async #try(act: () => Promise<unknown>): Promise<Deed['outcome']> {
    try {
      await act();
      this.counts.writes += 1;
      return 'done';
    } catch (error) {
      this.counts.refused += 1;
      if (error instanceof ShardClosedError) return 'refused';
      this.faults.push(`a write failed: ${String(error)}`);
      return 'unknown';
    }
  }

  /** Whoever reads after a write was confirmed sees it, however old the copy of the directory. */
  async #read(): Promise<void> {
    let store = this.#store();
    while (!this.#stopped) {
      if (this.#dice(10) === 0) store = this.#store();
      const thing = this.#things[this.#dice(this.#things.length)];
      if (thing === undefined) return;
      const told = thing.deeds.filter(({ outcome }) => outcome === 'done').map(({ mark }) => mark);
      const byList = this.#dice(3) === 0;
      try {
        if (byList) await this.#listed(store, thing);
        else await this.#seen(thing, told);
        this.counts.reads += 1;
      } catch (error) {
        if (!(error instanceof ShardClosedError)) this.faults.push(`a read failed: ${String(error)}`);
      }
    }
  }

  async #seen(thing: Thing, told: readonly string[]): Promise<void> {
    const history = await this.#history(thing);
    const marks = new Set(history.map(({ text }) => text));
    const missing = told.filter((mark) => !marks.has(mark));
    if (missing.length > 0) this.faults.push(`${thing.id}: ${missing.length} confirmed writes were not read`);
  }

  async #listed(store: Stores, thing: Thing): Promise<void> {
    const rows = await store.gather(
      (each) => each.documents.list({ limit: 1_000, customerId: thing.customerId }),
      ({ customerId }) => customerId,
    );
    const times = rows.filter(({ id }) => id === thing.id).length;
    if (times !== 1) this.faults.push(`${thing.id} was listed ${times} times`);
  }

  /** Compares all that is there with what writers were told. Answers with how many rows were looked at. */
  async check(): Promise<number> {
    let rows = 0;
    for (const thing of this.#things) {
      const history = await this.#history(thing);
      rows += history.length;
      const marks = history.filter(({ type }) => type === 'load').map(({ text }) => text);
      for (const { mark, outcome } of thing.deeds) {
        const times = marks.filter((each) => each === mark).length;
        if (outcome === 'done' && times !== 1)
          this.faults.push(`${thing.id}: a confirmed write is there ${times} times`);
        if (outcome === 'refused' && times !== 0) this.faults.push(`${thing.id}: a refused write is there`);
      }
      const isGapless = history.every(({ sequence }, index) => sequence === index + 1);
      if (!isGapless) this.faults.push(`${thing.id}: its history has gaps`);
      await this.#checkPlaces(thing);
    }
    return rows;
  }

  /** Each row lies in one database, and nothing is left in another. */
  async #checkPlaces(thing: Thing): Promise<void> {
    const found = await Promise.all(
      [...this.#databases.values()].map((database) =>
        database
          .prepare(
            `SELECT (SELECT COUNT(*) FROM instances WHERE id = ?1) AS instances,
              (SELECT COUNT(*) FROM instance_history WHERE instance_id = ?1) AS history,
              (SELECT group_concat(id) FROM download_links WHERE instance_id = ?1) AS links`,
          )
          .bind(thing.id)
          .first<{ instances: number; history: number; links: string | null }>(),
      ),
    );
    const here = found.filter(
      (each) => each !== null && (each.instances > 0 || each.history > 0 || each.links !== null),
    );
    if (here.length !== 1) this.faults.push(`${thing.id} lies in ${here.length} databases`);
    if (here[0]?.links !== thing.link) this.faults.push(`${thing.id}: its link is not the last one`);
  }
}

const instanceOf = (id: string, customerId: string): NewInstance => ({
  id,
  customerId,
  orderId: newId('order'),
  orderNumber: 'TP-7K3M9Q2X',
  lineId: newId('line'),
  workflowId: `provision-${id}`,
  productId: newId('product'),
  productVersion: 1,
  variantId: newId('variant'),
  sku: 'SKU-1',
  title: 'Größe “M” \\ ʻOkina 🎈',
  variantTitle: '',
  kind: 'download',
  quantity: 1,
  customisation: { seats: 3, ratio: 0.1, deep: { null: null } },
  fulfilment: { template: 'licence-key', activationsMax: 3, validDays: 30 },
  sealedAddress: null,
  plan: { steps: ['x'.repeat(500)] },
  detail: 'Being made.',
  requestId: 'load',
  createdAt: 1,
  nudgeAt: null,
});
