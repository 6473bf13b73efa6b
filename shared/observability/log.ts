/** One JSON object a line; `requestId` is on every line that belongs to a request, message, alarm or run. */
export type LogFields = Record<string, unknown> & { requestId?: string };

const SECRET_FIELD = /password|secret|token|authorization|cookie|apikey|api_key|pan|cvc|card_?number/i;
const REDACTED = '[redacted]';

/** Values under names that can hold a secret are replaced, at any depth. */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, SECRET_FIELD.test(name) ? REDACTED : redact(inner)]),
  );
}

let isSilent = false;
/** For simulations, which run a million histories: lines are not even built. */
export function silenceLog(): void {
  isSilent = true;
}

function write(level: 'info' | 'warn' | 'error', message: string, fields: LogFields): void {
  if (isSilent) return;
  const line = JSON.stringify({ level, message, ...(redact(fields) as object) });
  if (level === 'error') console.error(line);
  else if (level === 'warn') console.warn(line);
  else console.log(line);
}

export const log = {
  info: (message: string, fields: LogFields = {}): void => write('info', message, fields),
  warn: (message: string, fields: LogFields = {}): void => write('warn', message, fields),
  error: (message: string, fields: LogFields = {}): void => write('error', message, fields),
};
