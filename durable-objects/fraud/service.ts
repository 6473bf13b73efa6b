import type { AuthService } from '#shared/contracts/auth.ts';
import type { CallContext } from '#shared/contracts/call.ts';
import { scoreOf } from '#shared/domain/fraud/score.ts';
import type { FraudRule } from '#shared/domain/fraud/rule.ts';
import { type Count, type Signals, SUBJECTS, type SubjectKind } from '#shared/domain/fraud/signals.ts';
import type { Chance } from '../lib/host.ts';
import { callObject, type ObjectNamespace } from '../lib/namespace.ts';
import type { VelocityFace } from '../velocity/face.ts';
import { domainOf, isDisposable } from './disposable.ts';
import type { Assessed, AssessRequest, FraudAssessor } from './face.ts';
import type { FraudRules } from './rules.ts';
import { placeOf } from '#shared/domain/fraud/place.ts';
import { type SubjectName } from './subjects.ts';

export interface FraudPorts {
  rules(): Promise<FraudRules>;
  velocity: ObjectNamespace<VelocityFace>;
  auth: Pick<AuthService, 'getContact'>;
  nameOf: SubjectName;
  chance?: Chance;
}

/**
 * Assesses orders by the shop's rules. Whatever does not answer is thrown, so that the order waits and asks again: an order
 * is never let through because something could not be looked at.
 */
export function fraudAssessor(ports: FraudPorts): FraudAssessor {
  return {
    async assess(call, request): Promise<Assessed> {
      const { rules, thresholds, policy, domains } = await ports.rules();
      const [account, counts] = await Promise.all([
        accountOf(ports, call, request, rules),
        countsOf(ports, call, request, rules),
      ]);
      const signals: Signals = {
        amount: request.total,
        accountAgeMs: ageOf(account, request.placedAt),
        disposableEmail:
          account === null || !asks(rules, 'disposable_email')
            ? null
            : await isDisposable(domainOf(account.email), domains),
        countries: {
          card: request.instrument?.country ?? null,
          shipping: request.shippingAddress?.country ?? null,
          client: request.origin.country,
        },
        counts,
        risk: request.risk,
      };
      return { ...scoreOf(rules, thresholds, signals), counts, policy };
    },
  };
}

const ageOf = (account: { createdAt: number | null } | null, at: number): number | null =>
  account === null || account.createdAt === null ? null : Math.max(0, at - account.createdAt);

const asks = (rules: readonly FraudRule[], kind: FraudRule['condition']['kind']): boolean =>
  rules.some(({ enabled, condition }) => enabled && condition.kind === kind);

/** An order may have been priced while the accounts did not answer; null: there is no such account any more. */
async function accountOf(
  { auth }: FraudPorts,
  call: CallContext,
  { account, personId, organisationId }: AssessRequest,
  rules: readonly FraudRule[],
): Promise<{ email: string; createdAt: number | null } | null> {
  if (account !== null || !(asks(rules, 'disposable_email') || asks(rules, 'new_account'))) return account;
  const contact = await auth.getContact(call, { userId: personId, organisationId });
  return contact === null ? null : { email: contact.email, createdAt: contact.createdAt ?? null };
}

/** Counts the order with each subject a rule asks for, but for those it was counted with before. */
async function countsOf(
  { velocity, nameOf, chance }: FraudPorts,
  call: CallContext,
  request: AssessRequest,
  rules: readonly FraudRule[],
): Promise<Count[]> {
  const { orderId, counts: known, phase } = request;
  const counted = await Promise.all(
    SUBJECTS.map(async (subject): Promise<Count[]> => {
      const value = valueOf(subject, request);
      if (value === null) return [];
      const object = subject === 'client_address' ? value : nameOf(subject, value);
      const before = known.filter((count) => count.object === object);
      const missing = windowsOf(rules, subject).filter((seconds) =>
        before.every(({ windowSeconds }) => windowSeconds !== seconds),
      );
      // Of an order under way only a card it was not paid with before is news.
      const isNews = phase !== 'later' || (subject === 'card' && before.length === 0);
      if (missing.length === 0 || !isNews) return before;
      const { orders } = await callObject(
        velocity,
        object,
        (stub) => stub.count(call, { orderId, windowsSeconds: missing }),
        chance,
      );
      const fresh = missing.map((windowSeconds, index) => ({
        subject,
        object,
        windowSeconds,
        orders: orders[index] ?? 0,
      }));
      return [...before, ...fresh];
    }),
  );
  return counted.flat();
}

function windowsOf(rules: readonly FraudRule[], subject: SubjectKind): number[] {
  const windows = rules.flatMap(({ enabled, condition }) =>
    enabled && condition.kind === 'velocity' && condition.subject === subject
      ? [condition.windowSeconds]
      : [],
  );
  return [...new Set(windows)];
}

/** Null: the order has none, or none yet. */
function valueOf(subject: SubjectKind, request: AssessRequest): string | null {
  switch (subject) {
    case 'account':
      return request.personId;
    case 'client_address':
      return request.origin.addressKey;
    case 'delivery_address':
      return request.shippingAddress === null ? null : placeOf(request.shippingAddress);
    case 'card':
      return request.instrument?.fingerprint ?? null;
  }
}
