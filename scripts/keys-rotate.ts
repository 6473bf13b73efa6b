/**
 * Changes keys while the shop serves. Each call does the next step that is due and says which one follows; any of them may
 * be cut off and repeated (docs/keys.md).
 *
 *   npm run keys:rotate -- token              publish the next signing key of access tokens; it signs an hour later
 *   npm run keys:rotate -- field              the key that seals fields
 *   npm run keys:rotate -- pepper             the key that passwords are hashed with
 *   npm run keys:rotate -- gift-card          the key that codes of gift cards are made with
 *   npm run keys:rotate -- field --dry-run    only tell what is sealed under which key, and what would be done
 *
 * Of `gift-card` alone: --another adds a key although older ones stay, --drop-spent drops keys that only spent cards need.
 *
 * Signs in as the local administrator, or as --email/--password at --url. Exit code 1: rows are sealed under keys nobody
 * has, or cards that have something were made with them.
 */
import type { z } from 'zod';
import type {
  giftCardKeyUseSchema,
  keyUseSchema,
  resealedSchema,
} from '#shared/contracts/http/audit-and-keys.ts';
import { keyRing } from '#shared/crypto/key-ring.ts';
import {
  cardsOfOlderKeys,
  droppableOf,
  type KeyInUse,
  nextStep,
  nextStepOfCards,
  ringAfter,
} from './keys/next-step.ts';
import { api } from './lib/api.ts';
import { parseArguments, refuse } from './lib/arguments.ts';
import { keptSecrets, keepSecrets } from './lib/local-settings.ts';
import { asOperator, OPERATOR_OPTIONS, OPERATOR_USAGE } from './lib/operator.ts';

const RINGS = {
  field: { secret: 'FIELD_KEY', kept: 'fieldKey', told: 'fields', worker: 'auth' },
  pepper: { secret: 'PASSWORD_PEPPER', kept: 'passwordPepper', told: 'peppers', worker: 'auth' },
  'gift-card': { secret: 'GIFT_CARD_KEY', kept: 'giftCardKey', told: 'giftCards', worker: 'payments' },
} as const;
type RingName = keyof typeof RINGS;

const WANTED = {
  add: '<present value>,next:<new key>, the new key from `openssl rand -base64 32`',
  use: '<new key>,<old keys>, the new one without `next:`',
} as const;

const WORDS = {
  add: 'add a key that is to come, so that every instance knows it',
  use: 'let the key that was to come seal',
  drop: 'drop the older keys that nothing needs',
} as const;

const USAGE = `Usage: npm run keys:rotate -- token | field | pepper | gift-card [--another] [--drop-spent] [--dry-run] ${OPERATOR_USAGE}`;
const { values, positionals } = parseArguments(USAGE, {
  allowPositionals: true,
  options: {
    ...OPERATOR_OPTIONS,
    'dry-run': { type: 'boolean', default: false },
    another: { type: 'boolean', default: false },
    'drop-spent': { type: 'boolean', default: false },
  },
});
const [what] = positionals;
if (what !== 'token' && what !== 'field' && what !== 'pepper' && what !== 'gift-card') refuse(USAGE);
const isDryRun = values['dry-run'];
const wish = { another: values.another, dropSpent: values['drop-spent'] };
if (what !== 'gift-card' && (wish.another || wish.dropSpent)) refuse(USAGE);
const { origin, token } = await asOperator(values, 'admin');

if (what === 'token') await rotateToken();
else if (what === 'gift-card') await rotateCardKey();
else await rotateRing(what);

async function rotateToken(): Promise<void> {
  const { keys } = await api<{ keys: { kid: string }[] }>(origin, 'GET /.well-known/jwks.json');
  console.log(`published: ${keys.map(({ kid }) => kid).join(', ')}`);
  if (isDryRun) return;
  const { status } = await api<{ status: string }>(origin, 'POST /v1/auth/signing-keys/rotate', {
    token: await token(),
  });
  console.log(
    status === 'rotated'
      ? 'The next key is published; it signs in an hour. The present one stays until its tokens have ended.'
      : 'Nothing to do: a published key waits for its first use.',
  );
}

async function rotateRing(name: 'field' | 'pepper'): Promise<void> {
  const { told } = RINGS[name];
  const use = await api<z.infer<typeof keyUseSchema>>(origin, 'GET /v1/auth/keys', { token: await token() });
  const keys = use[told];
  for (const key of keys) console.log(describe(key));
  const step = nextStep(keys);
  switch (step) {
    case 'unreadable':
      console.error(
        'Rows are sealed under a key nobody has. Put it back into the ring before anything else.',
      );
      process.exitCode = 1;
      return;
    case 'reseal':
      if (name === 'pepper') return tellPasswordsLeft(keys);
      return isDryRun ? console.log('Next: seal these rows anew.') : resealAll();
    case 'add':
    case 'use':
    case 'drop':
      return changeSecret(name, step, keys, droppableOf(keys));
  }
}

async function rotateCardKey(): Promise<void> {
  const { giftCards: keys } = await api<z.infer<typeof giftCardKeyUseSchema>>(
    origin,
    'GET /v1/gift-cards/keys',
    { token: await token() },
  );
  for (const key of keys) console.log(describe(key));
  const step = nextStepOfCards(keys, wish);
  switch (step) {
    case 'unreadable':
      console.error(
        'Cards that have something were made with a key nobody has: nobody can spend them. Put it back into the ring, or issue others in their place.',
      );
      process.exitCode = 1;
      return;
    case 'wait':
      return tellCardsLeft(keys);
    case 'add':
    case 'use':
    case 'drop':
      return changeSecret('gift-card', step, keys, droppableOf(keys, wish));
  }
}

function tellCardsLeft(keys: readonly KeyInUse[]): void {
  const { left, spent } = cardsOfOlderKeys(keys);
  console.log(
    `No older key can be dropped: ${left} cards of theirs have something, ${spent} are spent and could get something back by a refund.`,
  );
  console.log(
    'With --another a new key comes all the same. With --drop-spent those go that only spent cards need: what comes back to such a card, nobody can spend by its code.',
  );
}

function describe({ id, use, rows }: KeyInUse): string {
  const counted = Object.entries(rows).map(([column, count]) => `${column} ${count}`);
  return `${id}  ${use.padEnd(7)}  ${counted.join(', ') || 'nothing'}`;
}

function tellPasswordsLeft(keys: readonly KeyInUse[]): void {
  const left = keys.filter(({ use }) => use === 'opens').flatMap(({ rows }) => Object.values(rows));
  const sum = left.reduce((total, count) => total + count, 0);
  console.log(
    `${sum} passwords wait for their owners to sign in. When you drop the key before that, they need a reset.`,
  );
}

async function resealAll(): Promise<void> {
  const { fields } = await api<z.infer<typeof keyUseSchema>>(origin, 'GET /v1/auth/keys', {
    token: await token(),
  });
  const columns = new Set(
    fields.filter(({ use }) => use !== 'seals').flatMap(({ rows }) => Object.keys(rows)),
  );
  let unreadable = 0;
  for (const column of columns) {
    let done = 0;
    let after: string | null = '';
    while (after !== null) {
      const part: z.infer<typeof resealedSchema> = await api(origin, 'POST /v1/auth/keys/reseal', {
        token: await token(),
        body: { column, after },
      });
      done += part.resealed;
      unreadable += part.unreadable;
      after = part.next;
      console.log(`${column}: ${done} sealed anew`);
    }
  }
  if (unreadable > 0) {
    console.error(`${unreadable} values do not open: see the log of the auth worker.`);
    process.exitCode = 1;
    return;
  }
  await rotateRing('field');
}

/** On a laptop the secret is changed; elsewhere nobody can read it, so the one who keeps it is told what to do. */
function changeSecret(
  name: RingName,
  step: keyof typeof WORDS,
  keys: readonly KeyInUse[],
  droppable: readonly string[],
): void {
  const { secret, kept, worker } = RINGS[name];
  const words = step === 'drop' ? `${WORDS[step]}: ${droppable.join(', ')}` : WORDS[step];
  if (isDryRun) return console.log(`Next: ${words}.`);
  if (values.url !== undefined) {
    const wanted = step === 'drop' ? `<present value> without ${placesOf(keys, droppable)}` : WANTED[step];
    console.log(`Next: ${words}. Set ${secret} to ${wanted}:`);
    return console.log(`  npx wrangler secret put ${secret} -c workers/${worker}/wrangler.toml`);
  }
  const secrets = keptSecrets();
  const ids = (text: string): string =>
    keyRing(secret, text)
      .all.map(({ id, use }) => `${id} ${use}`)
      .sort()
      .join();
  const running = keys
    .filter(({ use }) => use !== 'missing')
    .map(({ id, use }) => `${id} ${use}`)
    .sort()
    .join();
  if (ids(secrets[kept]) !== running) {
    return console.log('The last step is not in force yet: restart npm start, then run this again.');
  }
  keepSecrets({ ...secrets, [kept]: ringAfter(step, secrets[kept], droppable) });
  console.log(`Done: ${words}. It is in force after the next npm start; then run this again.`);
}

/** Where keys stand in the secret: they are told in its order. */
function placesOf(keys: readonly KeyInUse[], ids: readonly string[]): string {
  return ids.map((id) => `key ${keys.findIndex((key) => key.id === id) + 1}`).join(' and ');
}
