import type { TimelineEntry } from '#shared/contracts/http/orders.ts';
import { rfc3339 } from '#shared/time/time.ts';
import type { OrderDocument } from './machine/document.ts';
import type { Note } from './machine/notes.ts';
import { specOf } from './machine/table.ts';
import { type KeptDocument, upgradeDocument } from './machine/upgrade.ts';
import type { Viewer } from './machine/view.ts';
import type { PlaceAnswer } from './face.ts';

type TimelineRow = {
  sequence: number;
  at: number;
  type: string;
  text: string;
  line_id: string | null;
  version: number | null;
  state: string | null;
  data: string | null;
};

const ENTRY = 'at, type, text, line_id, version, state, data';

/** The tables of an `Order` object. They exist only once an order was placed under its id. */
export class OrderStorage {
  readonly #sql: SqlStorage;
  /** What was read last: it is asked for many times between two changes. Nobody touches it. */
  #read: { text: string; document: OrderDocument } | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Asks without creating anything. */
  exists(): boolean {
    return this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'order_document'").toArray().length > 0;
  }

  document(): OrderDocument | null {
    const row = this.#sql.exec<{ document: string }>('SELECT document FROM order_document').toArray()[0];
    if (row === undefined) return null;
    if (this.#read?.text !== row.document) {
      const document = upgradeDocument(JSON.parse(row.document) as KeptDocument);
      this.#read = { text: row.document, document };
    }
    return this.#read.document;
  }

  saveDocument(document: OrderDocument): void {
    this.#sql.exec(
      `INSERT INTO order_document (id, version, document) VALUES (1, ?, ?)
       ON CONFLICT (id) DO UPDATE SET version = excluded.version, document = excluded.document`,
      document.version,
      JSON.stringify(document),
    );
  }

  /** Appends what led to `document`. */
  addNotes(notes: readonly Note[], document: OrderDocument, at: number): void {
    for (const { type, text, lineId, data, internal } of notes) {
      this.#sql.exec(
        `INSERT INTO timeline (at, type, text, line_id, version, state, data, internal)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        at,
        type,
        text,
        lineId,
        document.version,
        specOf(document.state).public,
        data === undefined ? null : JSON.stringify(data),
        internal === true ? 1 : 0,
      );
    }
  }

  /**
   * Entries after a sequence number, oldest first; those for staff alone are not for customers, whose numbers count only
   * what they see: a gap would tell that there is something else.
   */
  timeline(viewer: Viewer, after = 0, limit = -1): TimelineEntry[] {
    return this.#sql
      .exec<TimelineRow>(
        viewer.as === 'operator'
          ? `SELECT ${ENTRY}, sequence FROM timeline WHERE sequence > ? ORDER BY sequence LIMIT ?`
          : `SELECT * FROM (SELECT ${ENTRY}, row_number() OVER (ORDER BY sequence) AS sequence FROM timeline
               WHERE internal = 0) WHERE sequence > ? ORDER BY sequence LIMIT ?`,
        after,
        limit,
      )
      .toArray()
      .map(({ sequence, at, type, text, line_id, version, state, data }) => ({
        sequence,
        at: rfc3339(at),
        type,
        text,
        lineId: line_id,
        version,
        state: state as TimelineEntry['state'],
        data: data === null ? null : (JSON.parse(data) as TimelineEntry['data']),
      }));
  }

  /** What happened stays, with its time and kind; nobody's words do. Only what was said so far. */
  wipeTimeline(): void {
    this.#sql.exec("UPDATE timeline SET text = '', data = NULL");
  }

  /** The answer to placing it becomes this one: it is told once more to nobody who would know another. */
  replacePlaceAnswer(answer: PlaceAnswer): void {
    this.#sql.exec("UPDATE replies SET reply = ? WHERE operation = 'place'", JSON.stringify(answer));
  }

  wasApplied(eventId: string): boolean {
    return this.#sql.exec('SELECT 1 FROM applied_events WHERE id = ?', eventId).toArray().length > 0;
  }

  markApplied(eventId: string, at: number): void {
    this.#sql.exec('INSERT INTO applied_events VALUES (?, ?)', eventId, at);
  }

  placeAnswer(): PlaceAnswer | null {
    const row = this.#sql
      .exec<{ reply: string }>("SELECT reply FROM replies WHERE operation = 'place'")
      .toArray()[0];
    return row === undefined ? null : (JSON.parse(row.reply) as PlaceAnswer);
  }

  savePlaceAnswer(answer: PlaceAnswer): void {
    this.#sql.exec("INSERT INTO replies VALUES ('place', ?) ON CONFLICT DO NOTHING", JSON.stringify(answer));
  }
}
