import { z } from 'zod';
import { DNS_TIMEOUT_MS } from '../limits.ts';

/** The domain name system. Each look throws where it gives no answer that counts, so that silence is not taken for "nothing". */
export interface DomainNames {
  /** Texts of the TXT records at exactly this name: those a CNAME leads to are somebody else's. */
  texts(name: string): Promise<string[]>;
  /** Addresses of a host, IPv4 and IPv6, wherever CNAMEs lead. */
  addresses(host: string): Promise<string[]>;
}

/** RFC 1035 §3.2.2, RFC 3596. */
const TYPES = { A: 1, TXT: 16, AAAA: 28 } as const;
const NO_ERROR = 0;
const NO_SUCH_NAME = 3;

const answerSchema = z.object({
  Status: z.int(),
  TC: z.boolean().default(false),
  Answer: z.array(z.object({ name: z.string(), type: z.int(), data: z.string() })).default([]),
});

/**
 * DNS over HTTPS in JSON (https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/make-api-requests/dns-json).
 * The resolver checks DNSSEC: what is signed and wrong is answered by an error.
 */
export function dnsOverHttps(apiBase: string, call: typeof fetch): DomainNames {
  async function ask(name: string, type: keyof typeof TYPES) {
    const response = await call(`${apiBase}?${new URLSearchParams({ name, type }).toString()}`, {
      headers: { accept: 'application/dns-json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(DNS_TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`the domain name service answered ${response.status}`);
    const { Status, TC, Answer } = answerSchema.parse(await response.json());
    if (TC || (Status !== NO_ERROR && Status !== NO_SUCH_NAME)) {
      throw new Error(`${name} cannot be looked up: ${TC ? 'the answer is cut off' : `status ${Status}`}`);
    }
    return Answer.filter((record) => record.type === TYPES[type]);
  }
  return {
    async texts(name) {
      const records = await ask(name, 'TXT');
      return records.filter((record) => isSameName(record.name, name)).map(({ data }) => textOf(data));
    },
    async addresses(host) {
      const found = await Promise.all([ask(host, 'A'), ask(host, 'AAAA')]);
      return found.flat().map(({ data }) => data);
    },
  };
}

const isSameName = (one: string, other: string): boolean =>
  one.toLowerCase().replace(/\.$/, '') === other.toLowerCase();

/** A TXT record is one or more strings in quotes, which belong together (RFC 7208 §3.3); some resolvers leave the quotes out. */
function textOf(data: string): string {
  const strings = [...data.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replaceAll(/\\(.)/g, '$1'),
  );
  return strings.length === 0 ? data : strings.join('');
}
