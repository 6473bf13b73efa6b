import { ApiError } from './api.ts';

interface ProblemDetails {
  title?: string;
  detail?: string;
  errors?: { in?: string; pointer?: string; detail?: string }[];
}

/**
 * What a command that speaks to a running system says of a request that went wrong, in plain words. Null: a fault of the
 * command itself, which is shown as it is.
 */
export function plainWords(error: unknown, origin: string): string | null {
  if (error instanceof ApiError) {
    const { title, detail, errors = [] } = error.problem as ProblemDetails;
    return [
      `Refused (${error.status}): ${[title, detail].filter(Boolean).join('. ')}`,
      ...errors.map((each) => `  ${each.in ?? ''} ${each.pointer ?? ''} ${each.detail ?? ''}`),
    ].join('\n');
  }
  // Node's fetch tells every failure below HTTP so; why is in its cause.
  if (error instanceof TypeError && error.message === 'fetch failed') {
    const { cause } = error;
    return `Nothing answers at ${origin}${cause instanceof Error ? ` (${cause.message || cause.name})` : ''}. Is the system running? Start it with npm start, or give --url.`;
  }
  return null;
}

/** From here on such failures end the command with exit code 2 and without a stack trace. */
export function sayFailuresPlainly(origin: string): void {
  process.on('uncaughtException', (error) => {
    console.error(plainWords(error, origin) ?? error);
    process.exit(2);
  });
}
