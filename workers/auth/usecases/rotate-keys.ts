import type { Actor } from '#shared/auth/access-token.ts';
import { type KeyInUse, keysInUse } from '#shared/crypto/keys-in-use.ts';
import { fail, ok, type Result } from '#shared/domain/result.ts';
import { log } from '#shared/observability/log.ts';
import { indexOfText } from '../crypto/identity-index.ts';
import { contextOf, nameOf, SEALED_COLUMNS, type SealedColumn } from '../crypto/sealed-columns.ts';
import { HOUSEKEEPING_ROWS_MAX } from '../limits.ts';
import type { AuthPorts, Caller } from '../ports.ts';
import { audited } from './audit.ts';
import { currentSession } from './current-session.ts';
import type { AuthError } from './errors.ts';

const DEMAND = { permission: 'keys.manage' } as const;

export interface KeyUse {
  fields: KeyInUse[];
  peppers: KeyInUse[];
}

/** What is sealed under which key at this moment. A key of the database that no ring has is `missing`: its rows are unreadable. */
export async function keyUse(ports: AuthPorts, actor: Actor): Promise<Result<KeyUse, AuthError>> {
  const current = await currentSession(ports, actor, DEMAND);
  if (!current.ok) return current;
  const columns = await Promise.all(
    SEALED_COLUMNS.map(async (column) => [nameOf(column), await ports.sealed.rowsByKey(column)] as const),
  );
  return ok({
    fields: keysInUse(ports.fieldKeys, columns),
    peppers: keysInUse(ports.peppers, [['passwords.phc', await ports.sealed.passwordsByPepper()]]),
  });
}

export interface Resealed {
  resealed: number;
  /** Rows that no key of the ring opens; they are left as they are. */
  unreadable: number;
  /** Go on after this row; null: the column is through. */
  next: string | null;
}

/** Moves a bounded part of one column to the key that seals. Safe to repeat, to race, and to be cut off anywhere. */
export async function resealColumn(
  ports: AuthPorts,
  caller: Caller,
  actor: Actor,
  input: { column: string; after: string },
): Promise<Result<Resealed, AuthError>> {
  const current = await currentSession(ports, actor, DEMAND);
  if (!current.ok) return current;
  const column = SEALED_COLUMNS.find((each) => nameOf(each) === input.column);
  if (column === undefined) return fail({ code: 'not_found' });
  const done = await resealPart(ports, column, input.after);
  await ports.commit([
    audited(ports, caller, {
      action: 'fields.resealed',
      outcome: done.unreadable === 0 ? 'success' : 'failure',
      actorId: actor.userId,
      subject: null,
      factor: 'session',
      detail: { column: input.column, keyId: ports.fieldKeys.current.id, ...done },
    }),
  ]);
  return ok(done);
}

/** What the cron does of it by itself, so that a rotation nobody waits for ends as well. */
export async function resealSome(ports: AuthPorts): Promise<void> {
  if (ports.fieldKeys.all.length === 1) return;
  for (const column of SEALED_COLUMNS) await resealPart(ports, column, '');
}

const indexOf = (ports: AuthPorts, column: SealedColumn, plain: string): string =>
  column.indexOf === 'identity' ? indexOfText(ports.fieldKeys, plain) : ports.emailIndex.current(plain);

async function resealPart(ports: AuthPorts, column: SealedColumn, after: string): Promise<Resealed> {
  const limit = HOUSEKEEPING_ROWS_MAX;
  const page = { prefix: ports.fields.currentPrefix, after, limit };
  const values = await ports.sealed.outdated(column, page);
  const writes = values.flatMap((value) => {
    try {
      const context = contextOf(column, value.row);
      const plain = ports.fields.open(value.sealed, context);
      const sealed = ports.fields.seal(plain, context);
      const index = column.index === undefined ? null : indexOf(ports, column, plain);
      return [ports.sealed.reseal(column, value, sealed, index)];
    } catch (error) {
      log.error('sealed value cannot be opened', { column: nameOf(column), row: value.row, error });
      return [];
    }
  });
  if (writes.length > 0) await ports.commit(writes);
  return {
    resealed: writes.length,
    unreadable: values.length - writes.length,
    next: values.length < limit ? null : (values.at(-1)?.row ?? null),
  };
}
