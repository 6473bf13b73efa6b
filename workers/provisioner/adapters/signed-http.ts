import { type LookUp, targetRefusal } from '#objects/webhook-endpoint/target.ts';
import type { TargetPolicy } from '#shared/domain/web-target.ts';
import { outsideFetch } from '#shared/observability/work.ts';
import { Webhook } from 'standardwebhooks';
import type { Gates } from './gates.ts';
import { readJson } from './partner-api.ts';
import { PartnerFault } from './partner-fault.ts';

export interface HttpAnswer {
  status: number;
  /** Parsed JSON; null: none, garbage or too long. */
  body: unknown;
}
export interface SignedRequest {
  connection: string;
  baseUrl: string;
  secret: string;
  method: 'POST' | 'GET' | 'DELETE';
  path: string;
  /** Names the call at the partner; the same however often it is made. */
  key: string;
  body: unknown;
}
export interface SignedHttp {
  /** Throws a `PartnerFault` when no answer comes, `PartnerClosed` when none may be asked for. Follows no redirect. */
  send(request: SignedRequest): Promise<HttpAnswer>;
  /** Why an address may not be called; null when it may. */
  refusal(url: string): Promise<string | null>;
}

const CALL_TIMEOUT_MS = 10_000;

/** HTTP to a partner of an operator's choosing: signed as Standard Webhooks say, and only to where one may call. */
export function signedHttp(options: {
  gates: Pick<Gates, 'pass'>;
  targets: TargetPolicy;
  lookUp: LookUp;
}): SignedHttp {
  const refusal = (url: string) => targetRefusal(url, options.targets, options.lookUp);

  async function call(request: SignedRequest): Promise<HttpAnswer> {
    const url = new URL(request.baseUrl.replace(/\/$/, '') + request.path);
    if (url.origin !== new URL(request.baseUrl).origin) throw new Error('the path leads elsewhere');
    const refused = await refusal(url.href);
    if (refused !== null) throw new PartnerFault(`${request.connection} ${refused}`, { madeNothing: true });
    const at = new Date();
    const text = request.method === 'POST' ? JSON.stringify(request.body) : '';
    const signature = new Webhook(request.secret).sign(request.key, at, text);
    try {
      const response = await outsideFetch(url, {
        method: request.method,
        headers: {
          accept: 'application/json',
          'idempotency-key': request.key,
          'webhook-id': request.key,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          'webhook-signature': signature,
          ...(request.method === 'POST' ? { 'content-type': 'application/json' } : {}),
        },
        ...(request.method === 'POST' ? { body: text } : {}),
        redirect: 'manual',
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
      return { status: response.status, body: await readJson(response) };
    } catch (error) {
      throw new PartnerFault(
        `${request.connection}: ${error instanceof Error ? error.message : 'no answer'}`,
      );
    }
  }

  return {
    refusal,
    send: (request) =>
      options.gates.pass(`http:${request.connection}`, async () => {
        const answer = await call(request);
        const isFault = answer.status >= 500 || (answer.status >= 300 && answer.status < 400);
        if (isFault) throw new PartnerFault(`${request.connection} answered ${answer.status}`);
        return answer;
      }),
  };
}
