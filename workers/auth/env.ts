import type { LoginGuard } from '#objects/login-guard/object.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import type { GeneratedEnv } from './env.generated.ts';

export interface Env extends Omit<GeneratedEnv, 'LOGIN_GUARD'> {
  LOGIN_GUARD: DurableObjectNamespace<LoginGuard>;
}

export const METERED: Partial<Record<keyof Env, BindingKind>> = {
  AUTH_DB: 'd1',
  LOGIN_GUARD: 'object',
};
