import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configPath, type WorkerName } from '../lib/workers.ts';
import { FakeAccount } from './fake-account.ts';
import { planDeployment } from './plan.ts';
import { missingSecretsReport } from './report.ts';
import { resolveConfig, type RawConfig, type ResourceIds } from './resolve.ts';
import { deploy, type Outcome } from './run.ts';
import { newKey, OWN_SECRETS } from './secrets.ts';
import { committedDeployment } from './testing.ts';

const scratch = mkdtempSync(path.join(tmpdir(), 'deploy-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const plan = planDeployment(committedDeployment());
const chosen = {
  vars: { PUBLIC_ORIGIN: 'https://shop.acme.com' },
  exposure: 'custom-domain' as const,
};

function run(account: FakeAccount, options = { generateSecrets: true }): Promise<Outcome> {
  return deploy(plan, options, {
    wrangler: account.wrangler,
    newKey,
    log: () => {},
    writeConfig: (worker: WorkerName, ids: ResourceIds, late) => {
      const found = plan.workers.find((each) => each.worker === worker);
      const file = path.join(scratch, `${worker}${late === 'with_late' ? '' : '.first'}.json`);
      const raw = { main: 'index.ts', ...found?.config } as unknown as RawConfig;
      const resolved = resolveConfig(raw, path.dirname(configPath(worker)), chosen, ids, late);
      writeFileSync(file, JSON.stringify(resolved));
      return file;
    },
  });
}

/** Sets what only vendors issue, as a person would with `wrangler secret put`. */
function setVendorSecrets(account: FakeAccount): void {
  for (const { script, names } of plan.secrets) {
    const vendors = names.filter((name) => !OWN_SECRETS.includes(name));
    account.setSecrets(script, Object.fromEntries(vendors.map((name) => [name, 'from the vendor'])));
  }
}

async function deployedAccount(): Promise<FakeAccount> {
  const account = new FakeAccount();
  setVendorSecrets(account);
  await run(account);
  return account;
}

describe('the first deployment', () => {
  it('creates everything, then migrates a database before the worker that reads it', async () => {
    const account = new FakeAccount();
    setVendorSecrets(account);
    const outcome = await run(account);

    expect(outcome).toEqual({ kind: 'deployed', workers: plan.workers.map(({ config }) => config.name) });
    expect([...account.queues].sort()).toEqual(plan.queues);
    expect([...account.databases.keys()]).toEqual(plan.databases.map(({ name }) => name));
    expect([...account.namespaces.keys()]).toEqual(plan.namespaces.map(({ title }) => title));
    expect([...account.buckets]).toEqual(plan.buckets);
    const at = (start: string) => account.commands.findIndex((command) => command.startsWith(start));
    expect(at('d1 migrations apply tradepost-orders --remote')).toBeLessThan(
      at(`deploy -c ${path.join(scratch, 'purchase.json')}`),
    );
    expect(at('secret bulk')).toBeLessThan(at('d1 migrations apply'));
  });

  it('deploys a worker that asks later ones twice, the first time without what is not there yet', async () => {
    const account = await deployedAccount();
    const deploys = account.commands.filter(
      (command) => command.includes('auth') && command.startsWith('deploy'),
    );
    expect(deploys.map((command) => path.basename(command))).toEqual([
      'auth.json',
      'auth.first.json',
      'auth.json',
    ]);
    const { services } = account.deployed.get('tradepost-auth') as { services: { binding: string }[] };
    expect(services.map(({ binding }) => binding)).toEqual([
      'DATA_CATALOGUE',
      'DATA_PAYMENTS',
      'DATA_PROVISIONER',
      'DATA_PURCHASE',
    ]);
    account.commands.length = 0;
    await run(account);
    expect(
      account.commands.filter((command) => command.endsWith('auth.json') && command.startsWith('deploy')),
    ).toHaveLength(1);
  });

  it('fills in the ids the account gave and the values that were chosen', async () => {
    const account = await deployedAccount();
    expect(account.deployed.get('tradepost-catalogue')).toMatchObject({
      vars: { PUBLIC_ORIGIN: 'https://shop.acme.com' },
      kv_namespaces: [
        { binding: 'CATALOGUE_CACHE', id: account.namespaces.get('tradepost-catalogue-cache') },
      ],
      d1_databases: [
        { binding: 'CATALOGUE_DB', database_id: account.databases.get('tradepost-catalogue') },
        { binding: 'SEARCH_DB', database_id: account.databases.get('tradepost-search') },
      ],
    });
    expect(account.deployed.get('tradepost-gateway')).toMatchObject({
      workers_dev: false,
      routes: [{ pattern: 'shop.acme.com', custom_domain: true }],
    });
  });

  it('stops before any worker when secrets are missing, and says how to set them', async () => {
    const account = new FakeAccount();
    const outcome = await run(account, { generateSecrets: false });

    expect(account.deployed.size).toBe(0);
    expect(account.migrated).toEqual([]);
    if (outcome.kind !== 'secrets-missing') throw new Error('expected missing secrets');
    const report = missingSecretsReport(outcome.missing);
    for (const { script, names } of plan.secrets) {
      for (const name of names) expect(report).toContain(`wrangler secret put ${name} --name ${script}`);
    }
    expect(report).toContain('--generate-secrets');
  });

  it('makes our own secrets at random without ever naming a value among the arguments', async () => {
    const account = new FakeAccount();
    const outcome = await run(account);

    const values = [...account.secrets.values()].flatMap((known) => [...known.values()]);
    expect(values.length).toBeGreaterThan(0);
    expect(new Set(values).size).toBe(values.length);
    for (const value of values) {
      expect(atob(value)).toHaveLength(32);
      expect(account.commands.join('\n')).not.toContain(value);
    }
    if (outcome.kind !== 'secrets-missing') throw new Error('vendor secrets cannot be made up');
    expect(outcome.missing.map(({ name }) => name)).toContain('STRIPE_SECRET_KEY');
    expect(outcome.missing.filter(({ name }) => OWN_SECRETS.includes(name))).toEqual([]);
  });
});

describe('a later deployment', () => {
  it('creates nothing and leaves secrets alone, for a new pepper would lock every account out', async () => {
    const account = await deployedAccount();
    const secrets = structuredClone(account.secrets);
    account.commands.length = 0;
    await run(account);

    expect(account.changes.every((command) => /^(d1 migrations apply|deploy -c) /.test(command))).toBe(true);
    expect(account.secrets).toEqual(secrets);
    expect(account.deployed.size).toBe(plan.workers.length);
  });
});

describe('a deployment that fails half-way', () => {
  const first = (command: string) => command.split(' ').slice(0, 3).join(' ');

  it.each([
    'queues create payment-events',
    'r2 bucket create',
    'd1 create tradepost-store',
    'd1 list --json',
    'kv namespace create',
    'secret list',
    'secret bulk',
    'd1 migrations apply tradepost-payments',
    'deploy -c',
  ])('at "%s" can be run again and ends as if nothing had happened', async (command) => {
    const account = new FakeAccount();
    setVendorSecrets(account);
    account.failOnce = command;
    await expect(run(account)).rejects.toThrow(first(command));
    const outcome = await run(account);

    expect(outcome.kind).toBe('deployed');
    expect([...account.deployed.keys()]).toEqual(plan.workers.map(({ config }) => config.name));
    const created = account.changes.filter((each) => each.includes(' create '));
    const repeated = created.filter((each, index) => created.indexOf(each) !== index);
    expect(repeated.filter((each) => !each.startsWith(command))).toEqual([]);
  });

  it('does not deploy a worker whose database could not be migrated', async () => {
    const account = new FakeAccount();
    setVendorSecrets(account);
    account.failOnce = 'd1 migrations apply tradepost-orders';
    await expect(run(account)).rejects.toThrow('tradepost-orders');

    expect(account.deployed.has('tradepost-purchase')).toBe(false);
    expect(account.deployed.has('tradepost-gateway')).toBe(false);
  });
});
