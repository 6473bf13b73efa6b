import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import type { ProductPage } from '#shared/contracts/http/products.ts';
import { api } from '../lib/api.ts';
import { ROOT } from '../lib/workers.ts';
import type { Scenario, World } from './world.ts';

const FILE = path.join(ROOT, 'test/fixtures/shopify-products.csv');
const SUMMARY = /(\d+) rows: (\d+) created, (\d+) updated, (\d+) unchanged, (\d+) refused/;

/** `npm run import` as an operator types it; resolves with its report, whatever its exit code. */
async function runImport(
  world: World,
): Promise<{ code: number; products: number; unchanged: number; refused: number }> {
  const { accessToken } = await world.operator();
  const parameters = [
    path.join(ROOT, 'scripts/import.ts'),
    FILE,
    '--url',
    world.origin,
    '--token',
    accessToken,
  ];
  const { code, output } = await new Promise<{ code: number; output: string }>((resolve) => {
    execFile(process.execPath, parameters, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }),
    );
  });
  const counts = SUMMARY.exec(output);
  assert.ok(counts, `no summary in:\n${output}`);
  const [, , created = 0, updated = 0, unchanged = 0, refused = 0] = counts.map(Number);
  world.step(`import: ${counts[0]}`);
  return { code, products: created + updated + unchanged, unchanged, refused };
}

export const importsProducts: Scenario = {
  name: 'an operator imports a Shopify export; importing it again changes nothing',
  async run(world) {
    const first = await runImport(world);
    assert.equal(first.code, first.refused > 0 ? 1 : 0);
    assert.ok(first.products >= 25);
    const again = await runImport(world);
    assert.deepEqual(
      [again.unchanged, again.refused],
      [first.products, first.refused],
      'the second time every product is unchanged',
    );
    const found = await api<ProductPage>(world.origin, 'GET /v1/products?kind=physical&limit=100');
    assert.ok(found.items.length > 0);
  },
};
