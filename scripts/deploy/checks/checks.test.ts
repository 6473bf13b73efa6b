import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readConfigFile } from '../../lib/config.ts';
import { committedDeployment, workerOf } from '../testing.ts';
import { checkDeployment, CHECKS } from './index.ts';
import { BINDING_OFFENCES } from './offences/bindings.ts';
import { BUNDLE_OFFENCES, text } from './offences/bundles.ts';
import { QUEUE_OFFENCES } from './offences/queues.ts';
import { SETTING_OFFENCES } from './offences/settings.ts';

const OFFENCES = [...BINDING_OFFENCES, ...QUEUE_OFFENCES, ...SETTING_OFFENCES, ...BUNDLE_OFFENCES];

describe('the committed configurations', () => {
  it('pass every check, or nothing could be deployed', () => {
    expect(checkDeployment(committedDeployment())).toEqual([]);
  });

  it('may derive keys by PBKDF2 within the platform’s limit', () => {
    const deployment = committedDeployment();
    const auth = workerOf(deployment, 'auth');
    text("deriveBits({ name: 'PBKDF2', iterations: 100_000, salt }, key, 256)")(
      auth.config,
      auth,
      deployment,
    );
    expect(checkDeployment(deployment)).toEqual([]);
  });
});

describe('a deployment is refused with', () => {
  it.each(OFFENCES)('$name', ({ check, worker, field, alter }) => {
    const deployment = committedDeployment();
    const deployable = workerOf(deployment, worker);
    alter(deployable.config, deployable, deployment);
    const found = (CHECKS[check]?.(deployment) ?? []).map((finding) => [
      finding.worker,
      finding.file,
      finding.field,
    ]);
    expect(found).toContainEqual([worker, deployable.file, field]);
  });

  it('each of the rules at least once in this table', () => {
    expect(new Set(OFFENCES.map(({ check }) => check))).toEqual(new Set(Object.keys(CHECKS)));
  });
});

it('wrangler tells of environments and routes, or the rules about them would hold by silence', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'wrangler.toml');
  writeFileSync(file, 'name = "x"\nroutes = ["x.acme.com/*"]\n[env.production.vars]\nPUBLIC_ORIGIN = "x"\n');
  expect(readConfigFile(file)).toMatchObject({
    definedEnvironments: ['production'],
    routes: ['x.acme.com/*'],
  });
});
