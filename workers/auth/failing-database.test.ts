import { beforeAll, describe, expect, it } from 'vitest';
import { tokensSchema } from '#shared/contracts/http/auth.ts';
import { migrateDatabases, workerEnv } from '#shared/testing/runtime.ts';
import type { Env } from './env.ts';
import { authWorld, GOOD_PASSWORD, newIp, parsed } from './testing/harness.ts';

beforeAll(migrateDatabases);

const env = workerEnv<Env>();
/** Which calls of the database go through, counted from the first of a request; null: all. */
let allowed: number | null = null;
/** Whether a call of this request did not go through. */
let wasAway = false;

/** The real database until `allowed` calls were made; then it is away. */
function failing<Face extends object>(face: Face): Face {
  return new Proxy(face, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...inputs: unknown[]): unknown => {
        if (['batch', 'first', 'all', 'run', 'raw'].includes(String(name))) {
          if (allowed === 0) {
            wasAway = true;
            throw new Error('the database is away');
          }
          if (allowed !== null) allowed -= 1;
        }
        // A batch takes the statements themselves.
        const [statements] = inputs;
        const given = name === 'batch' && Array.isArray(statements) ? [statements.map(bare)] : inputs;
        const made: unknown = Reflect.apply(value, target, given);
        return ['prepare', 'bind', 'withSession'].includes(String(name)) ? wrapped(made as object) : made;
      };
    },
  });
}
const real = new WeakMap<object, object>();
const wrapped = (statement: object): object => {
  const proxy = failing(statement);
  real.set(proxy, statement);
  return proxy;
};
const bare = (statement: object): object => real.get(statement) ?? statement;

const auth = authWorld({ ...env, AUTH_DB: failing(env.AUTH_DB) });

/** Asks with the database away after each number of its calls, until one answer says that it was not needed any more. */
async function whileAway(ask: () => Promise<Response>): Promise<Response[]> {
  const answers: Response[] = [];
  for (let calls = 0; calls < 30; calls += 1) {
    [allowed, wasAway] = [calls, false];
    const answer = await ask();
    allowed = null;
    if (!wasAway) return answers;
    answers.push(answer);
  }
  throw new Error('it asks the database without end');
}

describe('while the database is away, after whichever of its answers', () => {
  it('nobody is signed in, and nothing of the fault is told', async () => {
    const { email } = await auth.newAccount();
    const answers = await whileAway(() => auth.signIn(email, GOOD_PASSWORD, { ip: newIp() }));
    expect(answers.length).toBeGreaterThan(0);
    for (const answer of answers) {
      const text = await answer.text();
      expect([answer.status, text.includes('accessToken'), text.includes('database')]).toEqual([
        500,
        false,
        false,
      ]);
    }
  });

  it('no token is renewed, and the session goes on afterwards', async () => {
    const { tokens } = await auth.newAccount();
    allowed = 0;
    const answer = await auth.refresh(tokens.refreshToken);
    allowed = null;
    expect(answer.status).toBe(500);
    await parsed(await auth.refresh(tokens.refreshToken), tokensSchema);
  });

  it('nobody is shown what a session is asked for first', async () => {
    const { tokens } = await auth.newAccount();
    const answers = await whileAway(() => auth.call('/v1/auth/me', { token: tokens.accessToken }));
    expect(answers.length).toBeGreaterThan(0);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 500));
  });
});
