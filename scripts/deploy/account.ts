/** Reading what an account already has out of wrangler's answers. No I/O. */

/** Thrown when wrangler answered in a form we do not know: creating things on a guess could make them twice. */
export class UnknownAnswerError extends Error {}

/** Names in the table of `wrangler queues list`, which offers no JSON. An empty page has no table. */
export function queueNames(output: string): string[] {
  const rows = output
    .split('\n')
    .filter((line) => line.includes('│'))
    .map((line) => line.split('│').map((cell) => cell.trim()));
  const [head, ...body] = rows;
  if (head === undefined) return [];
  const column = head.indexOf('name');
  if (column === -1) throw new UnknownAnswerError(`no column "name" among the queues: ${head.join(' ')}`);
  return body.flatMap((cells) => cells[column] || []);
}

/** Names in the list of `wrangler r2 bucket list`, which offers no JSON. */
export const bucketNames = (output: string): string[] =>
  [...output.matchAll(/^name:\s+(\S+)\s*$/gm)].map(([, name]) => name ?? '');

/** Ids by name in `wrangler d1 list --json`. */
export const databaseIds = (output: string): Map<string, string> => idsBy(output, 'name', 'uuid');

/** Ids by title in `wrangler kv namespace list`. */
export const namespaceIds = (output: string): Map<string, string> => idsBy(output, 'title', 'id');

/** Names in `wrangler secret list`. */
export const secretNames = (output: string): string[] =>
  records(output).flatMap(({ name }) => (typeof name === 'string' ? [name] : []));

function idsBy(output: string, name: string, id: string): Map<string, string> {
  return new Map(
    records(output).map((record) => {
      const [key, value] = [record[name], record[id]];
      if (typeof key !== 'string' || typeof value !== 'string')
        throw new UnknownAnswerError(`an entry without ${name} or ${id}`);
      return [key, value];
    }),
  );
}

function records(output: string): Record<string, unknown>[] {
  try {
    const parsed: unknown = JSON.parse(output);
    if (Array.isArray(parsed)) return parsed as Record<string, unknown>[];
  } catch {
    // Named below, with what was answered.
  }
  throw new UnknownAnswerError(`expected a JSON list, got: ${output.slice(0, 200)}`);
}
