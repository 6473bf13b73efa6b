import { applyChanges, type JsonChange, jsonDiff } from '#shared/domain/json-diff.ts';
import { isSameJson } from '#shared/domain/plain-copy.ts';
import type { Actor, OrderDocument } from './machine/document.ts';
import type { OrderEvent } from './machine/events.ts';
import { outsideOf } from './machine/money.ts';
import { disputeNews } from './machine/money-news.ts';
import { publicOrder, type Viewer } from './machine/view.ts';
import { type KeptDocument, upgradeDocument } from './machine/upgrade.ts';

/** One version of an order: who made it, when and why. `what` is the type of the event. */
export interface Version {
  version: number;
  at: number;
  by: Actor;
  what: string;
  why: string;
}

const SYSTEM: Actor = { kind: 'system', id: null };

/** Who is behind an event, and why. Facts of the outside world are the system's. */
export function originOf(event: OrderEvent): Pick<Version, 'by' | 'what' | 'why'> {
  const what = event.type;
  if ('why' in event && 'by' in event) return { what, by: event.by, why: event.why };
  if (event.type === 'note.added') return { what, by: event.by, why: '' };
  if (event.type === 'cancel.requested') {
    return { what, by: { kind: event.by, id: event.actorId ?? null }, why: event.text ?? '' };
  }
  if (event.type === 'review.decided') return { what, by: event.by, why: event.text };
  if ('actorId' in event) {
    return {
      what,
      by: { kind: 'operator', id: event.actorId ?? null },
      why: 'text' in event ? event.text : '',
    };
  }
  return { what, by: SYSTEM, why: '' };
}

const PROVIDER: Actor = { kind: 'provider', id: null };

/** Who is behind what an event changed: money that moved past the order was moved by the provider, or a bank behind it. */
export function originOfChange(
  event: OrderEvent,
  before: OrderDocument,
  after: OrderDocument,
): Pick<Version, 'by' | 'what' | 'why'> {
  const [news] = disputeNews(before, after);
  if (news !== undefined) return { what: news.type, by: PROVIDER, why: news.dispute.reason };
  if (outsideOf(before) !== outsideOf(after))
    return { what: 'order.refunded_outside', by: PROVIDER, why: '' };
  return originOf(event);
}

type Row = { version: number; at: number; by_kind: string; by_id: string | null; what: string; why: string };

/** Every version of the order, append-only: the first whole, each later one as what it changed. */
export class OrderHistory {
  readonly #sql: SqlStorage;
  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** To be called in the transaction that keeps `after`. An order that is older than its history begins with `before`. */
  add(before: OrderDocument | null, after: OrderDocument, origin: Omit<Version, 'version'>): void {
    if (before !== null && this.#last() === null) {
      const kept = { at: before.updatedAt, by: SYSTEM, what: 'order.kept', why: '' };
      this.#insert(before.version, kept, [{ path: [], to: before }]);
    }
    this.#insert(after.version, origin, changesOf(before, after), before === null || isShown(before, after));
  }

  /** Newest first; `before` is exclusive. A customer is told of what changed anything for him. */
  list(viewer: Viewer, before: number | null, limit: number): Version[] {
    return this.#sql
      .exec<Row>(
        `SELECT version, at, by_kind, by_id, what, why FROM order_versions
         WHERE (?1 IS NULL OR version < ?1) AND shown >= ?3 ORDER BY version DESC LIMIT ?2`,
        before,
        limit,
        viewer.as === 'customer' ? 1 : 0,
      )
      .toArray()
      .map(versionOf);
  }

  find(viewer: Viewer, version: number): Version | null {
    const row = this.#sql
      .exec<Row>(
        'SELECT version, at, by_kind, by_id, what, why FROM order_versions WHERE version = ? AND shown >= ?',
        version,
        viewer.as === 'customer' ? 1 : 0,
      )
      .toArray()[0];
    return row === undefined ? null : versionOf(row);
  }

  /** The order as it was; null before its history begins. */
  document(version: number): OrderDocument | null {
    let document: unknown = null;
    const rows = this.#sql.exec<{ changes: string }>(
      'SELECT changes FROM order_versions WHERE version <= ? ORDER BY version',
      version,
    );
    for (const { changes } of rows) document = applyChanges(document, JSON.parse(changes) as JsonChange[]);
    return document === null ? null : upgradeDocument(document as KeptDocument);
  }

  /** Every version is as `clean` leaves it, and nobody's reason stands in it: what was written of the order is written anew. */
  rewrite(clean: (document: OrderDocument) => OrderDocument): void {
    let [raw, before]: [unknown, OrderDocument | null] = [null, null];
    const rows = this.#sql
      .exec<{ version: number; changes: string }>(
        'SELECT version, changes FROM order_versions ORDER BY version',
      )
      .toArray();
    for (const { version, changes } of rows) {
      raw = applyChanges(raw, JSON.parse(changes) as JsonChange[]);
      const after = clean(upgradeDocument(raw as KeptDocument));
      this.#sql.exec(
        "UPDATE order_versions SET why = '', changes = ? WHERE version = ?",
        JSON.stringify(changesOf(before, after)),
        version,
      );
      before = after;
    }
  }

  #last(): number | null {
    return this.#sql.exec<{ last: number | null }>('SELECT max(version) AS last FROM order_versions').one()
      .last;
  }

  #insert(
    version: number,
    { at, by, what, why }: Omit<Version, 'version'>,
    changes: JsonChange[],
    shown = true,
  ): void {
    this.#sql.exec(
      `INSERT INTO order_versions (version, at, by_kind, by_id, what, why, changes, shown)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      version,
      at,
      by.kind,
      by.id,
      what,
      why,
      JSON.stringify(changes),
      shown ? 1 : 0,
    );
  }
}

const changesOf = (before: OrderDocument | null, after: OrderDocument): JsonChange[] =>
  before === null
    ? [{ path: [], to: after }]
    : jsonDiff(before, after).map((change) =>
        'to' in change ? { path: change.path, to: change.to } : { path: change.path },
      );

/** Does the customer see any difference but that there is a new version? */
function isShown(before: OrderDocument, after: OrderDocument): boolean {
  const seen = (document: OrderDocument) =>
    publicOrder({ ...document, version: 0, updatedAt: 0 }, { as: 'customer' }, after.updatedAt);
  return !isSameJson(seen(before), seen(after));
}

const versionOf = ({ version, at, by_kind, by_id, what, why }: Row): Version => ({
  version,
  at,
  by: { kind: by_kind as Actor['kind'], id: by_id },
  what,
  why,
});
