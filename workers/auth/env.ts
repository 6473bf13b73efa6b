import type { AuditWitness } from '#objects/audit-witness/object.ts';
import type { LoginGuard } from '#objects/login-guard/object.ts';
import type { BackupEnv } from '#shared/backup/of-env.ts';
import type { KeyBinding } from '#shared/crypto/key-source.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import type { GeneratedEnv } from './env.generated.ts';

export interface Env
  extends
    Omit<GeneratedEnv, keyof BackupEnv | 'LOGIN_GUARD' | 'AUDIT_WITNESS' | 'FIELD_KEY' | 'PASSWORD_PEPPER'>,
    BackupEnv {
  LOGIN_GUARD: DurableObjectNamespace<LoginGuard>;
  AUDIT_WITNESS: DurableObjectNamespace<AuditWitness>;
  FIELD_KEY: KeyBinding;
  PASSWORD_PEPPER: KeyBinding;
  /** Only where `TURNSTILE_SITE` is set. */
  TURNSTILE_SECRET_KEY?: string;
}

export const METERED: Partial<Record<keyof Env, BindingKind>> = {
  AUTH_DB: 'd1',
  BACKUPS: 'r2',
  LOGIN_GUARD: 'object',
  AUDIT_WITNESS: 'object',
};
