import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { boundDatabases, migrationFiles } from '../../scripts/lib/migrate.ts';
import { DEPLOYABLE_WORKERS } from '../../scripts/lib/workers.ts';
import { readOptions } from '../../scripts/deploy/options.ts';
import { planDeployment } from '../../scripts/deploy/plan.ts';
import { deploy, type Outcome } from '../../scripts/deploy/run.ts';
import { newKey, OWN_SECRETS } from '../../scripts/deploy/secrets.ts';
import { committedDeployment } from '../../scripts/deploy/testing.ts';
import { configWriter, runWrangler } from '../../scripts/deploy/wrangler.ts';
import { Platform } from './platform.ts';

const options = readOptions([
  '--origin=https://shop.acme.com',
  '--mail-from=Acme <no-reply@acme.com>',
  '--partner-api=https://api.partner.acme.com',
  '--generate-secrets',
  '--attach-domain',
]);
const plan = planDeployment(committedDeployment());
const platform = new Platform();
const folder = mkdtempSync(path.join(tmpdir(), 'rehearsal-'));
const commands: string[] = [];

const run = (): Promise<Outcome> =>
  deploy(plan, options, {
    wrangler(parameters, input) {
      commands.push(parameters.join(' '));
      return runWrangler(parameters, input);
    },
    writeConfig: configWriter(options, folder),
    newKey,
    log: () => {},
  });

/** What a person does with `wrangler secret put` between the first run and the second. */
async function setVendorSecrets(): Promise<void> {
  for (const { script, names } of plan.secrets) {
    const values = names
      .filter((name) => !OWN_SECRETS.includes(name))
      .map((name) => [name, 'from the vendor']);
    const input = JSON.stringify(Object.fromEntries(values));
    if (values.length > 0) await runWrangler(['secret', 'bulk', '--name', script], input);
  }
}

describe('a deployment by the real wrangler, to a stand-in of the platform', () => {
  beforeAll(async () => {
    const { origin } = await platform.start();
    vi.stubEnv('CLOUDFLARE_API_BASE_URL', `${origin}/client/v4`);
    vi.stubEnv('CLOUDFLARE_API_TOKEN', 'rehearsal');
    vi.stubEnv('CLOUDFLARE_ACCOUNT_ID', 'rehearsal');
    // Most of what a fresh account lacks is there, so that each kind is created at least once and no more often.
    for (const name of plan.queues.slice(1)) platform.addQueue(name);
    for (const { name } of plan.databases.slice(1)) platform.addDatabase(name);
  });
  afterAll(() => {
    platform.stop();
    rmSync(folder, { recursive: true });
  });

  it('creates what is missing and stops for secrets that only vendors issue', async () => {
    const outcome = await run();

    expect(outcome.kind).toBe('secrets-missing');
    expect([...platform.queues.keys()].sort()).toEqual(plan.queues);
    expect([...platform.databases.keys()].sort()).toEqual(plan.databases.map(({ name }) => name).sort());
    expect([...platform.namespaces.keys()]).toEqual(plan.namespaces.map(({ title }) => title));
    expect([...platform.buckets]).toEqual(plan.buckets);
    expect([...platform.scripts.values()].every(({ metadata }) => metadata?.bindings.length === 0)).toBe(
      true,
    );
  });

  it('run again, creates nothing, migrates every database and deploys every worker', async () => {
    await setVendorSecrets();
    commands.length = 0;
    const outcome = await run();

    expect(outcome).toEqual({ kind: 'deployed', workers: plan.workers.map(({ config }) => config.name) });
    expect(commands.filter((command) => command.includes(' create '))).toEqual([]);
    for (const { name, migrations } of DEPLOYABLE_WORKERS.flatMap(boundDatabases)) {
      const applied = platform
        .rows(name, 'SELECT name FROM d1_migrations ORDER BY id')
        .map((row) => row.name);
      expect(applied).not.toEqual([]);
      expect(applied).toEqual(migrationFiles(migrations));
    }
    for (const { config } of plan.workers) {
      const script = platform.scripts.get(config.name);
      expect(script?.metadata?.compatibility_date).toBe(config.compatibility_date);
      expect(script?.crons).toEqual(config.triggers.crons ?? []);
      expect(script?.public).toBe(false);
    }
    expect(platform.scripts.get('tradepost-gateway')?.hostnames).toEqual(['shop.acme.com']);
    expect([...platform.workflows.keys()].sort()).toEqual(plan.workflows.map(({ name }) => name).sort());
    for (const { queue } of plan.workers.flatMap(({ config }) => config.queues.consumers ?? [])) {
      expect(platform.queues.get(queue)?.consumers).toHaveLength(1);
    }
  });

  it('asked for nothing this stand-in does not know', () => {
    expect(platform.unanswered).toEqual([]);
  });
});
