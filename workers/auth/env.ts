import type { AuditWitness } from '#objects/audit-witness/object.ts';
import type { DataRequestsFace } from '#objects/data-requests/face.ts';
import type { ObjectNamespace } from '#objects/lib/namespace.ts';
import type { DataSubjectService } from '#shared/contracts/privacy.ts';
import type { LoginGuard } from '#objects/login-guard/object.ts';
import type { BackupEnv } from '#shared/backup/of-env.ts';
import type { KeyBinding } from '#shared/crypto/key-source.ts';
import type { BindingKind } from '#shared/observability/costs.ts';
import type { GeneratedEnv } from './env.generated.ts';

export interface Env
  extends
    Omit<
      GeneratedEnv,
      | keyof BackupEnv
      | 'LOGIN_GUARD'
      | 'AUDIT_WITNESS'
      | 'DATA_REQUESTS'
      | `DATA_${'CATALOGUE' | 'PAYMENTS' | 'PROVISIONER' | 'PURCHASE'}`
      | 'FIELD_KEY'
      | 'PASSWORD_PEPPER'
    >,
    BackupEnv {
  DATA_REQUESTS: ObjectNamespace<DataRequestsFace>;
  DATA_CATALOGUE: DataSubjectService;
  DATA_PAYMENTS: DataSubjectService;
  DATA_PROVISIONER: DataSubjectService;
  DATA_PURCHASE: DataSubjectService;
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
  DATA_CATALOGUE: 'service',
  DATA_EXPORTS: 'r2',
  DATA_PAYMENTS: 'service',
  DATA_PROVISIONER: 'service',
  DATA_PURCHASE: 'service',
  DATA_REQUESTS: 'object',
};
