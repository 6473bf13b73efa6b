import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import type { z } from 'zod';
import { PRESSURE_MAX } from '#objects/login-guard/policies.ts';
import { tokensSchema, type TokensBody } from '#shared/contracts/http/auth.ts';
import {
  CHALLENGE_HEADER,
  challengeSchema,
  type ChallengeAction,
  type ChallengeBody,
} from '#shared/contracts/http/challenge.ts';
import type { Mail } from '#shared/mail/mail.ts';
import { workerEnv } from '#shared/testing/runtime.ts';
import { wasmArgon2id } from '../adapters/argon2.ts';
import { createAuthApp } from '../app.ts';
import { isSolved } from '../challenges/proof-of-work.ts';
import type { Argon2id } from '../crypto/password-hasher.ts';
import type { Env } from '../env.ts';
import type { AuthPorts } from '../ports.ts';
import { portsFactory } from '../wiring.ts';

export interface Call {
  method?: string;
  body?: unknown;
  token?: string;
  ip?: string;
  userAgent?: string;
  headers?: Record<string, string>;
}

export const GOOD_PASSWORD = 'violet otters juggle 7 lamps';
let serial = 0;
/** An address no other test of this run uses. */
export const newEmail = (): string => `person${(serial += 1)}-${crypto.randomUUID().slice(0, 8)}@mail.test`;
/** A client network no other test of this run uses. */
export const newIp = (): string =>
  `10.${(serial += 1) % 250}.${crypto.getRandomValues(new Uint8Array(1))[0]}.7`;

/** The worker over its real bindings, with the outside world replaced: a clock to turn, a mailbox, counted hashes. */
export function authWorld(
  env: Env = workerEnv<Env>(),
  { argon2 = wasmArgon2id, ...outside }: { fetch?: typeof fetch; argon2?: Argon2id } = {},
) {
  const world = {
    offsetMs: 0,
    /** Epoch milliseconds at which the clock stands, apart from `offsetMs`: where costs are counted nothing may get old. */
    stoppedAt: null as number | null,
    mails: [] as Mail[],
    hashes: 0,
    mailFails: false,
    /** The provider takes mails and its replies are lost. */
    replyLost: false,
    /** Addresses the provider refuses. */
    refused: new Set<string>(),
    /** Mails handed to the provider, taken or not. */
    tries: 0,
    /** The process ends with the answer: nothing runs behind it. */
    dies: false,
  };
  const clock = { now: () => (world.stoppedAt ?? Date.now()) + world.offsetMs };
  const made = portsFactory({
    ...outside,
    clock,
    puzzleBits: 3,
    argon2: {
      derive(...parameters) {
        world.hashes += 1;
        return argon2.derive(...parameters);
      },
    },
    mailer: {
      async send(mail) {
        world.tries += 1;
        if (world.mailFails) throw new Error('the provider is away');
        if (world.refused.has(mail.to)) return { state: 'refused', reason: 'no such mailbox' };
        world.mails.push(mail);
        if (world.replyLost) throw new Error('the reply was lost');
        return { state: 'taken' };
      },
    },
  });
  const factory: typeof made = Object.assign(
    (...[given, background]: Parameters<typeof made>) =>
      made(given, (work) => {
        if (!world.dies) background(work);
      }),
    { prepare: made.prepare },
  );
  const app = createAuthApp(factory, clock);

  async function call(path: string, options: Call = {}): Promise<Response> {
    const ctx = createExecutionContext();
    const headers = new Headers({
      'x-client-ip': options.ip ?? '198.51.100.1',
      'user-agent': options.userAgent ?? 'Test/1',
      ...options.headers,
    });
    if (options.token !== undefined) headers.set('authorization', `Bearer ${options.token}`);
    if (options.body !== undefined) headers.set('content-type', 'application/json');
    const request = new Request(`https://shop.test${path}`, {
      method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
      headers,
      ...(options.body === undefined
        ? {}
        : { body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body) }),
    });
    const response = await app.fetch(request, env, ctx);
    await waitOnExecutionContext(ctx);
    return response;
  }

  /** Token of the newest link mailed to an address. */
  function linkToken(email: string): string {
    const mail = world.mails.findLast((sent) => sent.to === email && sent.text.includes('token='));
    const token = /token=([\w-]+)/.exec(mail?.text ?? '')?.[1];
    if (token === undefined) throw new Error(`no link was mailed to ${email}`);
    return token;
  }

  /** Signs up, redeems the link and gives the first session's tokens. */
  async function newAccount(options: { email?: string; password?: string | null; ip?: string } = {}) {
    const email = options.email ?? newEmail();
    const ip = options.ip ?? newIp();
    await call('/v1/auth/sign-up', { body: { email }, ip });
    const password = options.password === undefined ? GOOD_PASSWORD : options.password;
    const body = { token: linkToken(email), ...(password === null ? {} : { password }) };
    const tokens = await parsed(await call('/v1/auth/verify-email', { body, ip }), tokensSchema);
    return { email, ip, tokens };
  }

  /** Answer to a puzzle of the highest pressure, which counts for one attempt. */
  function solved(email: string, action: ChallengeAction = 'sign_in'): Record<string, string> {
    const { challenges, emailIndex } = ports();
    const challenge = challenges.demand(
      { action, emailIndex: emailIndex.current(email) },
      PRESSURE_MAX,
      true,
    );
    return { [CHALLENGE_HEADER]: answerTo(challenge) };
  }

  const signIn = (email: string, password: string, options: Call = {}): Promise<Response> =>
    call('/v1/auth/sign-in', { ...options, body: { email, password } });

  const refresh = (refreshToken: string, options: Call = {}): Promise<Response> =>
    call('/v1/auth/token', { ...options, body: { refreshToken } });

  /** An administrator with a session. */
  async function newAdministrator(): Promise<{ id: string; email: string; tokens: TokensBody }> {
    const account = await newAccount();
    const id = account.tokens.user.id;
    await env.AUTH_DB.prepare("INSERT INTO account_roles VALUES (?, 'admin', 'test', 0)").bind(id).run();
    const tokens = await parsed(await refresh(account.tokens.refreshToken), tokensSchema);
    return { id, email: account.email, tokens };
  }

  const ports = (): AuthPorts => factory(env, () => undefined);
  return {
    world,
    app,
    env,
    clock,
    portsOf: factory,
    call,
    linkToken,
    newAccount,
    newAdministrator,
    signIn,
    solved,
    refresh,
    ports,
  };
}

/** A hash in no time, for tests that count hundreds of hashes: what is hashed how, others show. */
export const quickArgon2id: Argon2id = {
  async derive(input, salt, { hashBytes }) {
    const salted = new TextEncoder().encode(`${input}/${salt.join()}`);
    return new Uint8Array(await crypto.subtle.digest('SHA-256', salted)).slice(0, hashBytes);
  },
};

/** What a browser answers to a puzzle. */
export function answerTo(challenge: ChallengeBody): string {
  if (challenge.kind !== 'proof_of_work') throw new Error('no puzzle of ours');
  for (let nonce = 0; ; nonce += 1) {
    if (isSolved(challenge.puzzle, String(nonce), challenge.bits)) {
      return `proof_of_work:${challenge.puzzle}:${nonce}`;
    }
  }
}

/** The challenge a refusal asks for. */
export async function challengeIn(response: Response): Promise<ChallengeBody> {
  const body = (await response.json()) as { challenge?: unknown };
  return challengeSchema.parse(body.challenge);
}

/** Body of a successful answer, which must be exactly what its schema says. */
export async function parsed<Schema extends z.ZodType>(
  response: Response,
  schema: Schema,
): Promise<z.infer<Schema>> {
  if (!response.ok) throw new Error(`answered ${response.status}: ${await response.text()}`);
  return schema.parse(await response.json());
}
