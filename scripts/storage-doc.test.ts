import { globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from './lib/config.ts';
import { boundDatabases, migrationFiles } from './lib/migrate.ts';
import { ALL_WORKERS, ROOT, type WorkerName } from './lib/workers.ts';

const configs = ALL_WORKERS.map((worker) => ({ worker, config: readConfig(worker) }));
const text = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

/** Rows of the tables under one heading of docs/storage.md, each by the name in its first column. */
function documented(heading: string): Map<string, string> {
  const [, , section] = new RegExp(`^(#+) ${heading}$([^]*?)(?=^\\1 |^## |(?![^]))`, 'm').exec(
    text('docs/storage.md'),
  ) ?? [null, null, ''];
  const rows = section.split('\n').map((line) => [/^\| `([^`]+)`/.exec(line)?.[1] ?? '', line] as const);
  return new Map(rows.filter(([name]) => name !== ''));
}
const names = (found: Iterable<string>): string[] => [...new Set(found)].sort();

const CHANGE =
  /\bCREATE (?:VIRTUAL )?(?:TABLE|VIEW)(?: IF NOT EXISTS)? (?<created>\w+)|\bDROP (?:TABLE|VIEW)(?: IF EXISTS)? (?<dropped>\w+)|\bALTER TABLE (?<from>\w+) RENAME TO (?<to>\w+)/g;

/** Tables and views that are there after these statements. */
function relations(sql: string): string[] {
  const present = new Set<string>();
  for (const { groups: { created, dropped, from, to } = {} } of sql.matchAll(CHANGE)) {
    for (const gone of [dropped, from]) if (gone !== undefined) present.delete(gone);
    for (const made of [created, to]) if (made !== undefined) present.add(made);
  }
  return [...present];
}

/** Schema steps several objects share, by the name under which an object lists them. */
const SHARED_STEPS = {
  ALARMS_MIGRATION: 'durable-objects/lib/alarms.ts',
  COMMANDS_MIGRATION: 'durable-objects/lib/commands.ts',
  OUTBOX_MIGRATION: 'durable-objects/lib/outbox.ts',
  FAULTS_MIGRATION: 'workers/sandbox/control/faults.ts',
} as const;

/** Each object class with the tables its storage comes to have: those of its folder and the shared steps it names. */
const objects = new Map(
  globSync(['durable-objects/*/object.ts', 'workers/sandbox/*/object.ts'], { cwd: ROOT }).map((file) => {
    const folder = path.join(ROOT, path.dirname(file));
    const source = readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => readFileSync(path.join(folder, name), 'utf8'))
      .join('\n');
    const steps = Object.entries(SHARED_STEPS).filter(([step]) => source.includes(step));
    const tables = [source, text('durable-objects/lib/migrations.ts'), ...steps.map(([, at]) => text(at))];
    return [
      /export class (\w+)\s+extends DurableObject/.exec(source)?.[1] ?? file,
      tables.flatMap(relations),
    ] as const;
  }),
);

describe('docs/storage.md', () => {
  it.each(ALL_WORKERS.flatMap(boundDatabases))('names every table of $binding, and no other', (database) => {
    const created = migrationFiles(database.migrations).map((name) =>
      readFileSync(path.join(database.migrations, name), 'utf8'),
    );
    // Further databases of one kind are documented as the first: `STORE_DB_2` as `STORE_DB`.
    const heading = `\`${database.binding.replace(/_\d+$/, '')}\``;
    expect(names(documented(heading).keys())).toEqual(names(relations(created.join('\n'))));
  });

  it.each([...objects])('names every table of the object %s, and no other', (name, tables) => {
    expect(names(documented(`\`${name}\``).keys())).toEqual(names(tables));
  });

  it('names every object class that is bound', () => {
    const bound = configs.flatMap(({ config }) =>
      config.durable_objects.bindings.map((each) => each.class_name),
    );
    expect(names(objects.keys())).toEqual(names(bound));
  });

  it('names every queue with who sends, who receives and where its dead letters go', () => {
    const rows = documented('Queues');
    const consumed = configs.flatMap(({ worker, config }) =>
      (config.queues.consumers ?? []).map((consumer) => ({ worker, ...consumer })),
    );
    const queues = consumed.filter(({ queue }) => !queue.endsWith('-dlq'));
    expect(names(rows.keys())).toEqual(names(queues.map(({ queue }) => queue)));
    expect(names(consumed.map(({ queue }) => queue))).toEqual(
      names(queues.flatMap(({ queue, dead_letter_queue: dead = '' }) => [queue, dead])),
    );
    for (const { worker, queue, dead_letter_queue: dead = '' } of queues) {
      expect(rows.get(queue)).toContain(`\`${senderOf(queue, worker)}\` → \`${worker}\``);
      expect(rows.get(queue)).toContain(`\`${dead}\``);
    }
  });

  it('is right about the settings all queues share, and about the one that waits', () => {
    const settings = configs.flatMap(({ config }) => config.queues.consumers ?? []);
    const kinds = (ofKind: (queue: string) => boolean) =>
      names(
        settings
          .filter(({ queue }) => ofKind(queue))
          .map((each) => `${each.max_batch_size} ${each.max_batch_timeout} ${each.max_retries}`),
      );
    const waits = (queue: string) => queue === 'payment-facts';
    expect([kinds((queue) => !waits(queue)), kinds(waits)]).toEqual([['10 0 10'], ['10 1 10']]);
  });

  it('names every workflow, namespace and bucket, and no other', () => {
    const all = <Item>(pick: (config: (typeof configs)[number]['config']) => Item[]) =>
      configs.flatMap(({ config }) => pick(config));
    expect({
      workflows: names(documented('Workflows').keys()),
      namespaces: names(documented('KV').keys()),
      buckets: names(documented('R2').keys()),
    }).toEqual({
      workflows: names(all((config) => config.workflows.map(({ name }) => name))),
      namespaces: names(all((config) => config.kv_namespaces.map(({ binding }) => binding))),
      buckets: names(all((config) => config.r2_buckets.map((bucket) => bucket.bucket_name))),
    });
  });
});

/** The worker that fills a queue; its reader binds it too, to send dead letters again. */
function senderOf(queue: string, reader: WorkerName): string {
  const senders = configs.filter(
    ({ worker, config }) =>
      worker !== reader && (config.queues.producers ?? []).some((producer) => producer.queue === queue),
  );
  // A worker that is named as no other's reader sends to itself.
  return senders.length === 0 ? reader : senders.map(({ worker }) => worker).join(', ');
}
