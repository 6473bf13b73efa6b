import { z } from 'zod';
import type { ObjectMigration } from '#objects/lib/migrations.ts';

/** Every way this world can be told to misbehave. The part before the dot names who does. */
export const FAULT_KINDS = {
  'webhook.delay': 'Delivers events `delayMs` later',
  'webhook.drop': 'Never delivers the event',
  'webhook.duplicate': 'Delivers the event `copies` more times',
  'webhook.reorder': 'Holds the event back for `delayMs` (1500 unless told) so that later ones overtake it',
  'webhook.hold': 'Keeps the event until `POST /control/webhooks/release`',
  'webhook.two-signatures': 'Signs with another secret as well, as while the secret is replaced',
  'webhook.wrong-signature': 'Delivers once with a wrong signature, then as it should be',
  'payment.rate-limit': 'Answers 429 and does nothing',
  'payment.key-in-use': 'Answers 409 as while another request with this key is under way',
  'payment.error-before': 'Answers 500 and does nothing',
  'payment.error-after': 'Does it, then answers 500: the reply is lost',
  'payment.error-remembered': 'Does it, then answers 500 to this key for ever, as the real API may',
  'payment.delay': 'Does it at once, answers `delayMs` later: webhooks overtake the reply',
  'partner.refuse': 'Takes the order, then refuses it for good in its call-back',
  'partner.down': 'Answers 503',
  'partner.error-after': 'Does it, then answers 500: the reply is lost',
  'partner.slow': 'Works `delayMs` longer',
  'partner.silent': 'Works, but never calls back; polling still tells',
  'partner.callback-twice': 'Calls back twice',
  'partner.garbage': 'Sends a signed call-back that is no JSON, then the right one',
  'mail.down': 'Answers 503',
} as const;
export type FaultKind = keyof typeof FAULT_KINDS;
const DELAY_MAX_MS = 120_000;

const textSchema = z.string().min(1).max(200);

export const faultInputSchema = z.strictObject({
  kind: z.enum(Object.keys(FAULT_KINDS) as [FaultKind, ...FaultKind[]]),
  /** How often it happens before it is used up; null: until cleared. */
  times: z.int().min(1).max(10_000).nullable().default(1),
  /**
   * Whom it hits: each text must be part of one of the labels of what happens (order id or other metadata of a payment,
   * payment id, operation such as `capture`, event type; reference, plan or parameters at the partner; the recipient of a
   * mail). Empty: everyone. One text may be sent bare, null stands for none.
   */
  match: z
    .union([textSchema, z.array(textSchema).max(5), z.null()])
    .default([])
    .transform((match) => (match === null ? [] : typeof match === 'string' ? [match] : match)),
  delayMs: z.int().min(0).max(DELAY_MAX_MS).nullable().default(null),
  copies: z.int().min(1).max(20).default(1),
});
export type FaultInput = z.infer<typeof faultInputSchema>;
export type Fault = FaultInput & { id: string };

export const FAULTS_MIGRATION: ObjectMigration = {
  name: 'faults',
  sql: 'CREATE TABLE _faults (id TEXT PRIMARY KEY, kind TEXT NOT NULL, match TEXT NOT NULL, times INTEGER, fault TEXT NOT NULL)',
};

type FaultRow = { id: string; times: number | null; fault: string };

/** The switches of one object, kept in its storage. A later one never hides an earlier one. */
export class FaultSwitches {
  readonly #sql: SqlStorage;
  constructor(storage: DurableObjectStorage) {
    this.#sql = storage.sql;
  }

  add(input: FaultInput): Fault {
    const fault = { ...input, id: `fault_${crypto.randomUUID()}` };
    this.#sql.exec(
      'INSERT INTO _faults (id, kind, match, times, fault) VALUES (?, ?, ?, ?, ?)',
      fault.id,
      fault.kind,
      JSON.stringify(fault.match),
      fault.times,
      JSON.stringify(fault),
    );
    return fault;
  }

  list(): Fault[] {
    return this.#sql
      .exec<FaultRow>('SELECT id, times, fault FROM _faults ORDER BY rowid')
      .toArray()
      .map((row) => ({ ...(JSON.parse(row.fault) as Fault), times: row.times }));
  }

  /** Clears one switch, or all; how many went. */
  clear(id: string | null): number {
    return this.#sql.exec('DELETE FROM _faults WHERE ? IS NULL OR id = ? RETURNING id', id, id).toArray()
      .length;
  }

  /** The switch that applies to what bears these labels, and uses it up once. */
  take(kind: FaultKind, labels: readonly (string | null)[]): Fault | null {
    const row = this.#sql
      .exec<FaultRow>(
        `SELECT id, times, fault FROM _faults WHERE kind = ?1 AND NOT EXISTS (
           SELECT 1 FROM json_each(_faults.match) AS wanted WHERE NOT EXISTS (
             SELECT 1 FROM json_each(?2) AS label WHERE instr(label.value, wanted.value) > 0))
         ORDER BY json_array_length(match) DESC, rowid LIMIT 1`,
        kind,
        JSON.stringify(labels.filter((label) => label !== null)),
      )
      .toArray()[0];
    if (row === undefined) return null;
    if (row.times !== null) {
      this.#sql.exec('UPDATE _faults SET times = times - 1 WHERE id = ?', row.id);
      this.#sql.exec('DELETE FROM _faults WHERE id = ? AND times <= 0', row.id);
    }
    return JSON.parse(row.fault) as Fault;
  }
}
