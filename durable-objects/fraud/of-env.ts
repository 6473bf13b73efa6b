import type { AuthService } from '#shared/contracts/auth.ts';
import { systemClock } from '#shared/time/time.ts';
import type { ObjectNamespace } from '../lib/namespace.ts';
import type { VelocityFace } from '../velocity/face.ts';
import type { FraudAssessor } from './face.ts';
import { RuleBook } from './rules.ts';
import { fraudAssessor } from './service.ts';
import { type SubjectName, subjectNames } from './subjects.ts';

export interface FraudEnv {
  COMMERCE_DB: D1Database;
  AUTH: AuthService;
  VELOCITY: ObjectNamespace<VelocityFace>;
  /** Base64 of 32 bytes. */
  FRAUD_KEY: string;
}

/** One an isolate, shared by its objects and routes. */
export const ruleBook = new RuleBook(systemClock);

export function fraudOfEnv(env: FraudEnv): FraudAssessor {
  let nameOf: SubjectName | undefined;
  return fraudAssessor({
    rules: () => ruleBook.read(env.COMMERCE_DB),
    velocity: env.VELOCITY,
    auth: env.AUTH,
    nameOf: (kind, value) => (nameOf ??= subjectNames(env.FRAUD_KEY))(kind, value),
  });
}
