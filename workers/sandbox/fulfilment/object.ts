import { DurableObject } from 'cloudflare:workers';
import { Webhook } from 'standardwebhooks';
import { migrateObject } from '#objects/lib/migrations.ts';
import type { Env } from '../env.ts';
import { isSuccess, post } from '../post.ts';
import { FIRST_STEP_MS, type GoodsDocument, type GoodsOrder, newDocument, nextStep } from './order.ts';

const MIGRATIONS = [
  {
    name: 'orders',
    sql: `CREATE TABLE orders (id TEXT PRIMARY KEY, key TEXT NOT NULL UNIQUE, content TEXT NOT NULL, document TEXT NOT NULL,
        due_at INTEGER, told INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
      CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`,
  },
] as const;
const CALLBACK_TIMEOUT_MS = 10_000;
const TELL_AGAIN_MS = 2_000;

type OrderRow = {
  id: string;
  key: string;
  content: string;
  document: string;
  /** When something happens to it. */
  due_at: number | null;
  /** The version its customer was told last. */
  told: number;
};

/** The warehouse of this world: sends what is ordered, one unit first and the rest after it, and tells each step. */
export class Warehouse extends DurableObject<Env> {
  readonly #sql: SqlStorage;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateObject(ctx.storage, MIGRATIONS);
    this.#sql = ctx.storage.sql;
  }

  /** The secret that both sides sign with. */
  setSecret(secret: string): void {
    this.#sql.exec(
      `INSERT INTO settings VALUES ('secret', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      secret,
    );
  }

  /** Whether the shop sent this. */
  isGenuine(text: string, headers: Record<string, string>): boolean {
    const secret = this.#secret();
    if (secret === null) return false;
    try {
      new Webhook(secret).verify(text, headers, { jsonParse: false });
      return true;
    } catch {
      return false;
    }
  }

  /** The same key and content is the same order. Null: the key stands for another. */
  async take(order: GoodsOrder, key: string): Promise<GoodsDocument | null> {
    const content = JSON.stringify(order);
    const known = this.#rows('key = ?', key).at(0);
    if (known !== undefined) return known.content === content ? documentOf(known) : null;
    const document = newDocument(`fo_${crypto.randomUUID()}`);
    const dueAt = Date.now() + FIRST_STEP_MS;
    this.#sql.exec(
      'INSERT INTO orders (id, key, content, document, due_at) VALUES (?, ?, ?, ?, ?)',
      document.id,
      key,
      content,
      JSON.stringify(document),
      dueAt,
    );
    await this.#arm();
    return document;
  }

  get(id: string): GoodsDocument | null {
    const [row] = this.#rows('id = ?', id);
    return row === undefined ? null : documentOf(row);
  }

  /** Stops it. False: something has left already. */
  cancel(id: string): { document: GoodsDocument; isStopped: boolean } | null {
    const [row] = this.#rows('id = ?', id);
    if (row === undefined) return null;
    const before = documentOf(row);
    if (before.shipments.length > 0) return { document: before, isStopped: false };
    const document = { ...before, state: 'cancelled' as const, version: before.version + 1 };
    this.#sql.exec(
      'UPDATE orders SET document = ?, due_at = NULL, told = ? WHERE id = ?',
      JSON.stringify(document),
      document.version,
      id,
    );
    return { document, isStopped: true };
  }

  override async alarm(): Promise<void> {
    const now = Date.now();
    for (const row of this.#rows('due_at <= ?', now)) {
      const order = JSON.parse(row.content) as GoodsOrder;
      const before = documentOf(row);
      if (row.told < before.version && before.version > 1) {
        await this.#tell(row.id, order, before);
        continue;
      }
      const { document, afterMs } = nextStep(order, before, new Date(now).toISOString());
      const dueAt = afterMs === null ? null : now + afterMs;
      this.#sql.exec(
        'UPDATE orders SET document = ?, due_at = ? WHERE id = ?',
        JSON.stringify(document),
        dueAt,
        row.id,
      );
      await this.#tell(row.id, order, document);
    }
    await this.#arm();
  }

  /** A call-back that fails is made again before anything else happens. */
  async #tell(id: string, { callbackUrl }: GoodsOrder, document: GoodsDocument): Promise<void> {
    const secret = this.#secret();
    const at = new Date();
    const body = JSON.stringify(document);
    const message = `msg_${id}_${document.version}`;
    const status =
      secret === null
        ? 0
        : await post(callbackUrl, {
            headers: {
              'content-type': 'application/json',
              'webhook-id': message,
              'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
              'webhook-signature': new Webhook(secret).sign(message, at, body),
            },
            body,
            timeoutMs: CALLBACK_TIMEOUT_MS,
          }).catch(() => 0);
    if (isSuccess(status)) {
      this.#sql.exec('UPDATE orders SET told = ? WHERE id = ?', document.version, id);
      return;
    }
    this.#sql.exec('UPDATE orders SET due_at = ? WHERE id = ?', at.getTime() + TELL_AGAIN_MS, id);
  }

  #rows(where: string, value: string | number): OrderRow[] {
    return this.#sql.exec<OrderRow>(`SELECT * FROM orders WHERE ${where}`, value).toArray();
  }

  #secret(): string | null {
    const [row] = this.#sql
      .exec<{ value: string }>(`SELECT value FROM settings WHERE name = 'secret'`)
      .toArray();
    return row?.value ?? null;
  }

  async #arm(): Promise<void> {
    const [next] = this.#sql
      .exec<{ at: number | null }>('SELECT MIN(due_at) AS at FROM orders WHERE due_at IS NOT NULL')
      .toArray();
    if (next?.at !== undefined && next.at !== null) await this.ctx.storage.setAlarm(next.at);
  }
}

const documentOf = ({ document }: OrderRow): GoodsDocument => JSON.parse(document) as GoodsDocument;
