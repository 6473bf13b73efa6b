import { Stripe } from 'stripe';
import { PAYMENT_METHODS } from '#shared/domain/payment-methods.ts';
import { CURRENCY_DECIMALS } from '#shared/money/money.ts';
import { SECOND_MS } from '#shared/time/time.ts';
import { SUBSCRIBED_TYPES } from '../../workers/payments/adapters/stripe-event-types.ts';
import { stripeClient } from '../../workers/payments/adapters/stripe-gateway.ts';
import { asked } from './asked.ts';
import { CAPABILITY_OF } from './capabilities.ts';
import { domain } from './domain.ts';
import { examineKeys, type Keys, secretKey } from './keys.ts';
import type { Finding } from './finding.ts';
import { switchedOn } from './switched-on.ts';
import { writeRights } from './write-rights.ts';

export interface Patient extends Keys {
  /** Origin of the API. */
  apiBase: string;
  /** Public origin of the shop; webhooks must be able to reach it. */
  shopOrigin: string;
  fetch: typeof fetch;
  now: () => number;
}

/** Older signatures are refused (https://docs.stripe.com/webhooks/signature): a clock this wrong breaks every webhook. */
const SKEW_FAULT_MS = 300 * SECOND_MS;
const SKEW_WARNING_MS = 30 * SECOND_MS;

/**
 * Looks at everything the payments of a deployment hang on, and says in plain words what is wrong and what to do. Asks the
 * provider; changes nothing. No finding holds a key or a secret.
 */
export async function examine(patient: Patient): Promise<Finding[]> {
  const keys = examineKeys(patient);
  // A key that has no place here is not even tried.
  if (secretKey(patient).some(({ level }) => level === 'fault')) return keys;
  const clock: { serverMs: number | null } = { serverMs: null };
  const client = clientOf(patient, clock);
  const reached = await reach(client);
  if ('finding' in reached) return [...keys, reached.finding];
  return [
    ...keys,
    { level: 'ok', what: `The payment service answers at ${patient.apiBase} and accepts the secret key.` },
    skew(patient.now(), clock.serverMs),
    ...(await writeRights(client)),
    ...account(reached.account),
    ...capabilities(reached.account),
    ...(await configuration(client)),
    ...(await domain(client, patient)),
    ...(await currencies(client, reached.account)),
    ...(await endpoint(client, patient)),
  ];
}

function clientOf({ secretKey, apiBase, fetch: http }: Patient, clock: { serverMs: number | null }): Stripe {
  const noting: typeof fetch = async (input, init) => {
    const response = await http(input, init);
    const date = response.headers.get('date');
    if (date !== null) clock.serverMs = Date.parse(date);
    return response;
  };
  return stripeClient({ secretKey, apiBase, fetch: noting });
}

async function reach(client: Stripe): Promise<{ account: Stripe.Account } | { finding: Finding }> {
  try {
    const account = await client.accounts.retrieveCurrent();
    return isAccount(account) ? { account } : { finding: notTheService };
  } catch (error) {
    return { finding: unreachable(error) };
  }
}

const isAccount = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && 'object' in answer && answer.object === 'account';

const notTheService: Finding = {
  level: 'fault',
  what: 'What answers is not the payment service.',
  advice: 'Check STRIPE_API_BASE, and a proxy that answers in its place.',
};

function unreachable(error: unknown): Finding {
  if (error instanceof Stripe.errors.StripeAuthenticationError) {
    return {
      level: 'fault',
      what: 'The payment service does not accept the secret key.',
      advice:
        'It was revoked, rolled or belongs to another account: copy the present one from Developers → API keys.',
    };
  }
  if (error instanceof Stripe.errors.StripePermissionError) {
    return {
      level: 'fault',
      what: 'The restricted key may not read the account.',
      advice:
        'Give it “read” on Account, Webhook Endpoints, Payment Method Configurations and Payment Method Domains, and what docs/deploy.md lists for payments.',
    };
  }
  return {
    level: 'fault',
    what: 'The payment service cannot be reached.',
    advice: 'Check the network, a proxy or firewall, and STRIPE_API_BASE; then status.stripe.com.',
  };
}

function skew(now: number, serverMs: number | null): Finding {
  if (serverMs === null)
    return { level: 'warning', what: 'The payment service told no time to compare the clock with.' };
  const off = Math.abs(now - serverMs);
  const seconds = Math.round(off / SECOND_MS);
  if (off < SKEW_WARNING_MS) return { level: 'ok', what: 'The clock of this machine is right.' };
  return {
    level: off >= SKEW_FAULT_MS ? 'fault' : 'warning',
    what: `The clock of this machine is ${seconds} s off.`,
    advice: 'Switch on time synchronisation (NTP): webhook signatures older than 300 s are refused.',
  };
}

function account({
  charges_enabled: charges,
  payouts_enabled: payouts,
  details_submitted: details,
  requirements,
}: Stripe.Account): Finding[] {
  const found: Finding[] = [];
  if (!charges) {
    const why =
      requirements?.disabled_reason ?? (details ? 'no reason is given' : 'its details are not submitted');
    found.push({
      level: 'fault',
      what: `The account cannot take payments (${why}).`,
      advice: 'Complete the account in the dashboard: Settings → Account status.',
    });
  } else found.push({ level: 'ok', what: 'The account takes payments.' });
  if (!payouts) {
    found.push({
      level: 'warning',
      what: 'The account is not paid out.',
      advice: 'Add a bank account and complete what Settings → Account status asks for.',
    });
  }
  const due = requirements?.past_due ?? [];
  if (due.length > 0) {
    found.push({
      level: 'warning',
      what: `The provider waits for ${due.length} details of the account that are past due.`,
      advice: 'Hand them in under Settings → Account status before payments are switched off.',
    });
  }
  return found;
}

function capabilities({ capabilities: has }: Stripe.Account): Finding[] {
  const states = new Map(Object.entries(has ?? {}).map(([name, state]) => [name, state as string]));
  const missing = PAYMENT_METHODS.flatMap(({ method, title }) => {
    const capability = CAPABILITY_OF[method];
    return capability === undefined || states.get(capability) === 'active'
      ? []
      : [{ method, title, state: states.get(capability) }];
  });
  return missing.length === 0
    ? [{ level: 'ok', what: 'Every payment method we know is active on the account.' }]
    : missing.map(({ method, title, state }) => ({
        level: method === 'card' ? ('fault' as const) : ('warning' as const),
        what: `${title} is not active on the account (${state ?? 'never asked for'}): customers are not offered it.`,
        advice: 'Switch it on under Settings → Payment methods, or do without it.',
      }));
}

async function configuration(client: Stripe): Promise<Finding[]> {
  const found = await asked('payment method configuration', () =>
    client.paymentMethodConfigurations.list({ limit: 100 }),
  );
  if ('finding' in found) return [found.finding];
  const main = found.value.data.find((each) => each.is_default) ?? found.value.data[0];
  if (main === undefined || !main.active) {
    return [
      {
        level: 'fault',
        what: 'No active payment method configuration: the payment page would offer nothing.',
        advice: 'Set one up under Settings → Payment methods.',
      },
    ];
  }
  return [
    main.card?.available === true
      ? { level: 'ok', what: 'The payment page offers cards.' }
      : {
          level: 'fault',
          what: 'Cards are switched off in the payment method configuration.',
          advice: 'Switch them on under Settings → Payment methods.',
        },
    ...switchedOn(main),
  ];
}

async function currencies(client: Stripe, { country }: Stripe.Account): Promise<Finding[]> {
  if (country === undefined) return [];
  const found = await asked('country of the account', () => client.countrySpecs.retrieve(country));
  if ('finding' in found) return [found.finding];
  const supported = new Set(found.value.supported_payment_currencies);
  const missing = Object.keys(CURRENCY_DECIMALS).filter((currency) => !supported.has(currency.toLowerCase()));
  return missing.length === 0
    ? [{ level: 'ok', what: 'The account takes every currency we price in.' }]
    : [
        {
          level: 'warning',
          what: `An account in ${country} cannot be paid in ${missing.join(', ')}.`,
          advice: 'Give products no price in these currencies.',
        },
      ];
}

async function endpoint(client: Stripe, { shopOrigin, webhookSecrets }: Patient): Promise<Finding[]> {
  const url = `${shopOrigin}/v1/webhooks/stripe`;
  if (!shopOrigin.startsWith('https://')) {
    return webhookSecrets.length > 0
      ? [
          {
            level: 'ok',
            what: 'Webhooks reach this machine only through `stripe listen`; reconciliation makes up for the rest.',
          },
        ]
      : [];
  }
  const found = await asked('list of webhook endpoints', () => client.webhookEndpoints.list({ limit: 100 }));
  if ('finding' in found) return [found.finding];
  const ours = found.value.data.find((each) => each.url === url);
  if (ours === undefined) {
    return [
      {
        level: 'fault',
        what: `No webhook endpoint is set up for ${url}.`,
        advice: `Add it under Developers → Webhooks with API version ${Stripe.API_VERSION}, and keep its signing secret as STRIPE_WEBHOOK_SECRET.`,
      },
    ];
  }
  const faults: Finding[] = [];
  if (ours.status !== 'enabled') {
    faults.push({
      level: 'fault',
      what: 'The webhook endpoint is disabled.',
      advice: 'Enable it under Developers → Webhooks.',
    });
  }
  const missing = ours.enabled_events.includes('*')
    ? []
    : [...SUBSCRIBED_TYPES].filter((type) => !ours.enabled_events.includes(type));
  if (missing.length > 0) {
    faults.push({
      level: 'fault',
      what: `The webhook endpoint is not subscribed to ${missing.join(', ')}.`,
      advice: 'Add these events to it under Developers → Webhooks.',
    });
  }
  if (ours.api_version !== Stripe.API_VERSION) {
    faults.push({
      level: ours.api_version === null ? 'warning' : 'fault',
      what: `The webhook endpoint sends API version ${ours.api_version ?? 'of the account’s default'}, this release reads ${Stripe.API_VERSION}.`,
      advice: 'Make the endpoint anew with that version, and exchange its secret.',
    });
  }
  return faults.length === 0
    ? [{ level: 'ok', what: 'The webhook endpoint is enabled and subscribed to all we need.' }]
    : faults;
}
