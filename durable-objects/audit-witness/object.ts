import { DurableObject } from 'cloudflare:workers';
import type { AuditKey } from '#shared/audit/signed-place.ts';
import { migrateObject } from '#objects/lib/migrations.ts';
import { DAY_MS, systemClock } from '#shared/time/time.ts';
import { AUDIT_WITNESS_MIGRATIONS } from './migrations.ts';

/** How far the audit log went, with the signature that says so. */
export interface WitnessedHead {
  sequence: number;
  hash: string;
  /** Epoch milliseconds. */
  at: number;
  /** JWS of the head; see #shared/audit/signed-place.ts. */
  signed: string;
}
export interface Testimony {
  /** Null: nothing was published yet. */
  head: WitnessedHead | null;
  keys: AuditKey[];
  /** Where the witness began: entries up to there are from before it. Null: it has not. */
  begunAt: number | null;
  /** Heads that were kept, from the place that was asked about on, oldest first, at most `HEADS_TOLD_MAX`. */
  heads: WitnessedHead[];
}

/** Of the heads of a day one is kept for each so many entries. */
export const ENTRIES_A_HEAD = 5_000;
export const HEADS_TOLD_MAX = 500;

type HeadRow = { sequence: number; hash: string; at: number; signed: string };
type KeyRow = { kid: string; x: string };

const isSamePart = (one: WitnessedHead, other: WitnessedHead): boolean =>
  Math.floor(one.at / DAY_MS) === Math.floor(other.at / DAY_MS) &&
  Math.floor(one.sequence / ENTRIES_A_HEAD) === Math.floor(other.sequence / ENTRIES_A_HEAD);

/**
 * Remembers the head of the audit log where nobody who can write to the database can reach: heads only grow, and a key
 * once known stays what it was. So a log whose end was cut off, or that was written anew, does not fit it any more.
 */
export class AuditWitness extends DurableObject {
  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env);
    migrateObject(ctx.storage, AUDIT_WITNESS_MIGRATIONS);
  }

  /** Refuses (false) a head that is not beyond the last, and a key that is not the one known by its id. */
  publish(head: WitnessedHead, key: AuditKey): boolean {
    const { sql } = this.ctx.storage;
    return this.ctx.storage.transactionSync(() => {
      const latest = this.#latest();
      if (latest !== null && head.sequence <= latest.sequence) return false;
      sql.exec('INSERT INTO keys VALUES (?, ?, ?) ON CONFLICT DO NOTHING', key.kid, key.x, systemClock.now());
      if (this.#keys().find(({ kid }) => kid === key.kid)?.x !== key.x) return false;
      sql.exec('INSERT INTO heads VALUES (?, ?, ?, ?)', head.sequence, head.hash, head.at, head.signed);
      // The first stays, the last of each day, and of each so many entries in it.
      if (latest !== null && latest.sequence !== this.#first() && isSamePart(latest, head)) {
        sql.exec('DELETE FROM heads WHERE sequence = ?', latest.sequence);
      }
      return true;
    });
  }

  /** `from`: a sequence number; null: nothing but the head. */
  testify(from: number | null = null): Testimony {
    const heads = from === null ? [] : this.#headsFrom(from);
    return { head: this.#latest(), keys: this.#keys(), begunAt: this.#first(), heads };
  }

  #headsFrom(sequence: number): WitnessedHead[] {
    return this.ctx.storage.sql
      .exec<HeadRow>(
        'SELECT * FROM heads WHERE sequence >= ? ORDER BY sequence LIMIT ?',
        sequence,
        HEADS_TOLD_MAX,
      )
      .toArray();
  }

  #first(): number | null {
    const { sql } = this.ctx.storage;
    return sql.exec<{ sequence: number | null }>('SELECT min(sequence) AS sequence FROM heads').one()
      .sequence;
  }

  #latest(): WitnessedHead | null {
    const { sql } = this.ctx.storage;
    return sql.exec<HeadRow>('SELECT * FROM heads ORDER BY sequence DESC LIMIT 1').toArray()[0] ?? null;
  }

  #keys(): AuditKey[] {
    const rows = this.ctx.storage.sql.exec<KeyRow>('SELECT kid, x FROM keys ORDER BY at, kid').toArray();
    return rows.map(({ kid, x }) => ({ kty: 'OKP', crv: 'Ed25519', x, kid }));
  }
}
