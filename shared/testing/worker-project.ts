import path from 'node:path';
import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin';
import { defineProject } from 'vitest/config';
import { unstable_readConfig } from 'wrangler';
import { BUNDLED_MODULES } from './bundled-modules.ts';
import { TEST_ISSUER, testKeyPair } from './tokens.ts';

export interface WorkerProjectOptions {
  /** Worker name, also its folder in workers/. */
  name: string;
  /** Test values of its required secrets. */
  secrets?: Record<string, string>;
  /** D1 binding → folder in migrations/; tests read them from `env.TEST_MIGRATIONS`. */
  databases?: Record<string, string>;
  /**
   * Source (JavaScript modules, no imports) of workers it binds, by worker name. `tradepost-auth` is always there, with
   * the test key and `getContact` answering `<userId>@mail.test`, of an organisation's `<organisationId>.<userId>@mail.test`.
   */
  fakes?: Record<string, string>;
  /** Which of the fakes stands for the internet: it receives every `fetch` of the worker and of its tests. */
  outbound?: string;
  /** Bindings of the e-mail service that the configuration leaves to whoever deploys. */
  sendEmail?: string[];
  /** Files that start what the tests talk to outside of the runtime, from the repository root. */
  globalSetup?: string[];
  /** Further globs of test files that run inside this worker, from the repository root. */
  include?: string[];
  /**
   * Gives each file a runtime of its own, with empty databases. Costs a second and the worker's modules a file, so only
   * where files change or count what is one for the whole shop: rules, limits of the site, tables, running workflows.
   */
  isolate?: boolean;
}

/** Long enough for a busy machine: no test may fail for being slow. */
const TEST_TIMEOUT_MS = 60_000;
/** Base64 of 32 bytes. */
const TEST_BACKUP_KEY = btoa('backups of tests: 32 bytes long!');
const ROOT = path.resolve(import.meta.dirname, '../..');

/**
 * Vitest project whose tests run inside the real runtime with one worker's real bindings. Tests sign in with
 * `testAccessToken(env.TEST_PRIVATE_JWK, …)`.
 */
export function workerProject(options: WorkerProjectOptions) {
  return defineProject({
    root: ROOT,
    plugins: [
      cloudflareTest(async () => {
        const { privateJwk, publicJwk } = await testKeyPair();
        const databases = await Promise.all(
          Object.entries(options.databases ?? {}).map(async ([binding, folder]) => [
            binding,
            await readD1Migrations(path.join(ROOT, 'migrations', folder)),
          ]),
        );
        const fakes = { 'tradepost-auth': fakeAuth(JSON.stringify(publicJwk)), ...options.fakes };
        const config = options.name === 'gateway' ? 'wrangler.toml' : `workers/${options.name}/wrangler.toml`;
        return {
          wrangler: { configPath: path.join(ROOT, config) },
          miniflare: {
            bindings: {
              // Over what a laptop's `.dev.vars` says: a test must not depend on whether `npm start` ran before.
              ...committedVariables(path.join(ROOT, config)),
              BACKUP_KEY: TEST_BACKUP_KEY,
              BACKUP_EVERY_SECONDS: '0',
              ...options.secrets,
              PUBLIC_ORIGIN: TEST_ISSUER,
              TEST_PRIVATE_JWK: privateJwk,
              TEST_MIGRATIONS: Object.fromEntries(databases) as Record<string, never>,
            },
            ...(options.sendEmail === undefined
              ? {}
              : { email: { send_email: options.sendEmail.map((name) => ({ name })) } }),
            ...(options.outbound === undefined ? {} : { outboundService: options.outbound }),
            workers: Object.entries(fakes)
              .filter(([name]) => name !== `tradepost-${options.name}`)
              .map(([name, script]) => ({
                name,
                modules: [{ type: 'ESModule' as const, path: `${name}.js`, contents: script }],
                compatibilityDate: '2026-10-20',
                compatibilityFlags: ['nodejs_compat'],
              })),
          },
        };
      }),
    ],
    test: {
      name: options.name,
      testTimeout: TEST_TIMEOUT_MS,
      // The runner would wait for ever for the log line of an object that outlives its test file.
      disableConsoleIntercept: true,
      deps: { optimizer: { ssr: { enabled: true, include: [...BUNDLED_MODULES] } } },
      isolate: options.isolate ?? false,
      globalSetup: (options.globalSetup ?? []).map((file) => path.join(ROOT, file)),
      include: [`workers/${options.name}/**/*.test.{ts,tsx}`, ...(options.include ?? [])],
    },
  });
}

/** The variables of a configuration as committed. */
function committedVariables(file: string): Record<string, string> {
  const config: unknown = unstable_readConfig({ config: file }, { hideWarnings: true });
  return (config as { vars: Record<string, string> }).vars;
}

const fakeAuth = (publicJwk: string): string => `
  import { WorkerEntrypoint } from 'cloudflare:workers';
  const revocations = [];
  export class AuthRpc extends WorkerEntrypoint {
    getJwks() { return { keys: [${publicJwk}], revoked: revocations }; }
    /** Its tokens count no more from now on. */
    revoke(subject) { revocations.push({ subject, before: Math.floor(Date.now() / 1000) + 1 }); }
    exchangeApiKey() { return null; }
    useOnce() { return true; }
    getContact(call, { userId, organisationId = null }) {
      return { email: (organisationId === null ? '' : organisationId + '.') + userId + '@mail.test' };
    }
    findAccount(call, input) {
      const [userId, host] = input.email.split('@');
      return host === 'mail.test' ? { userId } : null;
    }
  }
  export default { fetch: () => new Response(null, { status: 501 }) };
`;
