import type { Stripe } from 'stripe';
import { DAY_MS } from '#shared/time/time.ts';
import type { ObjectMigration } from '#objects/lib/migrations.ts';

export const STRIPE_MIGRATION: ObjectMigration = {
  name: 'api objects',
  sql: `CREATE TABLE objects (
      position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
      parent TEXT, label TEXT, created INTEGER NOT NULL, document TEXT NOT NULL);
    CREATE INDEX objects_by_kind ON objects (kind, position);
    CREATE INDEX objects_by_parent ON objects (parent, kind, position) WHERE parent IS NOT NULL;
    CREATE TABLE api_keys_seen (
      key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
      request_id TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX api_keys_by_age ON api_keys_seen (at);`,
};

export const METHODS_MIGRATION: ObjectMigration = {
  name: 'methods that may not be used again, and money customers transferred',
  sql: `CREATE TABLE spent_methods (id TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE cash (
      customer TEXT NOT NULL, currency TEXT NOT NULL, amount INTEGER NOT NULL CHECK (amount >= 0),
      PRIMARY KEY (customer, currency)) WITHOUT ROWID;`,
};

export const HELD_MIGRATION: ObjectMigration = {
  name: 'events kept back',
  sql: `CREATE TABLE held_events (position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, labels TEXT NOT NULL);`,
};

export const VERIFYING_MIGRATION: ObjectMigration = {
  name: 'accounts that are to be verified with small deposits',
  sql: `CREATE TABLE unverified_methods (
      id TEXT PRIMARY KEY, failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0)) WITHOUT ROWID;`,
};

export interface Documents {
  payment_intent: Stripe.PaymentIntent;
  charge: Stripe.Charge;
  refund: Stripe.Refund;
  payment_method: Stripe.PaymentMethod;
  customer: Stripe.Customer;
  event: Stripe.Event;
  dispute: Stripe.Dispute;
  balance_transaction: Stripe.BalanceTransaction;
  review: Stripe.Review;
  setup_intent: Stripe.SetupIntent;
  customer_cash_balance_transaction: Stripe.CustomerCashBalanceTransaction;
  'radar.early_fraud_warning': Stripe.Radar.EarlyFraudWarning;
}
export type DocumentKind = keyof Documents;
/** What is left of a customer. */
export type Tombstone = Stripe.DeletedCustomer & { created: number };
export type AnyDocument = Documents[DocumentKind];

export interface Page {
  limit: number;
  startingAfter: string | null;
  endingBefore: string | null;
  /** Only those of this payment intent or charge. */
  parent: string | null;
  /** One of these labels: an event's type, a balance transaction's source. */
  labels: string[] | null;
  createdFrom: number | null;
  createdTo: number | null;
  /** Members the object must have. */
  fields: Record<string, string | boolean>;
  /** All of these must be in the metadata. */
  metadata: Record<string, string>;
}
export const FIRST_PAGE: Page = {
  limit: 10,
  startingAfter: null,
  endingBefore: null,
  parent: null,
  labels: null,
  createdFrom: null,
  createdTo: null,
  fields: {},
  metadata: {},
};

export interface SeenKey {
  fingerprint: string;
  status: number;
  body: string;
  requestId: string;
}
/** How long keys are remembered (https://docs.stripe.com/api/idempotent_requests). */
const KEY_TTL_MS = DAY_MS;

/** The account's objects as JSON documents, and the idempotency keys it has seen. */
export class StripeStore {
  readonly #sql: SqlStorage;
  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  get<Kind extends DocumentKind>(kind: Kind, id: string): Documents[Kind] | null {
    const row = this.#sql
      .exec<{ document: string }>('SELECT document FROM objects WHERE id = ? AND kind = ?', id, kind)
      .toArray()[0];
    return row === undefined ? null : (JSON.parse(row.document) as Documents[Kind]);
  }

  /** Any object by id, for `expand`. */
  find(id: string): unknown {
    const row = this.#sql
      .exec<{ document: string }>('SELECT document FROM objects WHERE id = ?', id)
      .toArray()[0];
    return row === undefined ? null : JSON.parse(row.document);
  }

  /** Parent and label an object was first kept with stay as they are. */
  put(document: AnyDocument | Tombstone, parent: string | null = null, label: string | null = null): void {
    this.#sql.exec(
      `INSERT INTO objects (id, kind, parent, label, created, document) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET document = excluded.document`,
      document.id,
      document.object,
      parent,
      label,
      document.created,
      JSON.stringify(document),
    );
  }

  /** What `put` was told when the object was new. */
  labelOf(id: string): string | null {
    return (
      this.#sql.exec<{ label: string | null }>('SELECT label FROM objects WHERE id = ?', id).toArray()[0]
        ?.label ?? null
    );
  }

  /** Newest first; null when the cursor names nothing. One row more than `limit` means there is a next page. */
  list<Kind extends DocumentKind>(
    kind: Kind,
    page: Page,
  ): { data: Documents[Kind][]; hasMore: boolean } | null {
    const cursor = page.startingAfter ?? page.endingBefore;
    const at = cursor === null ? 0 : this.#position(cursor);
    if (at === null) return null;
    const backwards = page.endingBefore !== null;
    const rows = this.#sql
      .exec<{ document: string }>(
        `SELECT document FROM objects WHERE kind = ?1
           AND (?2 = 0 OR (?3 = 0 AND position < ?2) OR (?3 = 1 AND position > ?2))
           AND (?4 IS NULL OR parent = ?4)
           AND (?5 IS NULL OR label IN (SELECT value FROM json_each(?5)))
           AND (?6 IS NULL OR created >= ?6) AND (?7 IS NULL OR created <= ?7)
           AND NOT EXISTS (SELECT 1 FROM json_each(?8) AS wanted
             WHERE (document ->> ('$.' || wanted.key)) IS NOT wanted.value)
           AND NOT EXISTS (SELECT 1 FROM json_each(?9) AS wanted WHERE NOT EXISTS (
             SELECT 1 FROM json_each(document, '$.metadata') AS had
             WHERE had.key = wanted.key AND had.value = wanted.value))
         ORDER BY CASE ?3 WHEN 1 THEN position ELSE -position END LIMIT ?10`,
        kind,
        at,
        backwards ? 1 : 0,
        page.parent,
        page.labels === null ? null : JSON.stringify(page.labels),
        page.createdFrom,
        page.createdTo,
        JSON.stringify(page.fields),
        JSON.stringify(page.metadata),
        page.limit + 1,
      )
      .toArray()
      .map((row) => JSON.parse(row.document) as Documents[Kind]);
    const data = rows.slice(0, page.limit);
    return { data: backwards ? data.toReversed() : data, hasMore: rows.length > page.limit };
  }

  /** The payment method may not be used again (https://docs.stripe.com/api/payment_methods). */
  spend(methodId: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO spent_methods (id) VALUES (?)', methodId);
  }
  isSpent(methodId: string): boolean {
    return this.#sql.exec('SELECT 1 FROM spent_methods WHERE id = ?', methodId).toArray().length > 0;
  }

  /** The account has to be verified with small deposits before it is debited. */
  awaitVerification(methodId: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO unverified_methods (id) VALUES (?)', methodId);
  }
  isUnverified(methodId: string): boolean {
    return this.#sql.exec('SELECT 1 FROM unverified_methods WHERE id = ?', methodId).toArray().length > 0;
  }
  verified(methodId: string): void {
    this.#sql.exec('DELETE FROM unverified_methods WHERE id = ?', methodId);
  }
  /** What was told of the deposits was wrong; how often by now. */
  misverified(methodId: string): number {
    return (
      this.#sql
        .exec<{ failures: number }>(
          'UPDATE unverified_methods SET failures = failures + 1 WHERE id = ? RETURNING failures',
          methodId,
        )
        .toArray()[0]?.failures ?? 0
    );
  }

  /** What a customer transferred and no payment took, by currency, minor units. */
  cashOf(customer: string): Record<string, number> {
    const rows = this.#sql.exec<{ currency: string; amount: number }>(
      'SELECT currency, amount FROM cash WHERE customer = ?',
      customer,
    );
    return Object.fromEntries(rows.toArray().map(({ currency, amount }) => [currency, amount]));
  }
  /** Returns what is there afterwards. */
  addCash(customer: string, currency: string, amount: number): number {
    this.#sql.exec('INSERT OR IGNORE INTO cash VALUES (?, ?, 0)', customer, currency);
    return this.#sql
      .exec<{ amount: number }>(
        'UPDATE cash SET amount = amount + ? WHERE customer = ? AND currency = ? RETURNING amount',
        amount,
        customer,
        currency,
      )
      .one().amount;
  }

  /** Keeps an event back, for whoever asks for one of its labels. */
  hold(eventId: string, labels: readonly string[]): void {
    const all = JSON.stringify(labels);
    this.#sql.exec('INSERT OR IGNORE INTO held_events (id, labels) VALUES (?, ?)', eventId, all);
  }
  /** Lets go of the events that bear this label, oldest first. */
  release(label: string): string[] {
    const rows = this.#sql.exec<{ id: string; position: number }>(
      `DELETE FROM held_events WHERE EXISTS (SELECT 1 FROM json_each(labels) AS one WHERE one.value = ?)
       RETURNING id, position`,
      label,
    );
    return rows
      .toArray()
      .toSorted((a, b) => a.position - b.position)
      .map(({ id }) => id);
  }

  /** Null for a key nobody used, or longer ago than keys are remembered. */
  seenKey(key: string, now: number): SeenKey | null {
    const row = this.#sql
      .exec<{ fingerprint: string; status: number; body: string; request_id: string }>(
        'SELECT fingerprint, status, body, request_id FROM api_keys_seen WHERE key = ? AND at >= ?',
        key,
        now - KEY_TTL_MS,
      )
      .toArray()[0];
    return row === undefined ? null : { ...row, requestId: row.request_id };
  }

  rememberKey(key: string, seen: SeenKey, now: number): void {
    this.#sql.exec('DELETE FROM api_keys_seen WHERE at < ?', now - KEY_TTL_MS);
    this.#sql.exec(
      'INSERT OR REPLACE INTO api_keys_seen VALUES (?, ?, ?, ?, ?, ?)',
      key,
      seen.fingerprint,
      seen.status,
      seen.body,
      seen.requestId,
      now,
    );
  }

  /** As a day later: every key used with what names this payment is forgotten; how many went. */
  forgetKeys(name: string): number {
    return this.#sql
      .exec('DELETE FROM api_keys_seen WHERE instr(body || fingerprint, ?) > 0 RETURNING key', name)
      .toArray().length;
  }

  /** From now on the key answers this instead of what was done. */
  replaceAnswer(key: string | null, answer: { status: number; body: string }): void {
    this.#sql.exec(
      'UPDATE api_keys_seen SET status = ?, body = ? WHERE key = ?',
      answer.status,
      answer.body,
      key,
    );
  }

  #position(id: string): number | null {
    return (
      this.#sql.exec<{ position: number }>('SELECT position FROM objects WHERE id = ?', id).toArray()[0]
        ?.position ?? null
    );
  }
}
