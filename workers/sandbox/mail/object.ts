import { DurableObject } from 'cloudflare:workers';
import { migrateObject } from '#objects/lib/migrations.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { DAY_MS, rfc3339 } from '#shared/time/time.ts';
import { FAULTS_MIGRATION, FaultSwitches, type Fault, type FaultInput } from '../control/faults.ts';
import type { Env } from '../env.ts';
import type { MailInput, StoredMail } from './schemas.ts';

const MIGRATIONS = [
  {
    name: 'mails',
    sql: `CREATE TABLE mails (
      position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, sender TEXT NOT NULL, recipients TEXT NOT NULL,
      subject TEXT NOT NULL, html TEXT NOT NULL, body TEXT NOT NULL, at INTEGER NOT NULL);
    CREATE TABLE recipients (address TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (address, position)) WITHOUT ROWID;
    CREATE TABLE sent_keys (key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, mail_id TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;`,
  },
  FAULTS_MIGRATION,
] as const;

/** How long an idempotency key is remembered, as at the provider it stands for. */
const KEY_TTL_MS = DAY_MS;

type MailRow = {
  id: string;
  sender: string;
  recipients: string;
  subject: string;
  html: string;
  body: string;
  at: number;
};
type SendFailure = { code: 'key_reused' | 'down' };

/** The mail provider and everybody's inbox at once. */
export class Mailbox extends DurableObject<Env> {
  readonly #sql: SqlStorage;
  readonly #faults: FaultSwitches;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrateObject(ctx.storage, MIGRATIONS);
    this.#sql = ctx.storage.sql;
    this.#faults = new FaultSwitches(ctx.storage);
  }

  /** Takes a mail; the same key and content again answer the first mail's id. */
  send(mail: MailInput, idempotencyKey: string | null): Result<{ id: string }, SendFailure> {
    if (this.#faults.take('mail.down', mail.to) !== null) return fail({ code: 'down' });
    const now = Date.now();
    const fingerprint = JSON.stringify(mail);
    this.#sql.exec('DELETE FROM sent_keys WHERE at < ?', now - KEY_TTL_MS);
    const earlier = this.#sql
      .exec<{ fingerprint: string; mail_id: string }>(
        'SELECT fingerprint, mail_id FROM sent_keys WHERE key = ?',
        idempotencyKey,
      )
      .toArray()[0];
    if (earlier !== undefined) {
      return earlier.fingerprint === fingerprint ? ok({ id: earlier.mail_id }) : fail({ code: 'key_reused' });
    }
    const id = crypto.randomUUID();
    const { position } = this.#sql
      .exec<{ position: number }>(
        'INSERT INTO mails (id, sender, recipients, subject, html, body, at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING position',
        id,
        mail.from,
        JSON.stringify(mail.to),
        mail.subject,
        mail.html,
        mail.text,
        now,
      )
      .one();
    for (const address of new Set(mail.to.map(normalised))) {
      this.#sql.exec('INSERT INTO recipients VALUES (?, ?)', address, position);
    }
    if (idempotencyKey !== null) {
      this.#sql.exec('INSERT INTO sent_keys VALUES (?, ?, ?, ?)', idempotencyKey, fingerprint, id, now);
    }
    return ok({ id });
  }

  /** Newest first. */
  list(query: { to: string | null; limit: number }): StoredMail[] {
    const columns = 'id, sender, recipients, subject, html, body, at';
    const rows =
      query.to === null
        ? this.#sql.exec<MailRow>(`SELECT ${columns} FROM mails ORDER BY position DESC LIMIT ?`, query.limit)
        : this.#sql.exec<MailRow>(
            `SELECT ${columns} FROM mails JOIN recipients USING (position)
             WHERE address = ? ORDER BY position DESC LIMIT ?`,
            normalised(query.to),
            query.limit,
          );
    return rows.toArray().map(storedMail);
  }

  read(id: string): StoredMail | null {
    const row = this.#sql.exec<MailRow>('SELECT * FROM mails WHERE id = ?', id).toArray()[0];
    return row === undefined ? null : storedMail(row);
  }

  addFault(fault: FaultInput): Fault {
    return this.#faults.add(fault);
  }
  listFaults(): Fault[] {
    return this.#faults.list();
  }
  clearFaults(id: string | null): number {
    return this.#faults.clear(id);
  }
}

/** `Ann <Ann@Example.com>` and `ann@example.com` are one inbox. */
function normalised(address: string): string {
  return (/<([^<>]+)>\s*$/.exec(address)?.[1] ?? address).trim().toLowerCase();
}

const storedMail = (row: MailRow): StoredMail => ({
  id: row.id,
  from: row.sender,
  to: JSON.parse(row.recipients) as string[],
  subject: row.subject,
  text: row.body,
  html: row.html,
  at: rfc3339(row.at),
});
