import { WorkerEntrypoint } from 'cloudflare:workers';
import { type DataRequestSteps, stepInputSchema } from '#objects/data-requests/face.ts';
import type { DataRequest } from '#objects/data-requests/machine.ts';
import { keepBackups } from '#shared/backup/of-env.ts';
import { isRestoring } from '#shared/backup/restoring.ts';
import {
  accountQuerySchema,
  apiKeySchema,
  contactQuerySchema,
  useOnceSchema,
  type AuthService,
  type IssuedKeys,
} from '#shared/contracts/auth.ts';
import { callContextSchema, type CallContext } from '#shared/contracts/call.ts';
import { logWork, meterWork } from '#shared/observability/work.ts';
import { createAuthApp } from './app.ts';
import { sources } from './backups.ts';
import { METERED, type Env } from './env.ts';
import { exchangeApiKey } from './oauth/usecases/exchange-api-key.ts';
import type { AuthPorts } from './ports.ts';
import { takeStep } from './privacy/steps.ts';
import { tellOf } from './privacy/tell.ts';
import { lookUpAccount } from './usecases/accounts.ts';
import { contactOf } from './organisations/usecases/contact.ts';
import { keepHouse } from './usecases/housekeeping.ts';
import { jwks } from './usecases/signing-keys.ts';
import { portsFactory } from './wiring.ts';

export { AuditWitness } from '#objects/audit-witness/object.ts';
export { DataRequests } from '#objects/data-requests/object.ts';
export { LoginGuard } from '#objects/login-guard/object.ts';

const portsOf = portsFactory();
const app = createAuthApp(portsOf);

/** RPC face for the other workers; see the contract. */
export class AuthRpc extends WorkerEntrypoint<Env> implements AuthService {
  async getJwks(call: CallContext): Promise<IssuedKeys> {
    callContextSchema.parse(call);
    const ports = await this.#ports();
    const [{ keys }, revoked] = await Promise.all([
      jwks(ports),
      ports.revocations.present(ports.clock.now()),
    ]);
    return { keys, revoked };
  }

  async useOnce(call: CallContext, input: { id: string; until: number }): Promise<boolean> {
    callContextSchema.parse(call);
    const { id, until } = useOnceSchema.parse(input);
    return (await this.#ports()).guard.spend(id, until);
  }

  async getContact(call: CallContext, input: { userId: string; organisationId?: string | null }) {
    const { requestId } = callContextSchema.parse(call);
    const query = contactQuerySchema.parse(input);
    const ports = await this.#ports();
    return logWork({ system: 'auth', work: 'getContact', requestId }, () => contactOf(ports, query));
  }

  async exchangeApiKey(call: CallContext, input: { key: string }): Promise<{ accessToken: string } | null> {
    const { requestId } = callContextSchema.parse(call);
    const { key } = apiKeySchema.parse(input);
    const accessToken = await logWork({ system: 'auth', work: 'exchangeApiKey', requestId }, async () =>
      exchangeApiKey(await this.#ports(), key),
    );
    return accessToken === null ? null : { accessToken };
  }

  async findAccount(
    call: CallContext,
    input: { email: string; actorId: string },
  ): Promise<{ userId: string } | null> {
    const { requestId } = callContextSchema.parse(call);
    const query = accountQuerySchema.parse(input);
    return logWork({ system: 'auth', work: 'findAccount', requestId }, async () =>
      lookUpAccount(await this.#ports(), requestId, query),
    );
  }

  async #ports() {
    await portsOf.prepare(this.env);
    return portsOf(meterWork(this.env, METERED), (work) => this.ctx.waitUntil(work()));
  }
}

/** Steps of requests about data, for the objects that make them go on. */
export class DataRequestsSteps extends WorkerEntrypoint<Env> implements DataRequestSteps {
  take(call: CallContext, input: { request: DataRequest }) {
    return this.#work('data request', call, input, takeStep);
  }

  tell(call: CallContext, input: { request: DataRequest }) {
    return this.#work('data request told', call, input, tellOf);
  }

  async #work<Value>(
    work: string,
    call: CallContext,
    input: { request: DataRequest },
    act: (ports: AuthPorts, request: DataRequest) => Promise<Value>,
  ): Promise<Value> {
    const { requestId } = callContextSchema.parse(call);
    const { request } = stepInputSchema.parse(input);
    await portsOf.prepare(this.env);
    const ports = portsOf(meterWork(this.env, METERED), (later) => this.ctx.waitUntil(later()));
    return logWork({ system: 'auth', work, requestId }, () => act(ports, request));
  }
}

export default {
  fetch: app.fetch,
  async scheduled(_controller, env, ctx) {
    if (isRestoring(env)) return;
    await portsOf.prepare(env);
    await keepHouse(portsOf(env, (work) => ctx.waitUntil(work())));
    await keepBackups(env, 'auth', sources(env));
  },
} satisfies ExportedHandler<Env>;
