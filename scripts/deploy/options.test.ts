import { describe, expect, it } from 'vitest';
import { OptionsError, readOptions } from './options.ts';
import { committedDeployment } from './testing.ts';
import { unfilled, unknownValues, withValues } from './values.ts';
import { checkDeployment } from './checks/index.ts';

const ORIGIN = ['--origin', 'https://shop.acme.com'];
const FROM = ['--mail-from', 'Acme <no-reply@acme.com>'];

describe('the command line of a deployment', () => {
  it('turns options into variables of the workers', () => {
    const { vars, exposure } = readOptions([
      ...ORIGIN,
      ...FROM,
      '--partner-api=https://api.partner.acme.com/v2/',
      '--payment-page-url=https://pay.acme.com/{payment}?secret={clientSecret}',
      '--bootstrap-admin=you@acme.com',
      '--var=CORS_ORIGINS=https://app.acme.com',
      '--attach-domain',
    ]);
    expect(exposure).toBe('custom-domain');
    expect(vars).toEqual({
      PUBLIC_ORIGIN: 'https://shop.acme.com',
      MAIL_FROM: 'Acme <no-reply@acme.com>',
      PARTNER_API_BASE: 'https://api.partner.acme.com/v2',
      PAYMENT_PAGE_URL: 'https://pay.acme.com/{payment}?secret={clientSecret}',
      BOOTSTRAP_ADMIN_EMAIL: 'you@acme.com',
      CORS_ORIGINS: 'https://app.acme.com',
    });
  });

  it('keeps the platform’s own address when that is the origin', () => {
    const origin = ['--origin', 'https://tradepost-gateway.acme.workers.dev'];
    expect(readOptions([...origin, ...FROM]).exposure).toBe('workers-dev');
  });

  it('takes a host name over only when told to, for its DNS record may serve something else', () => {
    expect(readOptions([...ORIGIN, ...FROM]).exposure).toBe('none');
    expect(readOptions([...ORIGIN, ...FROM, '--attach-domain']).exposure).toBe('custom-domain');
  });

  it.each([
    ['no origin', FROM],
    ['no sender', ORIGIN],
    ['the origin this repository ships with', ['--origin', 'https://shop.example.com', ...FROM]],
    ['an unencrypted origin', ['--origin', 'http://shop.acme.com', ...FROM]],
    ['an origin with a path', ['--origin', 'https://acme.com/shop', ...FROM]],
    ['an address of this machine', ['--origin', 'https://localhost', ...FROM]],
    ['a bare number as host', ['--origin', 'https://192.0.2.7', ...FROM]],
    ['an origin that is no address', ['--origin', 'shop.acme.com', ...FROM]],
    ['an origin with credentials', ['--origin', 'https://me:pw@acme.com', ...FROM]],
    ['a sender without an address', [...ORIGIN, '--mail-from', 'Acme']],
    ['a sender nobody owns', [...ORIGIN, '--mail-from', 'Acme <no-reply@shop.example.com>']],
    [
      'a payment page without a place for the secret',
      [...ORIGIN, ...FROM, '--payment-page-url', 'https://pay.acme.com/'],
    ],
    ['an administrator nobody is', [...ORIGIN, ...FROM, '--bootstrap-admin', 'admin']],
    ['a variable without a value', [...ORIGIN, ...FROM, '--var', 'CORS_ORIGINS']],
    ['an option it does not have', [...ORIGIN, ...FROM, '--force']],
  ])('refuses %s', (_what, args) => {
    expect(() => readOptions(args)).toThrow(OptionsError);
  });

  it('needs nothing for a dry run', () => {
    expect(readOptions(['--dry-run']).dryRun).toBe(true);
  });
});

describe('the values chosen', () => {
  const all = {
    PUBLIC_ORIGIN: 'https://shop.acme.com',
    MAIL_FROM: 'Acme <no-reply@acme.com>',
    PARTNER_API_BASE: 'https://api.partner.acme.com',
  };

  it('replace every example the repository ships with', () => {
    const deployment = withValues(committedDeployment(), all);
    expect(unfilled(deployment)).toEqual([]);
    expect(checkDeployment(deployment)).toEqual([]);
  });

  it('leave no example behind unnoticed', () => {
    const { PARTNER_API_BASE: _left, ...others } = all;
    const fields = unfilled(withValues(committedDeployment(), others)).map(({ field }) => field);
    expect(fields).toEqual(['vars.PARTNER_API_BASE']);
  });

  it('are checked like committed ones', () => {
    const deployment = withValues(committedDeployment(), {
      ...all,
      PARTNER_API_BASE: 'http://partner.acme.com',
    });
    expect(checkDeployment(deployment).map(({ field }) => field)).toEqual(['vars.PARTNER_API_BASE']);
  });

  it('are not repeated where they hold a secret, because the report is kept by whoever runs the deployment', () => {
    const secret = `sk_live_${'a'.repeat(24)}`;
    const deployment = withValues(committedDeployment(), { ...all, PAYMENT_PUBLISHABLE: secret });
    const found = checkDeployment(deployment);
    expect(found.map(({ field, problem }) => [field, problem])).toEqual([
      ['vars.PAYMENT_PUBLISHABLE', 'holds a key'],
    ]);
  });

  it('are for variables that exist', () => {
    expect(unknownValues(committedDeployment(), { PUBLIC_ORIGN: 'https://shop.acme.com' })).toEqual([
      'PUBLIC_ORIGN',
    ]);
  });
});
