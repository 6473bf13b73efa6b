import { parseArgs } from 'node:util';

export interface DeployOptions {
  dryRun: boolean;
  /** Values for variables of the same name, wherever a worker declares them. */
  vars: Record<string, string>;
  /**
   * How the public reaches the gateway: a custom domain made by this deployment, its workers.dev address, or what was
   * made before. Without a terminal wrangler replaces an existing DNS record unasked, so a domain has to be asked for.
   */
  exposure: 'custom-domain' | 'workers-dev' | 'none';
  /** Makes missing secrets that are only ever ours at random. */
  generateSecrets: boolean;
}

/** A usage error: what was wrong and what would be right. */
export class OptionsError extends Error {}

export const USAGE = `Usage:
  npm run deploy -- --dry-run
  npm run deploy -- --origin https://shop.acme.com --mail-from "Acme <no-reply@acme.com>" [options]

  --origin <url>             public https origin of the shop
  --mail-from <sender>       sender of its e-mails
  --partner-api <url>        base address of the fulfilment partner
  --payment-page-url <url>   page where a customer pays: {payment}, {clientSecret}, {returnUrl} are filled in
  --bootstrap-admin <email>  account that becomes administrator by verifying this address
  --var NAME=value           any other variable of the configurations; repeatable
  --generate-secrets         makes missing secrets that are only ever ours at random
  --attach-domain            points the origin's host name at the gateway, in place of any DNS record it has
`;

/** Reads and judges the command line. Throws OptionsError. */
export function readOptions(args: readonly string[]): DeployOptions {
  const values = parse(args);
  if (values['dry-run']) return { dryRun: true, vars: {}, exposure: 'none', generateSecrets: false };
  if (values.origin === undefined) throw new OptionsError('--origin is missing');
  if (values['mail-from'] === undefined) throw new OptionsError('--mail-from is missing');
  const origin = publicOrigin(values.origin);
  const vars: Record<string, string> = {
    ...Object.fromEntries((values.var ?? []).map(assignment)),
    PUBLIC_ORIGIN: origin.origin,
    MAIL_FROM: sender(values['mail-from']),
  };
  const partner = values['partner-api'];
  if (partner !== undefined)
    vars.PARTNER_API_BASE = publicUrl('--partner-api', partner).href.replace(/\/$/, '');
  const page = values['payment-page-url'];
  if (page !== undefined) vars.PAYMENT_PAGE_URL = paymentPage(page);
  const admin = values['bootstrap-admin'];
  if (admin !== undefined) vars.BOOTSTRAP_ADMIN_EMAIL = address('--bootstrap-admin', admin);
  return {
    dryRun: false,
    vars,
    exposure: exposureOf(origin, values['attach-domain']),
    generateSecrets: values['generate-secrets'],
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        'dry-run': { type: 'boolean', default: false },
        origin: { type: 'string' },
        'mail-from': { type: 'string' },
        'partner-api': { type: 'string' },
        'payment-page-url': { type: 'string' },
        'bootstrap-admin': { type: 'string' },
        var: { type: 'string', multiple: true },
        'generate-secrets': { type: 'boolean', default: false },
        'attach-domain': { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error));
  }
}

function exposureOf(origin: URL, attachDomain: boolean): DeployOptions['exposure'] {
  if (origin.hostname.endsWith('.workers.dev')) return 'workers-dev';
  return attachDomain ? 'custom-domain' : 'none';
}

/** Names that RFC 2606, RFC 6761 and RFC 6762 reserve: nobody can serve a shop there. */
const RESERVED = /(?:^|\.)(?:example(?:\.(?:com|net|org))?|test|invalid|localhost|local|internal)$/i;
const IP_ADDRESS = /^\[|^[\d.]+$/;

/** True for an address that stands for one still to be chosen, or that only this network knows. */
export const isPlaceholderHost = (host: string): boolean =>
  RESERVED.test(host) || IP_ADDRESS.test(host) || !host.includes('.');

function publicUrl(flag: string, text: string): URL {
  if (!URL.canParse(text)) throw new OptionsError(`${flag} ${text} is not an address`);
  const url = new URL(text);
  if (url.protocol !== 'https:') throw new OptionsError(`${flag} ${text} must begin with https://`);
  if (isPlaceholderHost(url.hostname)) throw new OptionsError(`${flag} ${text} is not a public address`);
  if (url.username !== '' || url.password !== '') throw new OptionsError(`${flag} must not hold credentials`);
  return url;
}

function publicOrigin(text: string): URL {
  const url = publicUrl('--origin', text);
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw new OptionsError(`--origin ${text} must end after the host, as in https://shop.acme.com`);
  return url;
}

function paymentPage(text: string): string {
  publicUrl('--payment-page-url', text.replaceAll(/\{\w+\}/g, 'x'));
  if (!text.includes('{clientSecret}'))
    throw new OptionsError('--payment-page-url must say where {clientSecret} goes');
  return text;
}

function sender(text: string): string {
  const [, bare] = /<([^<>]+)>\s*$/.exec(text) ?? [];
  address('--mail-from', bare ?? text);
  return text;
}

function address(flag: string, text: string): string {
  const [, host] = /^[^\s@<>]+@([^\s@<>]+)$/.exec(text) ?? [];
  if (host === undefined) throw new OptionsError(`${flag} ${text} holds no e-mail address`);
  if (isPlaceholderHost(host)) throw new OptionsError(`${flag} ${text} is not an address of yours`);
  return text;
}

function assignment(text: string): [name: string, value: string] {
  const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new OptionsError(`--var ${text} is not of the form NAME=value`);
  return [name, value];
}
