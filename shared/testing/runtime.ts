import { env, exports } from 'cloudflare:workers';
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import type { JWK } from 'jose';
import type { Role } from '#shared/auth/permissions.ts';
import { testAccessToken } from './tokens.ts';

interface TestBindings {
  TEST_PRIVATE_JWK: JWK;
  TEST_MIGRATIONS: Record<string, D1Migration[]>;
}

/** The worker's real bindings, inside a test that runs in its project. */
export const workerEnv = <Env>(): Env & TestBindings => env as unknown as Env & TestBindings;

/** The worker under test, through its HTTP face. */
export const self = (exports as unknown as { default: Fetcher }).default;

/** Migrates every database named in the project's `databases`. Call in `beforeAll`. */
export async function migrateDatabases(): Promise<void> {
  const bindings = workerEnv<Record<string, unknown>>();
  for (const [name, migrations] of Object.entries(bindings.TEST_MIGRATIONS)) {
    await applyD1Migrations(bindings[name] as D1Database, migrations);
  }
}

/** `Authorization` header of a user with these roles. */
export async function signedIn(userId: string, ...roles: Role[]): Promise<{ authorization: string }> {
  const token = await testAccessToken(workerEnv<object>().TEST_PRIVATE_JWK, { userId, roles });
  return { authorization: `Bearer ${token}` };
}

/** `Authorization` header of a customer who acts for an organisation, as this in it. */
export async function actingFor(
  userId: string,
  organisation: { id: string; role: string },
): Promise<{ authorization: string }> {
  const { TEST_PRIVATE_JWK } = workerEnv<object>();
  const token = await testAccessToken(
    TEST_PRIVATE_JWK,
    { userId, roles: ['customer'] },
    { org: organisation.id, org_role: organisation.role },
  );
  return { authorization: `Bearer ${token}` };
}
