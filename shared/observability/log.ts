import { CARD_NUMBER_MASK, isCardField, isNumberInBoxes, maskCardNumbers } from '#shared/domain/card-data.ts';

/** One JSON object a line; `requestId` is on every line that belongs to a request, message, alarm or run. */
export type LogFields = Record<string, unknown> & { requestId?: string };

const SECRET_FIELD = /password|secret|token|authorization|cookie|apikey|api_key|card_?number/i;
const REDACTED = '[redacted]';
/** Deeper than anything we log; what is nested further, or in a circle, is left out. */
const DEPTH_MAX = 12;

/**
 * What may be written to a log: values under names that can hold a secret are replaced, and card numbers wherever they
 * stand, at any depth, in names and numbers too, in errors with their causes.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return maskCardNumbers(value);
  if (typeof value === 'number' || typeof value === 'bigint') {
    const text = String(value);
    const masked = maskCardNumbers(text);
    return masked !== text || typeof value === 'bigint' ? masked : value;
  }
  if (value === null || typeof value !== 'object') return value;
  if (depth >= DEPTH_MAX) return '[too deep]';
  if (Array.isArray(value))
    return isNumberInBoxes(value) ? CARD_NUMBER_MASK : value.map((each) => redact(each, depth + 1));
  if (value instanceof Date) return value.toJSON();
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return redact({ name, message, stack, ...(cause === undefined ? {} : { cause }) }, depth + 1);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      maskCardNumbers(name),
      SECRET_FIELD.test(name) || isCardField(name) ? REDACTED : redact(inner, depth + 1),
    ]),
  );
}

let isSilent = false;
/** For simulations, which run a million histories: lines are not even built. */
export function silenceLog(): void {
  isSilent = true;
}

function write(level: 'info' | 'warn' | 'error', message: string, fields: LogFields): void {
  if (isSilent) return;
  const line = JSON.stringify({ level, message: maskCardNumbers(message), ...(redact(fields) as object) });
  if (level === 'error') console.error(line);
  else if (level === 'warn') console.warn(line);
  else console.log(line);
}

export const log = {
  info: (message: string, fields: LogFields = {}): void => write('info', message, fields),
  warn: (message: string, fields: LogFields = {}): void => write('warn', message, fields),
  error: (message: string, fields: LogFields = {}): void => write('error', message, fields),
};
