import { readConfig } from '../lib/config.ts';
import { secretNames } from '../deploy/account.ts';
import { runWrangler } from '../deploy/wrangler.ts';
import type { Finding } from './finding.ts';

/** Whether the deployed payments worker has each secret it requires; their values cannot be read. */
export async function deployedSecrets(): Promise<Finding[]> {
  const { name, secrets } = readConfig('payments');
  const listed = await runWrangler(['secret', 'list', '--name', name]);
  if (listed.code !== 0) {
    return [
      {
        level: 'warning',
        what: `The secrets of ${name} could not be listed.`,
        advice: 'Sign in with `npx wrangler login`, and deploy once before.',
      },
    ];
  }
  const present = new Set(secretNames(listed.stdout));
  return (secrets?.required ?? []).map((required) =>
    present.has(required)
      ? { level: 'ok', what: `${name} has ${required}.` }
      : {
          level: 'fault',
          what: `${name} has no ${required}.`,
          advice: `Set it: npx wrangler secret put ${required} --name ${name}`,
        },
  );
}
