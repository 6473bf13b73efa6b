import type { ObjectMigration } from '#objects/lib/migrations.ts';
import type {
  Change,
  ChangedService,
  PartnerOperation,
  PartnerOrder,
  PartnerSubject,
  UseWish,
} from './schemas.ts';

export const PARTNER_MIGRATION: ObjectMigration = {
  name: 'partner orders',
  sql: `CREATE TABLE orders (
      operation_id TEXT PRIMARY KEY, subject_id TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
      reference TEXT NOT NULL, content TEXT NOT NULL, state TEXT NOT NULL, operation TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE attempts (key TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;`,
};
export const PARTNER_USE_MIGRATION: ObjectMigration = {
  name: 'use of services',
  sql: 'ALTER TABLE orders ADD COLUMN use_sequence INTEGER NOT NULL DEFAULT 0;',
};
export const PARTNER_CHANGE_MIGRATION: ObjectMigration = {
  name: 'changes of services',
  sql: `ALTER TABLE orders ADD COLUMN change_sequence INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE orders ADD COLUMN plan TEXT;
    CREATE TABLE changes (key TEXT PRIMARY KEY, content TEXT NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;`,
};
const LIST_LIMIT = 200;

type OrderRow = {
  operation_id: string;
  subject_id: string;
  kind: PartnerOrder['kind'];
  content: string;
  state: PartnerSubject['state'];
  operation: string;
  /** JSON text of what it was changed to last. */
  plan: string | null;
};

/** Orders, their operation, and what became of the service or parcel. */
export class PartnerStore {
  readonly #sql: SqlStorage;
  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  byKey(key: string): { content: string; operation: PartnerOperation } | null {
    const row = this.#row('key', key);
    return row === null ? null : { content: row.content, operation: parsed(row) };
  }

  add(order: PartnerOrder, key: string): PartnerOperation {
    const token = crypto.randomUUID().replaceAll('-', '');
    const operationId = `pop_${token}`;
    const subjectId = `${order.kind === 'service' ? 'svc' : 'shp'}_${token}`;
    const operation: PartnerOperation = {
      operationId,
      ...(order.kind === 'service' ? { serviceId: subjectId } : { shipmentId: subjectId }),
      reference: order.reference,
      state: 'running',
    };
    this.#sql.exec(
      'INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, NULL)',
      operationId,
      subjectId,
      key,
      order.kind,
      order.reference,
      JSON.stringify(order),
      'pending',
      JSON.stringify(operation),
    );
    return operation;
  }

  operation(operationId: string): PartnerOperation | null {
    const row = this.#row('operation_id', operationId);
    return row === null ? null : parsed(row);
  }

  orderOf(operationId: string): PartnerOrder | null {
    const row = this.#row('operation_id', operationId);
    return row === null ? null : (JSON.parse(row.content) as PartnerOrder);
  }

  /** Ends an operation. What was deleted meanwhile stays deleted. */
  finish(operationId: string, outcome: Pick<PartnerOperation, 'state' | 'result' | 'error'>): void {
    const operation = this.operation(operationId);
    if (operation === null) return;
    this.#sql.exec(
      "UPDATE orders SET operation = ?, state = CASE state WHEN 'pending' THEN ? ELSE state END WHERE operation_id = ?",
      JSON.stringify({ ...operation, ...outcome }),
      outcome.state === 'succeeded' ? 'active' : 'refused',
      operationId,
    );
  }

  subject(id: string): PartnerSubject | null {
    const row = this.#row('subject_id', id);
    return row === null ? null : subjectOf(row);
  }

  /** What exists or existed, by a part of its reference; what was refused never came to exist. */
  subjects(kind: PartnerOrder['kind'], reference: string | null): PartnerSubject[] {
    return this.#sql
      .exec<OrderRow>(
        "SELECT * FROM orders WHERE kind = ?1 AND state <> 'refused' AND (?2 IS NULL OR instr(reference, ?2) > 0) LIMIT ?3",
        kind,
        reference,
        LIST_LIMIT,
      )
      .toArray()
      .map(subjectOf);
  }

  setState(id: string, state: PartnerSubject['state']): void {
    this.#sql.exec('UPDATE orders SET state = ? WHERE subject_id = ?', state, id);
  }

  /** Suspends or resumes what is there. An older wish than the last changes nothing. */
  use(id: string, { suspended, sequence }: UseWish): void {
    this.#sql.exec(
      `UPDATE orders SET state = ?1, use_sequence = ?2
       WHERE subject_id = ?3 AND state IN ('active', 'suspended') AND use_sequence < ?2`,
      suspended ? 'suspended' : 'active',
      sequence,
      id,
    );
  }

  change(key: string): { content: string; answer: string } | null {
    return (
      this.#sql
        .exec<{ content: string; answer: string }>('SELECT content, answer FROM changes WHERE key = ?', key)
        .toArray()[0] ?? null
    );
  }

  /** Changes a service and keeps the answer. An older change than the last is answered alike and changes nothing. */
  addChange(key: string, id: string, { to, sequence }: Change, answer: ChangedService): void {
    this.#sql.exec(
      `UPDATE orders SET change_sequence = ?1, plan = COALESCE(?2, plan)
       WHERE subject_id = ?3 AND change_sequence < ?1`,
      sequence,
      to === null ? null : JSON.stringify(to),
      id,
    );
    this.#sql.exec(
      'INSERT INTO changes VALUES (?, ?, ?)',
      key,
      JSON.stringify([id, to, sequence]),
      JSON.stringify(answer),
    );
  }

  /** How often this key has been tried, this time included. */
  countAttempt(key: string): number {
    return this.#sql
      .exec<{ count: number }>(
        'INSERT INTO attempts VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET count = count + 1 RETURNING count',
        key,
      )
      .one().count;
  }

  #row(column: 'key' | 'operation_id' | 'subject_id', value: string): OrderRow | null {
    return this.#sql.exec<OrderRow>(`SELECT * FROM orders WHERE ${column} = ?`, value).toArray()[0] ?? null;
  }
}

const parsed = (row: OrderRow): PartnerOperation => JSON.parse(row.operation) as PartnerOperation;

function subjectOf(row: OrderRow): PartnerSubject {
  const order = {
    ...(JSON.parse(row.content) as PartnerOrder),
    ...(row.plan === null ? {} : (JSON.parse(row.plan) as Pick<PartnerOrder, 'plan' | 'parameters'>)),
  };
  return {
    id: row.subject_id,
    kind: row.kind,
    reference: order.reference,
    plan: order.plan,
    parameters: JSON.stringify(order.parameters),
    state: row.state,
    operationId: row.operation_id,
  };
}
