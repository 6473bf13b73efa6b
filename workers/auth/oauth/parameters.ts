import { ok } from '#shared/domain/result.ts';
import { PARAMETER_CHARACTERS_MAX } from './limits.ts';
import { refuse, type OAuthResult } from './refusal.ts';

/** Parameters of a request, by name; one that was sent empty counts as left out (RFC 6749 §3.1). */
export type Parameters = ReadonlyMap<string, string>;

/** Reads a query or a form. No parameter may be sent twice (RFC 6749 §3.1, §3.2). Pure. */
export function readParameters(encoded: string): OAuthResult<Parameters> {
  const parameters = new Map<string, string>();
  const sent = new Set<string>();
  for (const [name, value] of new URLSearchParams(encoded)) {
    if (sent.has(name)) return refuse('invalid_request', `${printable(name)} was sent more than once`);
    if (value.length > PARAMETER_CHARACTERS_MAX && name !== 'client_assertion' && !name.endsWith('_token')) {
      return refuse('invalid_request', `${printable(name)} is too long`);
    }
    sent.add(name);
    if (value !== '') parameters.set(name, value);
  }
  return ok(parameters);
}

/** A parameter that must be there. */
export function required(parameters: Parameters, name: string): OAuthResult<string> {
  const value = parameters.get(name);
  return value === undefined ? refuse('invalid_request', `${name} is missing`) : ok(value);
}

/** What may stand in an error description (RFC 6749 §5.2). */
const printable = (text: string): string =>
  text.replaceAll(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '').slice(0, 50);
