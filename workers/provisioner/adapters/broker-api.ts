import { type LookUp, targetRefusal } from '#objects/webhook-endpoint/target.ts';
import { toBase64 } from '#shared/crypto/bytes.ts';
import type { BrokerCredentials } from '#shared/contracts/http/service-brokers.ts';
import type { TargetPolicy } from '#shared/domain/web-target.ts';
import { outsideFetch } from '#shared/observability/work.ts';
import { utf8 } from './encoding.ts';
import type { Gates } from './gates.ts';
import { readJson } from './partner-api.ts';
import { PartnerFault } from './partner-fault.ts';

/** The version of the Open Service Broker API that we speak. */
const API_VERSION = '2.17';
const PLATFORM = 'tradepost';
/** The specification calls 60 s typical; a place at the partner's gate is kept as long. */
const CALL_TIMEOUT_MS = 50_000;
const ANSWER_BYTES_MAX = 64 * 1_024;
const CATALOGUE_BYTES_MAX = 1_000_000;
const RETRY_AFTER_SECONDS_MAX = 3_600;

export interface BrokerPlace {
  connection: string;
  baseUrl: string;
  credentials: BrokerCredentials;
}
export interface BrokerRequest {
  method: 'GET' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL, each segment encoded. */
  path: string;
  query?: Record<string, string>;
  body?: object;
  /** Whose wish it is; null: nobody's in particular. */
  userId: string | null;
  requestId: string;
  /** Of the answer we have. */
  etag?: string | null;
}
export interface BrokerAnswer {
  /** Null: none came in time. */
  status: number | null;
  /** Parsed JSON; null: none, garbage or too long. */
  body: unknown;
  retryAfterSeconds: number | null;
  etag: string | null;
}

export interface BrokerApi {
  /** One call. Throws `PartnerClosed` when none may be made; a broker that does not answer, or by a 5xx, counts as a fault. */
  call(place: BrokerPlace, request: BrokerRequest): Promise<BrokerAnswer>;
  /** Why an address may not be called; null when it may. */
  refusal(url: string): Promise<string | null>;
}

/** A call that went wrong at the broker, with all that is known of its answer. */
class BrokerFault extends PartnerFault {
  readonly answer: BrokerAnswer;
  constructor(connection: string, answer: BrokerAnswer) {
    super(`${connection} answered ${answer.status ?? 'nothing'}`);
    this.answer = answer;
  }
}

/** Any broker over HTTP, and only to where one may call. */
export function brokerApi(options: {
  gates: Pick<Gates, 'pass'>;
  targets: TargetPolicy;
  lookUp: LookUp;
}): BrokerApi {
  const refusal = (url: string) => targetRefusal(url, options.targets, options.lookUp);

  async function send(place: BrokerPlace, request: BrokerRequest): Promise<BrokerAnswer> {
    const url = new URL(place.baseUrl.replace(/\/$/, '') + request.path);
    for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
    const refused = await refusal(url.href);
    if (refused !== null) throw new PartnerFault(`${place.connection} ${refused}`);
    try {
      const response = await outsideFetch(url, {
        method: request.method,
        headers: headersOf(place, request),
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        redirect: 'manual',
        signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
      });
      const bytesMax = request.path === '/v2/catalog' ? CATALOGUE_BYTES_MAX : ANSWER_BYTES_MAX;
      return {
        status: response.status,
        body: await readJson(response, bytesMax),
        retryAfterSeconds: retryAfter(response.headers.get('retry-after')),
        etag: response.headers.get('etag'),
      };
    } catch {
      return { status: null, body: null, retryAfterSeconds: null, etag: null };
    }
  }

  return {
    refusal,
    async call(place, request) {
      try {
        return await options.gates.pass(`broker:${place.connection}`, async () => {
          const answer = await send(place, request);
          const { status } = answer;
          if (status === null || status >= 500) throw new BrokerFault(place.connection, answer);
          return answer;
        });
      } catch (error) {
        if (error instanceof BrokerFault) return error.answer;
        throw error;
      }
    },
  };
}

function headersOf({ credentials }: BrokerPlace, { userId, requestId, body, etag }: BrokerRequest) {
  const authorization =
    'token' in credentials
      ? `Bearer ${credentials.token}`
      : `Basic ${toBase64(utf8(`${credentials.username}:${credentials.password}`))}`;
  const identity = toBase64(utf8(JSON.stringify({ user_id: userId })));
  return {
    accept: 'application/json',
    authorization,
    'x-broker-api-version': API_VERSION,
    'x-broker-api-request-identity': requestId,
    ...(userId === null ? {} : { 'x-broker-api-originating-identity': `${PLATFORM} ${identity}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(etag === undefined || etag === null ? {} : { 'if-none-match': etag }),
  };
}

/** Seconds or a date (RFC 9110 §10.2.3); null: not given, or not readable. */
export function retryAfter(header: string | null, now = Date.now()): number | null {
  if (header === null) return null;
  const seconds = /^\d{1,9}$/.test(header) ? Number(header) : (Date.parse(header) - now) / 1_000;
  return Number.isNaN(seconds) ? null : Math.min(RETRY_AFTER_SECONDS_MAX, Math.max(1, Math.ceil(seconds)));
}
