/**
 * Holds the answers of the sandbox's payment service against what Stripe publishes (github.com/stripe/openapi):
 *
 *   npm run sandbox:conform -- --spec path/to/openapi/spec3.json
 *   npm run sandbox:conform -- --spec path/to/openapi/fixtures3.json
 *
 * Starts a system of its own, plays a sample of everything, prints each difference once with how often it was seen, and
 * fails when there is one. Take the file of the API version that the SDK is pinned to; another one differs by its changes.
 */
import { parseArguments, refuse } from './lib/arguments.ts';
import { newSecrets } from './lib/local-settings.ts';
import { startSystem } from './lib/system.ts';
import { publishedIn } from './conform/published.ts';
import { sampleOf } from './conform/sample.ts';

const USAGE = 'Usage: npm run sandbox:conform -- --spec <spec3.json or fixtures3.json>';
const { values } = parseArguments(USAGE, { options: { spec: { type: 'string' } } });
if (values.spec === undefined) refuse(USAGE);
const compare = publishedIn(values.spec);
const secrets = newSecrets();
const system = await startSystem({ secrets });
try {
  const sample = await sampleOf(system.sandboxOrigin, secrets.stripeKey);
  const counts = new Map<string, number>();
  for (const each of sample) {
    for (const fault of compare(each.object, each)) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  }
  for (const [fault, count] of [...counts].toSorted(([a], [b]) => a.localeCompare(b)))
    console.log(`${String(count).padStart(5)}  ${fault}`);
  console.log(`${sample.length} objects, ${counts.size} differences`);
  process.exitCode = counts.size === 0 ? 0 : 1;
} finally {
  await system.stop();
}
