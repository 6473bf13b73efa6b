/**
 * Writes every generated file from its one source. `--check` writes nothing and fails when one is out of date.
 * Usage: npm run generate [-- --check]
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { assetsModule, ASSETS_TARGET } from './generate/assets.ts';
import { envModule, envTarget } from './generate/env.ts';
import { errorsPage, ERRORS_TARGET } from './generate/errors.ts';
import { openApiJson, OPENAPI_TARGET } from './generate/openapi.ts';
import { ORDER_MACHINE_TARGET, orderMachinePage } from './generate/order-machine.ts';
import { parseArguments } from './lib/arguments.ts';
import { ALL_WORKERS, ROOT } from './lib/workers.ts';

const FILES: { target: string; content: () => string | Promise<string> }[] = [
  ...ALL_WORKERS.map((worker) => ({ target: envTarget(worker), content: () => envModule(worker) })),
  { target: ASSETS_TARGET, content: assetsModule },
  { target: ERRORS_TARGET, content: errorsPage },
  { target: ORDER_MACHINE_TARGET, content: orderMachinePage },
  { target: OPENAPI_TARGET, content: openApiJson },
];

const { values } = parseArguments('Usage: npm run generate [-- --check]', {
  options: { check: { type: 'boolean', default: false } },
});
const { check } = values;
const stale = (
  await Promise.all(
    FILES.map(async ({ target, content }) => {
      const wanted = await content();
      return existsSync(target) && readFileSync(target, 'utf8') === wanted ? [] : [{ target, wanted }];
    }),
  )
).flat();
for (const { target, wanted } of stale) {
  const name = path.relative(ROOT, target);
  if (check) {
    console.error(`out of date: ${name} (run npm run generate)`);
  } else {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, wanted);
    console.log(`written: ${name}`);
  }
}
if (check && stale.length > 0) process.exitCode = 1;
