import { expect, test } from 'vitest';
import { stepUpFor } from './permissions.ts';
import { ACR_VALUES } from './step-up.ts';

const [mailbox, one, two] = ACR_VALUES;
const NOW = 1_000_000;

test.each([
  ['nothing is asked for what is not sensitive', 'orders.read', mailbox, two, 10 ** 5, null],
  ['one factor is enough where the account has one', 'accounts.manage', one, mailbox, 0, null],
  [
    'two are asked for where the account has two',
    'accounts.manage',
    one,
    two,
    0,
    { acr: two, maxAgeSeconds: 3600 },
  ],
  ['two are enough', 'accounts.manage', two, two, 3600, null],
  ['but not for ever', 'accounts.manage', two, two, 3601, { maxAgeSeconds: 3600 }],
  ['a class nobody knows is none', 'orders.resolve', 'gold', two, 0, { acr: two }],
  [
    'a change of credentials is asked for recently',
    'account.secure',
    mailbox,
    mailbox,
    901,
    { maxAgeSeconds: 900 },
  ],
] as const)('%s', (_, permission, acr, acrDue, age, asked) => {
  expect(stepUpFor({ acr, acrDue, authTime: NOW - age }, permission, NOW)).toEqual(asked);
});
