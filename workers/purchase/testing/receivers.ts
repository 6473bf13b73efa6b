import { vi } from 'vitest';

export interface Received {
  url: string;
  headers: Record<string, string>;
  body: string;
}
type Answer = (received: Received) => Response | Promise<Response>;

/** Receivers of webhooks by host, names by address, and everything that was sent anywhere. */
export const receivers = new Map<string, Answer>();
export const names = new Map<string, string[]>();
export const received: Received[] = [];
/** Whether nobody can be asked for names. */
export const noNames = { now: false };
const PUBLIC_ADDRESS = '93.184.215.14';

/** A receiver under a name of its own. */
export function receiver(answer: Answer = () => new Response('thanks')): { url: string; host: string } {
  const host = `${crypto.randomUUID()}.merchant.example`;
  receivers.set(host, answer);
  names.set(host, [PUBLIC_ADDRESS]);
  return { host, url: `https://${host}/in` };
}
export const receivedBy = ({ host }: { host: string }): Received[] =>
  received.filter(({ url }) => new URL(url).host === host);

/** The internet as an endpoint sees it: names are looked up over HTTPS, mails are taken. */
export function catchWebhooks(): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.pathname === '/dns-query') {
      if (noNames.now) return new Response(null, { status: 503 });
      const records =
        url.searchParams.get('type') === 'A' ? (names.get(url.searchParams.get('name') ?? '') ?? []) : [];
      return Response.json({ Status: 0, Answer: records.map((data) => ({ type: 1, data })) });
    }
    const sent = {
      url: request.url,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    };
    received.push(sent);
    return (await receivers.get(url.host)?.(sent)) ?? new Response(null, { status: 200 });
  });
}
