import { z } from 'zod';
import { DAY_MS, type Clock } from '#shared/time/time.ts';
import type { ObjectMigration } from './migrations.ts';

/** How long an Idempotency-Key stands for its command. */
export const COMMAND_KEPT_MS = DAY_MS;

export const COMMANDS_MIGRATION: ObjectMigration = {
  name: 'commands',
  sql: `CREATE TABLE _commands (
    key TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    at INTEGER NOT NULL,
    reply TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX _commands_at ON _commands (at);`,
};

/** An Idempotency-Key and what it was sent with: `fingerprint` covers operation and body. */
export const onceSchema = z.strictObject({
  /** Unique among the commands of one person: scoped by the caller with who it is. */
  key: z.string().min(1).max(400),
  fingerprint: z.string().min(1).max(128),
});
export type Once = z.infer<typeof onceSchema>;

export type Answered<Reply> = { kind: 'answered'; reply: Reply; replayed: boolean } | { kind: 'key_reused' };

/**
 * Commands to an object that have an effect once per key. The effect and the answer are one transaction, so a command is
 * never half done: a repeat finds the answer, or nothing happened. Only answers worth keeping are kept: what was refused
 * had no effect and may be asked for again.
 */
export class Commands {
  readonly #storage: DurableObjectStorage;
  readonly #clock: Clock;

  constructor(storage: DurableObjectStorage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  once<Reply>(once: Once | null, act: () => Reply, isKept: (reply: Reply) => boolean): Answered<Reply> {
    return this.#storage.transactionSync(() => {
      const known = once === null ? null : this.answered<Reply>(once);
      if (known !== null) return known;
      const reply = act();
      if (once !== null && isKept(reply)) this.#keep(once, reply);
      return { kind: 'answered', reply, replayed: false };
    });
  }

  /** What a command under this key was answered before; null: nothing yet. For one that must look before it acts. */
  answered<Reply>({ key, fingerprint }: Once): Answered<Reply> | null {
    const known = this.#find(key);
    if (known === undefined) return null;
    if (known.fingerprint !== fingerprint) return { kind: 'key_reused' };
    return { kind: 'answered', reply: JSON.parse(known.reply) as Reply, replayed: true };
  }

  /** No answer to this person is remembered any more; the keys of others stand, so that nothing of theirs is done twice. */
  forgetOf(personId: string): void {
    this.#storage.sql.exec(
      "DELETE FROM _commands WHERE substr(key, 1, length(?1) + 1) = ?1 || ':'",
      personId,
    );
  }

  #find(key: string): { fingerprint: string; reply: string } | undefined {
    this.#storage.sql.exec('DELETE FROM _commands WHERE at <= ?', this.#clock.now() - COMMAND_KEPT_MS);
    return this.#storage.sql
      .exec<{ fingerprint: string; reply: string }>(
        'SELECT fingerprint, reply FROM _commands WHERE key = ?',
        key,
      )
      .toArray()[0];
  }

  #keep({ key, fingerprint }: Once, reply: unknown): void {
    this.#storage.sql.exec(
      'INSERT INTO _commands (key, fingerprint, at, reply) VALUES (?, ?, ?, ?)',
      key,
      fingerprint,
      this.#clock.now(),
      JSON.stringify(reply),
    );
  }
}
