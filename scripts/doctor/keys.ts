import type { Finding } from './finding.ts';

export interface Keys {
  secretKey: string;
  /** One, or several while one is rotated; none: webhooks are not received. */
  webhookSecrets: readonly string[];
  /** Empty: the payment page is not offered. */
  publishableKey: string;
  /** Real money is moved here. */
  isProduction: boolean;
}

const modeOf = (key: string): 'live' | 'test' | null => {
  const [, mode] = /^(?:sk|rk|pk)_(live|test)_/.exec(key) ?? [];
  return mode === 'live' || mode === 'test' ? mode : null;
};

/** What can be said of the keys by looking at them alone. Says nothing of what is in them. */
export function examineKeys(keys: Keys): Finding[] {
  return [...secretKey(keys), ...publishableKey(keys), ...webhookSecrets(keys)];
}

/** A fault here means: the key is not to be used at all. */
export function secretKey({ secretKey: key, isProduction }: Keys): Finding[] {
  if (key === '') {
    return [
      fault('STRIPE_SECRET_KEY is not set.', 'Copy it from Developers → API keys into the environment.'),
    ];
  }
  if (key.startsWith('pk_')) {
    return [fault('STRIPE_SECRET_KEY holds a publishable key.', 'The secret key begins with sk_ or rk_.')];
  }
  const mode = /^[sr]k_/.test(key) ? modeOf(key) : null;
  if (mode === null) {
    return [
      fault(
        'STRIPE_SECRET_KEY is no secret key.',
        'It begins with sk_test_, sk_live_, rk_test_ or rk_live_.',
      ),
    ];
  }
  if (mode === 'live' && !isProduction) {
    return [
      fault(
        'STRIPE_SECRET_KEY moves real money, and this is no production.',
        'Use a test key here. Roll the live key if others could have seen it.',
      ),
    ];
  }
  if (mode === 'test' && isProduction) {
    return [
      fault(
        'STRIPE_SECRET_KEY is a test key: customers would not be charged.',
        'Set the live key in production.',
      ),
    ];
  }
  return [{ level: 'ok', what: `The secret key is of ${mode} mode, as it should be.` }];
}

function publishableKey({ secretKey: secret, publishableKey: key }: Keys): Finding[] {
  if (key === '') {
    return [
      {
        level: 'warning',
        what: 'No publishable key: the shop’s own payment page is not offered.',
        advice:
          'Set it (pk_…): STRIPE_PUBLISHABLE_KEY on a laptop, --var PAYMENT_PUBLISHABLE=… for a deployment.',
      },
    ];
  }
  if (!key.startsWith('pk_')) {
    return [
      fault(
        'The publishable key is not one: it would be shown to every visitor.',
        'It begins with pk_. Roll the key that was set.',
      ),
    ];
  }
  return modeOf(key) === modeOf(secret)
    ? [{ level: 'ok', what: 'The publishable key is of the same mode as the secret key.' }]
    : [
        fault(
          'Publishable and secret key are of different modes.',
          'Take both from the same page under Developers → API keys.',
        ),
      ];
}

function webhookSecrets({ webhookSecrets: secrets, isProduction }: Keys): Finding[] {
  if (secrets.length === 0) {
    return isProduction
      ? [
          fault(
            'STRIPE_WEBHOOK_SECRET is not set: no event would be believed.',
            'Copy the signing secret of the endpoint.',
          ),
        ]
      : [
          {
            level: 'warning',
            what: 'STRIPE_WEBHOOK_SECRET is not set: webhooks do not reach this machine, reconciliation makes up for it.',
            advice:
              'For prompt events run `stripe listen --forward-to http://localhost:8787/v1/webhooks/stripe` and set the secret it prints.',
          },
        ];
  }
  return secrets.every((secret) => /^whsec_\S+$/.test(secret))
    ? [{ level: 'ok', what: 'The webhook secret is there.' }]
    : [fault('STRIPE_WEBHOOK_SECRET is no signing secret.', 'It begins with whsec_.')];
}

const fault = (what: string, advice: string): Finding => ({ level: 'fault', what, advice });
