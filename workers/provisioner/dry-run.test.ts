import { describe, expect, it } from 'vitest';
import { type DryRun, dryRunSchema } from '#shared/contracts/http/provisioning-dry-runs.ts';
import { newId } from '#shared/ids/ids.ts';
import { self, signedIn, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { keysStep, keysTemplate, makeTemplate, operator, QUICK } from './testing/templates.ts';
import { useWorld } from './testing/world.ts';

const world = useWorld();

/** The digit before the last says what the fake catalogue delivers: 1 a licence, 2 a file that is not there, else a service. */
const variant = (kind: 'service' | 'licence' | 'file' | 'dead'): string =>
  newId('variant').slice(0, -4) + { service: '0000', licence: '0010', file: '0020', dead: 'dead' }[kind];

async function dryRun(body: object): Promise<DryRun> {
  const response = await self.fetch('https://shop.test/v1/provisioning/dry-runs', {
    method: 'POST',
    headers: { ...(await operator()), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status !== 200) throw new Error(await response.text());
  return dryRunSchema.parse(await response.json());
}

/** Rows of every table, by its name. */
async function rows(): Promise<Record<string, number>> {
  const { STORE_DB } = workerEnv<Env>();
  const { results } = await STORE_DB.prepare(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\'`,
  ).all<{ name: string }>();
  const counts = await STORE_DB.batch<{ count: number }>(
    results.map(({ name }) => STORE_DB.prepare(`SELECT COUNT(*) AS count FROM ${name}`)),
  );
  return Object.fromEntries(
    results.map(({ name }, index) => [name, counts[index]?.results[0]?.count ?? -1] as const),
  );
}

describe('a dry run', () => {
  it('tells the plan with its inputs, what it would ask of whom, and what stands in the way', async () => {
    const told = await dryRun({
      variantId: variant('service'),
      customisation: { region: 'eu' },
      quantity: 2,
    });
    expect(told.template).toMatchObject({ handle: 'partner-service' });
    expect(told.steps).toMatchObject([
      {
        name: 'order-service',
        branch: 'taken',
        inputs: { plan: 'vm-small', parameters: { region: 'eu' }, quantity: 2 },
        explanation: 'Orders 2 of the plan vm-small from the partner.',
        undo: 'undone',
      },
    ]);
    expect(told.findings).toEqual([{ step: null, isObstacle: true, text: 'It is out of stock.' }]);
    expect(told.wouldBegin).toBe(false);
  });

  it('finds a file that is missing, a customisation that does not fit, a partner that is held and a product that is gone', async () => {
    const file = await dryRun({ variantId: variant('file'), customisation: { colour: 'red' } });
    const texts = file.findings.map(({ step, text }) => `${step ?? ''}: ${text}`).join('\n');
    expect(texts).toContain('check-file: The file nothing.pdf is not in the bucket.');
    expect(texts).toContain('colour');
    await workerEnv<Env>().PARTNER_GATE.getByName('partner').configure({ heldBy: 'staff' });
    const held = await dryRun({ variantId: variant('service') });
    expect(held.findings).toContainEqual({
      step: 'order-service',
      isObstacle: false,
      text: 'Calls to partner wait: its breaker is held.',
    });
    expect(await dryRun({ variantId: variant('dead') })).toMatchObject({
      wouldBegin: false,
      findings: [{ text: 'It cannot be ordered: unknown variant.' }],
    });
  });

  it('says which branches are taken, who is asked, and what is only known later', async () => {
    const { id } = await makeTemplate(
      keysTemplate([
        keysStep('keys'),
        keysStep('rich', { when: { pointer: '/customisation/region', equals: 'us' } }),
        {
          ...QUICK,
          name: 'ask',
          title: 'Asking',
          connector: 'human-task',
          operation: 'ask',
          inputs: {
            of: { value: 'operator' },
            instructions: { text: 'Check ${/results/keys/keys/0}', default: 'Check.' },
            fields: { value: {} },
          },
          after: ['keys'],
          approval: { text: 'May it go out?' },
          undo: { none: 'Nothing is made.' },
          exhausted: { code: 'x', text: 'x' },
        },
      ]),
    );
    const told = await dryRun({
      variantId: variant('licence'),
      templateId: id,
      customisation: { region: 'eu' },
    });
    expect(
      told.steps.map(({ name, branch, approval, explanation }) => [name, branch, approval, explanation]),
    ).toEqual([
      ['keys', 'taken', null, 'Makes 1 keys of 3 activations each.'],
      ['rich', 'left_out', null, null],
      ['ask', 'taken', 'May it go out?', null],
    ]);
    expect(told.steps.at(-1)?.inputs).toMatchObject({ instructions: { from: ['/results/keys/keys/0'] } });
  });

  it('has no effect at all, and is for staff', async () => {
    const before = await rows();
    for (const kind of ['service', 'licence', 'file', 'dead'] as const)
      await dryRun({ variantId: variant(kind) });
    expect(await rows()).toEqual(before);
    expect(world.partner.calls).toEqual({ POST: 0, GET: 0, DELETE: 0, USE: 0, CHANGE: 0 });
    const refused = await self.fetch('https://shop.test/v1/provisioning/dry-runs', {
      method: 'POST',
      headers: { ...(await signedIn(newId('user'), 'customer')), 'content-type': 'application/json' },
      body: JSON.stringify({ variantId: variant('service') }),
    });
    expect(refused.status).toBe(403);
  });
});
