import type { Stripe } from 'stripe';
import { describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  COUNTRY,
  METHOD_CONFIGURATION,
  webhookEndpoint,
} from '../../workers/sandbox/stripe/documents/account.ts';
import { examine, type Patient } from './examine.ts';
import { findingLines } from './finding.ts';

const ORIGIN = 'https://shop.acme.com';
const NOW = Date.UTC(2026, 10, 1);
const list = (item: unknown) => ({ object: 'list', url: '/', has_more: false, data: [item] });

const SHOWN = { status: 'active' };
const DOMAIN = {
  object: 'payment_method_domain',
  domain_name: 'shop.acme.com',
  enabled: true,
  amazon_pay: SHOWN,
  apple_pay: SHOWN,
  google_pay: SHOWN,
  link: SHOWN,
  paypal: SHOWN,
};

/** With one method more that the dashboard has switched on. */
const switchedOn = (type: string) => (all: Record<string, unknown>) => ({
  ...all,
  '/v1/payment_method_configurations': list({ ...METHOD_CONFIGURATION, [type]: METHOD_CONFIGURATION.card }),
});

/** What the sandbox's payment service says of itself, by path. */
const healthy = (): Record<string, unknown> => ({
  '/v1/account': structuredClone(ACCOUNT),
  '/v1/payment_method_configurations': list(structuredClone(METHOD_CONFIGURATION)),
  '/v1/webhook_endpoints': list(webhookEndpoint(ORIGIN)),
  '/v1/payment_method_domains': list(DOMAIN),
  '/v1/country_specs/DE': COUNTRY,
});
const KEYS = {
  secretKey: 'sk_live_51secretsecret',
  webhookSecrets: ['whsec_secretsecret'],
  publishableKey: 'pk_live_51secretsecret',
  isProduction: true,
};

interface Broken {
  keys?: Partial<Patient>;
  answers?: (answers: Record<string, unknown>) => Record<string, unknown>;
  status?: number;
  /** Of everything that would write, or of one path. */
  writing?: { status: number; path?: string };
  skewMs?: number;
}
async function findings({
  keys = {},
  answers = (same) => same,
  status = 200,
  writing = { status: 404 },
  skewMs = 0,
}: Broken) {
  const said = answers(healthy());
  const patient: Patient = {
    ...KEYS,
    apiBase: 'https://api.stripe.test',
    shopOrigin: ORIGIN,
    now: () => NOW,
    fetch: (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const headers = { date: new Date(NOW - skewMs).toUTCString() };
      const answer = said[url.pathname];
      if (init?.method === 'POST') {
        const about = writing.path ?? url.pathname;
        return Promise.resolve(
          Response.json(
            { error: { type: 'invalid_request_error', message: 'none such, or not allowed' } },
            { status: about === url.pathname ? writing.status : 404, headers },
          ),
        );
      }
      if (status !== 200)
        return Promise.resolve(Response.json({ error: { message: 'Invalid API Key' } }, { status, headers }));
      return Promise.resolve(
        answer === undefined
          ? Response.json(
              { error: { type: 'invalid_request_error', message: 'none' } },
              { status: 404, headers },
            )
          : Response.json(answer, { headers }),
      );
    },
    ...keys,
  };
  return examine(patient);
}
const accountWith = (more: Partial<Stripe.Account>) => (answers: Record<string, unknown>) => ({
  ...answers,
  '/v1/account': { ...ACCOUNT, ...more },
});
const endpointWith = (more: Partial<Stripe.WebhookEndpoint>) => (answers: Record<string, unknown>) => ({
  ...answers,
  '/v1/webhook_endpoints': list({ ...webhookEndpoint(ORIGIN), ...more }),
});
const domainWith = (more: Record<string, unknown>) => (answers: Record<string, unknown>) => ({
  ...answers,
  '/v1/payment_method_domains': list({ ...DOMAIN, ...more }),
});
const TEST = { secretKey: 'sk_test_51secretsecret', publishableKey: 'pk_test_51secretsecret' };

describe('the doctor', () => {
  it('finds nothing wrong where nothing is', async () => {
    expect((await findings({})).filter(({ level }) => level !== 'ok')).toEqual([]);
  });

  it.each<[string, Broken, 'warning' | 'fault', RegExp]>([
    ['no key', { keys: { secretKey: '' } }, 'fault', /not set/],
    [
      'a publishable key for a secret one',
      { keys: { secretKey: 'pk_live_51secretsecret' } },
      'fault',
      /holds a publishable/,
    ],
    ['nonsense for a key', { keys: { secretKey: 'secretsecret' } }, 'fault', /no secret key/],
    ['a live key on a laptop', { keys: { isProduction: false } }, 'fault', /moves real money/],
    [
      'a restricted live key on a laptop',
      { keys: { secretKey: 'rk_live_51secretsecret', isProduction: false } },
      'fault',
      /moves real money/,
    ],
    ['a test key in production', { keys: TEST }, 'fault', /test key/],
    ['keys of two modes', { keys: { publishableKey: TEST.publishableKey } }, 'fault', /different modes/],
    [
      'a secret key shown to visitors',
      { keys: { publishableKey: 'sk_live_51secretsecret' } },
      'fault',
      /every visitor/,
    ],
    ['no publishable key', { keys: { publishableKey: '' } }, 'warning', /payment page is not offered/],
    ['no webhook secret', { keys: { webhookSecrets: [] } }, 'fault', /STRIPE_WEBHOOK_SECRET/],
    [
      'nonsense for a webhook secret',
      { keys: { webhookSecrets: ['secretsecret'] } },
      'fault',
      /no signing secret/,
    ],
    [
      'no webhook secret on a laptop',
      { keys: { ...TEST, isProduction: false, webhookSecrets: [], shopOrigin: 'http://localhost:8787' } },
      'warning',
      /reconciliation/,
    ],
    ['a key that was revoked', { status: 401 }, 'fault', /does not accept/],
    ['a key without rights', { status: 403 }, 'fault', /may not read/],
    [
      'a key that may only read',
      { writing: { status: 403 } },
      'fault',
      /not write PaymentIntents, Charges and Refunds, SetupIntents, PaymentMethods, Customers/,
    ],
    [
      'a key that may not give money back',
      { writing: { status: 403, path: '/v1/refunds' } },
      'fault',
      /not write Charges and Refunds\./,
    ],
    [
      'rights that could not be tried',
      { writing: { status: 500, path: '/v1/refunds' } },
      'warning',
      /write Charges and Refunds could not be tried/,
    ],
    ['a service that fails', { status: 500 }, 'fault', /cannot be reached/],
    [
      'no network',
      { keys: { fetch: () => Promise.reject(new TypeError('fetch failed')) } },
      'fault',
      /cannot be reached/,
    ],
    [
      'something else that answers',
      { answers: (all) => ({ ...all, '/v1/account': { items: [] } }) },
      'fault',
      /not the payment service/,
    ],
    ['a clock far off', { skewMs: 400_000 }, 'fault', /400 s off/],
    ['a clock a little off', { skewMs: -60_000 }, 'warning', /60 s off/],
    [
      'an account that takes no payments',
      { answers: accountWith({ charges_enabled: false }) },
      'fault',
      /cannot take payments/,
    ],
    [
      'an account that is not paid out',
      { answers: accountWith({ payouts_enabled: false }) },
      'warning',
      /not paid out/,
    ],
    [
      'cards that are not active',
      { answers: accountWith({ capabilities: { ...ACCOUNT.capabilities, card_payments: 'pending' } }) },
      'fault',
      /\(pending\)/,
    ],
    [
      'a debit that is not active',
      { answers: accountWith({ capabilities: { card_payments: 'active' } }) },
      'warning',
      /SEPA/,
    ],
    [
      'no endpoint',
      { answers: (all) => ({ ...all, '/v1/webhook_endpoints': { ...list(0), data: [] } }) },
      'fault',
      /No webhook endpoint/,
    ],
    ['a disabled endpoint', { answers: endpointWith({ status: 'disabled' }) }, 'fault', /disabled/],
    [
      'an endpoint that misses events',
      { answers: endpointWith({ enabled_events: ['payment_intent.succeeded'] }) },
      'fault',
      /charge\.dispute\.created/,
    ],
    [
      'an endpoint of another version',
      { answers: endpointWith({ api_version: '2020-08-27' }) },
      'fault',
      /2020-08-27/,
    ],
    [
      'an endpoint of the default version',
      { answers: endpointWith({ api_version: null }) },
      'warning',
      /default/,
    ],
    [
      'a voucher that is switched on, which the shop leaves out',
      { answers: switchedOn('oxxo') },
      'warning',
      /never offered by this release: oxxo\./,
    ],
    [
      'a method that is switched on, unknown, and cannot be left out',
      { answers: switchedOn('wero') },
      'fault',
      /unknown to this release: wero\. Customers are offered it/,
    ],
    [
      'no method configuration',
      { answers: (all) => ({ ...all, '/v1/payment_method_configurations': { ...list(0), data: [] } }) },
      'fault',
      /offer nothing/,
    ],
    [
      'a domain that is not registered for wallets',
      { answers: (all) => ({ ...all, '/v1/payment_method_domains': { ...list(0), data: [] } }) },
      'warning',
      /shop\.acme\.com is not registered.*Apple Pay, Google Pay, Link/,
    ],
    [
      'a registered domain that is switched off',
      { answers: domainWith({ enabled: false }) },
      'warning',
      /not registered/,
    ],
    [
      'a wallet that may not be shown',
      {
        answers: domainWith({
          apple_pay: { status: 'inactive', status_details: { error_message: 'the file is outdated' } },
        }),
      },
      'warning',
      /Apple Pay is not shown on shop\.acme\.com: the file is outdated/,
    ],
    [
      'a currency the account cannot take',
      {
        answers: (all) => ({
          ...all,
          '/v1/country_specs/DE': { ...COUNTRY, supported_payment_currencies: ['eur'] },
        }),
      },
      'warning',
      /JPY/,
    ],
    [
      'a list the key may not read',
      { answers: (all) => ({ ...all, '/v1/webhook_endpoints': undefined }) },
      'warning',
      /could not be read/,
    ],
  ])('names %s, says what to do, and prints no secret', async (_what, broken, level, words) => {
    const found = await findings(broken);
    const finding = found.find((each) => each.level === level && words.test(each.what));
    expect(found.map((each) => `${each.level} ${each.what}`).join('\n')).toMatch(words);
    expect(finding?.advice).toMatch(/\w{3}/);
    expect(findingLines(found).join('\n')).not.toContain('secretsecret');
  });

  it('does not even try a key that moves real money outside production', async () => {
    const tried: unknown[] = [];
    const refuseAll = (input: unknown) => {
      tried.push(input);
      return Promise.reject(new Error('never'));
    };
    await findings({ keys: { isProduction: false, fetch: refuseAll } });
    expect(tried).toEqual([]);
  });
});
