import { createRoute, z } from '@hono/zod-openapi';
import { createMiddleware } from 'hono/factory';
import { equalBytes } from '#shared/crypto/bytes.ts';
import type { App, AppEnv } from '#shared/http/app.ts';
import { authorised, open } from '#shared/http/authorised.ts';
import { Problem, type ProblemDetails } from '#shared/http/problems.ts';
import { json, problems } from '#shared/http/responses.ts';
import { log } from '#shared/observability/log.ts';
import { SECOND_MS, systemClock } from '#shared/time/time.ts';
import { type BackupEnv, backupsOf } from './of-env.ts';
import { BEGINNING, positionSchema, restore, type RestoreRefusal } from './restore.ts';
import { backUp, backupsToPutBack, listBackups } from './run.ts';
import type { BackupHold, Source } from './sources.ts';

export interface BackupRoutesOptions<Bindings extends BackupEnv> {
  /** Path segment: `/v1/backups/<worker>`. */
  worker: 'auth' | 'catalogue' | 'payments' | 'provisioner' | 'purchase';
  sources: (env: Bindings) => readonly Source[];
  hold?: (env: Bindings) => BackupHold;
}

/** Header of whoever restores. */
export const RESTORE_TOKEN_HEADER = 'x-restore-token';
const REQUEST_SPENDS_MS = 5 * SECOND_MS;

const runSchema = z
  .strictObject({
    id: z.string(),
    state: z.enum(['running', 'complete']),
    /** What is taken at present. */
    source: z.string().nullable(),
    /** `waiting`: for what may not be under way meanwhile, a move of a shard; ask again later. */
    phase: z.enum(['waiting', 'copying', 'closing', 'checking']).nullable(),
    pages: z.int(),
  })
  .meta({ id: 'BackupRun' });
const backupSchema = z
  .strictObject({
    id: z.string(),
    /** A database by its binding, or a kind of objects. */
    source: z.string(),
    /** The instant a database is kept as it was at. */
    takenAt: z.iso.datetime(),
    rows: z.int(),
    pages: z.int(),
    /** As stored: compressed and encrypted. */
    bytes: z.int(),
  })
  .meta({ id: 'Backup' });
const backupListSchema = z.strictObject({ items: z.array(backupSchema) }).meta({ id: 'BackupList' });
const restoreBodySchema = z
  .strictObject({
    source: z.string().max(50),
    backup: z.string().max(50),
    /** Delete what is there. */
    replace: z.boolean().default(false),
    /** `next` of the step before; absent: the first. */
    at: positionSchema.default(BEGINNING),
  })
  .meta({ id: 'RestoreStep' });
const restoredSchema = z
  .strictObject({ next: positionSchema.nullable(), rows: z.int() })
  .meta({ id: 'RestoreStepDone' });

/**
 * Adds to a worker's application what operators need of its backups: `GET` and `POST /v1/backups/<worker>`, and
 * `POST /v1/backups/<worker>/restore` for whoever may deploy it.
 */
export function backupRoutes<Bindings extends BackupEnv>(
  app: App<Bindings>,
  { worker, sources, hold }: BackupRoutesOptions<Bindings>,
): void {
  const routes = routesOf(worker);
  const backups = (env: Bindings) => backupsOf(env, worker, sources(env), hold?.(env));

  // In each worker's log: only the auth worker can write to the audit log.
  const told = (requestId: string, what: string, about: object): void =>
    log.info(what, { requestId, worker, ...about });

  app.openapi(routes.list, async (c) => {
    told(c.get('requestId'), 'backups listed', { actorId: c.get('actor').userId });
    return c.json({ items: await listBackups(await backups(c.env)) }, 200);
  });

  app.openapi(routes.run, async (c) => {
    told(c.get('requestId'), 'backup asked for', { actorId: c.get('actor').userId });
    const run = await backUp(await backups(c.env), systemClock.now() + REQUEST_SPENDS_MS);
    if (run === null)
      throw new Problem({ slug: 'conflict', detail: 'Its next step is being done: ask again.' });
    return c.json(run, 200);
  });

  app.openapi(routes.choose, async (c) => {
    told(c.get('requestId'), 'backups listed for a restore', { actorId: null });
    return c.json({ items: await backupsToPutBack(await backups(c.env)) }, 200);
  });

  app.openapi(routes.restore, async (c) => {
    const { backup: id, ...wanted } = c.req.valid('json');
    told(c.get('requestId'), 'restore step', { actorId: null, backup: id, ...wanted });
    const done = await restore(await backups(c.env), { id, ...wanted });
    if ('code' in done) throw new Problem(refusal(done));
    return c.json(done, 200);
  });
}

function refusal(found: RestoreRefusal): ProblemDetails {
  switch (found.code) {
    case 'unknown_backup':
      return { slug: 'not-found', detail: 'No such backup of this worker.' };
    case 'not_empty':
      return {
        slug: 'conflict',
        detail: `${found.what} holds something already; say \`replace\` to delete it.`,
      };
    case 'other_schema':
      return {
        slug: 'conflict',
        detail: `The backup has ${found.expected.length} migrations up to ${found.expected.at(-1)}, the database ${found.found.length} up to ${found.found.at(-1)}: restore with the release of the backup.`,
      };
    case 'incomplete':
      return {
        slug: 'conflict',
        detail: `${found.what} does not hold as many rows as the backup: something else writes. Begin again.`,
      };
  }
}

/** Lets whoever restores through, and refuses before anything of the request is looked at. */
const restoring = createMiddleware<AppEnv<object>>(async (c, next) => {
  const { RESTORE_TOKEN: token = '' } = c.env as Partial<BackupEnv>;
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  if (token === '') throw new Problem({ slug: 'not-found', detail: 'No restore is under way.' });
  if (!equalBytes(bytes(token), bytes(c.req.header(RESTORE_TOKEN_HEADER) ?? ''))) {
    throw new Problem({ slug: 'unauthenticated', detail: 'Send the token of the restore.' });
  }
  await next();
});

/** Of a route that is a step of a restore. */
export const byWhoeverRestores = {
  ...open(
    'asks for the token that whoever deploys has set for a restore: the accounts are what it puts back',
  ),
  middleware: restoring,
};

function routesOf(worker: BackupRoutesOptions<BackupEnv>['worker']) {
  const name = `${worker.slice(0, 1).toUpperCase()}${worker.slice(1)}`;
  return {
    list: createRoute({
      method: 'get',
      path: `/v1/backups/${worker}`,
      operationId: `list${name}Backups`,
      tags: ['Operations'],
      summary: `Complete backups of what the ${worker} worker keeps, newest first`,
      ...authorised('backups.run'),
      responses: {
        200: json('All of them; retention bounds how many', backupListSchema),
        ...problems('unauthenticated', 'forbidden', 'step-up-required'),
      },
    }),
    run: createRoute({
      method: 'post',
      path: `/v1/backups/${worker}`,
      operationId: `backUp${name}`,
      tags: ['Operations'],
      summary: `Back up what the ${worker} worker keeps`,
      description:
        'Begins a backup or goes on with the one under way, for some seconds; repeat until `state` is `complete`. `npm run backup` does all of it.',
      ...authorised('backups.run'),
      responses: {
        200: json('Where the backup stands', runSchema),
        ...problems('unauthenticated', 'forbidden', 'step-up-required', 'conflict'),
      },
    }),
    choose: createRoute({
      method: 'get',
      path: `/v1/backups/${worker}/restore`,
      operationId: `chooseBackupOf${name}`,
      tags: ['Operations'],
      summary: `What a restore of the ${worker} worker can choose from`,
      description:
        'In the order in which sources are put back, the newest backup of each first. Only while the secret RESTORE_TOKEN is set, by whoever sends it as `x-restore-token`.',
      ...byWhoeverRestores,
      responses: {
        200: json('All of them; retention bounds how many', backupListSchema),
        ...problems('unauthenticated', 'not-found'),
      },
    }),
    restore: createRoute({
      method: 'post',
      path: `/v1/backups/${worker}/restore`,
      operationId: `restore${name}`,
      tags: ['Operations'],
      summary: `One step of putting a backup of the ${worker} worker back`,
      description:
        'Only while the secret RESTORE_TOKEN is set, by whoever sends it as `x-restore-token`. Repeat with `at` = `next` until it is null. `npm run restore` does all of it.',
      ...byWhoeverRestores,
      request: { body: { required: true, content: { 'application/json': { schema: restoreBodySchema } } } },
      responses: {
        200: json('The step is done', restoredSchema),
        ...problems(
          'malformed-request',
          'unauthenticated',
          'not-found',
          'conflict',
          'body-too-large',
          'unsupported-media-type',
          'validation-failed',
        ),
      },
    }),
  };
}
