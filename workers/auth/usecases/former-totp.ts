import { contextOf } from '../crypto/sealed-columns.ts';
import type { AuthPorts } from '../ports.ts';
import type { FormerTotpRow } from '../queries/former-factors.ts';
import type { TotpRow } from '../queries/totps.ts';
import { totpSeed } from './second-factor.ts';

const formerSeed = (id: string): string => contextOf({ table: 'former_totps', field: 'seed' }, id);

/** An app that is removed: its seed is sealed for the row it goes to. */
export function formerTotp(
  { fields }: Pick<AuthPorts, 'fields'>,
  { accountId, seedSealed }: TotpRow,
): Pick<FormerTotpRow, 'id' | 'accountId' | 'seedSealed'> {
  const id = crypto.randomUUID();
  return {
    id,
    accountId,
    seedSealed: fields.seal(fields.open(seedSealed, totpSeed(accountId)), formerSeed(id)),
  };
}

/** The row of an app that comes back, as it will stand among those in use. */
export function restoredTotp(
  { fields }: Pick<AuthPorts, 'fields'>,
  { id, accountId, seedSealed, lastStep, createdAt, confirmedAt }: FormerTotpRow,
): TotpRow {
  const seed = fields.open(seedSealed, formerSeed(id));
  return { accountId, seedSealed: fields.seal(seed, totpSeed(accountId)), lastStep, createdAt, confirmedAt };
}
