import { eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/d1';
import { beforeEach } from 'vitest';
import { downloads, licenceKeys } from '#shared/db/store.ts';
import { sha256Hex } from '#shared/crypto/bytes.ts';
import { workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from '../env.ts';
import { useWorld } from '../testing/world.ts';
import { changeSuite } from './change-suite.ts';

const world = useWorld();
const db = () => drizzle(workerEnv<Env>().STORE_DB);
const keysOf = (instanceId: string) =>
  db().select().from(licenceKeys).where(eq(licenceKeys.instanceId, instanceId));
const service = () => {
  const [found] = world.partner.live();
  if (found === undefined) throw new Error('nothing runs');
  return found.body;
};

beforeEach(() => {
  world.partner.onChange = 'finish';
});

changeSuite({
  name: 'a service of the partner',
  world,
  operation: 'partner.order-service',
  input: { reference: 'it', plan: 'small', parameters: { region: 'eu' }, quantity: 1 },
  update: {
    to: { reference: 'it', plan: 'large', parameters: { region: 'eu' }, quantity: 1 },
    now: () => Promise.resolve({ plan: service()['plan'], parameters: service()['parameters'] }),
  },
  rotate: { isGood: (_id, output) => Promise.resolve(service()['password'] === output['password']) },
  faults: () => world.partner.faults.CHANGE,
});

changeSuite({
  name: 'keys of our own',
  world,
  operation: 'licence-key.issue',
  input: { quantity: 2, activationsMax: 1 },
  update: {
    to: { quantity: 2, activationsMax: 5 },
    now: async (id) => (await keysOf(id)).map(({ activationsMax }) => activationsMax),
  },
  rotate: {
    async isGood(id, output) {
      const good = (await keysOf(id)).filter(({ revokedAt }) => revokedAt === null);
      const keys = output['keys'] as string[];
      return keys.every((key) => good.some(({ fingerprint }) => fingerprint === sha256Hex(key)));
    },
  },
  faults: null,
});

changeSuite({
  name: 'signed keys',
  world,
  operation: 'licence-key.sign',
  input: { quantity: 2, activationsMax: 1, validDays: 30, features: [] },
  update: {
    to: { quantity: 2, activationsMax: 5, validDays: 30, features: ['pro'] },
    now: async (id) =>
      (await keysOf(id))
        .filter(({ revokedAt }) => revokedAt === null)
        .map(({ activationsMax }) => activationsMax),
  },
  rotate: {
    async isGood(id, output) {
      const good = (await keysOf(id)).filter(({ revokedAt }) => revokedAt === null);
      const keys = output['keys'] as string[];
      return keys.every((key) => good.some(({ fingerprint }) => fingerprint === sha256Hex(key)));
    },
  },
  faults: null,
});

changeSuite({
  name: 'downloads of our own',
  world,
  operation: 'download.entitle',
  input: { objectKey: 'books/guide.pdf', fileName: 'guide.pdf', downloadsMax: 2, versions: 'newest' },
  update: {
    to: { objectKey: 'books/guide.pdf', fileName: 'second edition.pdf', downloadsMax: 9, versions: 'own' },
    now: async (id) =>
      (await db().select().from(downloads).where(eq(downloads.instanceId, id))).map(
        ({ fileName, downloadsMax }) => [fileName, downloadsMax],
      ),
  },
  rotate: null,
  faults: null,
});
