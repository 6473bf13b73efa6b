import { rfc3339 } from '#shared/time/time.ts';
import type { Account } from '../usecases/accounts.ts';

export const accountBody = (account: Account) => ({ ...account, createdAt: rfc3339(account.createdAt) });
