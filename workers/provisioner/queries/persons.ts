interface OwnedRow {
  id: string;
  sealedAddress: string | null;
  /** 1: nothing of it runs any more. */
  hasEnded: 0 | 1;
}
interface RevealRow {
  credentials: string;
  by: string;
  wasFresh: number;
  at: number;
}

/** Nothing of it runs any more: it has ended, or is out of our hands, as a parcel or a gift card, which is money by itself. */
const ENDED = `(state IN ('undone', 'failed')
  OR (kind IN ('physical', 'gift_card') AND state IN ('active', 'suspended')))`;

/** Of the instances named in `?2`, those that are the customer's (`?1`) at this moment and have ended. */
const THEIRS = `SELECT id FROM instances WHERE customer_id = ?1 AND ${ENDED}
  AND id IN (SELECT value FROM json_each(?2))`;

/** Each changes only what still holds something, so that its count tells what was there. Rows keep ids, states and times. */
const WIPES: readonly (readonly [table: string, sql: string])[] = [
  ['instance_history', `DELETE FROM instance_history WHERE instance_id IN (${THEIRS})`],
  ['instance_index', `DELETE FROM instance_index WHERE instance_id IN (${THEIRS})`],
  ['instance_labels', `DELETE FROM instance_labels WHERE instance_id IN (${THEIRS})`],
  ['credential_reveals', `DELETE FROM credential_reveals WHERE instance_id IN (${THEIRS})`],
  ['download_links', `DELETE FROM download_links WHERE instance_id IN (${THEIRS})`],
  ['downloads', `DELETE FROM downloads WHERE instance_id IN (${THEIRS})`],
  ['shipments', `DELETE FROM shipments WHERE instance_id IN (${THEIRS})`],
  ['tasks', `DELETE FROM tasks WHERE instance_id IN (${THEIRS})`],
  [
    'instance_steps',
    `UPDATE instance_steps SET sealed_output = NULL, override = NULL, parked_why = NULL
     WHERE instance_id IN (${THEIRS}) AND COALESCE(sealed_output, override, parked_why) IS NOT NULL`,
  ],
  [
    'operations',
    `UPDATE operations SET sealed_request = '', sealed_result = NULL, error_text = NULL
     WHERE instance_id IN (${THEIRS}) AND (sealed_request <> '' OR COALESCE(sealed_result, error_text) IS NOT NULL)`,
  ],
  [
    'broker_resources',
    `UPDATE broker_resources SET sealed_dashboard = NULL
     WHERE instance_id IN (${THEIRS}) AND sealed_dashboard IS NOT NULL`,
  ],
  [
    'lifecycle_steps',
    `UPDATE lifecycle_steps SET sealed_output = NULL
     WHERE instance_id IN (${THEIRS}) AND sealed_output IS NOT NULL`,
  ],
  [
    'lifecycle_operations',
    `UPDATE lifecycle_operations SET request = json_object('kind', kind), former = NULL, target = NULL,
       sealed_code = NULL, code_hash = NULL, reason = NULL, error_text = NULL
     WHERE instance_id IN (${THEIRS}) AND (request <> json_object('kind', kind)
       OR COALESCE(former, target, sealed_code, code_hash, reason, error_text) IS NOT NULL)`,
  ],
  ['undo_requests', `UPDATE undo_requests SET reason = '' WHERE instance_id IN (${THEIRS}) AND reason <> ''`],
  ['suspensions', `UPDATE suspensions SET note = NULL WHERE instance_id IN (${THEIRS}) AND note IS NOT NULL`],
  [
    'reports',
    `UPDATE reports SET detail = '', params = NULL
     WHERE instance_id IN (${THEIRS}) AND (detail <> '' OR params IS NOT NULL)`,
  ],
  [
    'instances',
    `UPDATE instances SET sealed_delivery = NULL, sealed_address = NULL, customisation = '{}', detail = '',
       failure_text = CASE WHEN failure_text IS NULL THEN NULL ELSE '' END
     WHERE id IN (${THEIRS}) AND (customisation <> '{}' OR detail <> '' OR COALESCE(failure_text, '') <> ''
       OR COALESCE(sealed_delivery, sealed_address) IS NOT NULL)`,
  ],
];

/** What a Product Store database holds about one customer. */
export const personQueries = (database: D1Database) => ({
  /** Instances of theirs after `after`, by id. */
  async owned(customerId: string, after: string, limit: number): Promise<OwnedRow[]> {
    const { results } = await database
      .prepare(
        `SELECT id, sealed_address AS sealedAddress, ${ENDED} AS hasEnded FROM instances
         WHERE customer_id = ? AND id > ? ORDER BY id LIMIT ?`,
      )
      .bind(customerId, after, limit)
      .all<OwnedRow>();
    return results;
  },

  /** Instances of theirs that have not ended. */
  async running(customerId: string, limit: number): Promise<string[]> {
    const { results } = await database
      .prepare(`SELECT id FROM instances WHERE customer_id = ? AND NOT ${ENDED} ORDER BY id LIMIT ?`)
      .bind(customerId, limit)
      .all<{ id: string }>();
    return results.map(({ id }) => id);
  },

  async reveals(instanceId: string): Promise<RevealRow[]> {
    const { results } = await database
      .prepare(
        `SELECT credentials, by_id AS by, was_fresh AS wasFresh, at FROM credential_reveals WHERE instance_id = ?
         ORDER BY at, id`,
      )
      .bind(instanceId)
      .all<RevealRow>();
    return results;
  },

  /** Operations at partners, of these instances. */
  async operationsOf(customerId: string, instanceIds: readonly string[]): Promise<string[]> {
    const { results } = await database
      .prepare(`SELECT id FROM operations WHERE instance_id IN (${THEIRS})`)
      .bind(customerId, JSON.stringify(instanceIds))
      .all<{ id: string }>();
    return results.map(({ id }) => id);
  },

  /**
   * Takes what belonged to their owner out of these instances, as far as they have ended: all or nothing. The rows stay, so
   * that whatever is still told of them finds an end. Counts what was there.
   */
  async wipe(customerId: string, instanceIds: readonly string[]): Promise<Record<string, number>> {
    const named = JSON.stringify(instanceIds);
    const results = await database.batch(
      WIPES.map(([, sql]) => database.prepare(sql).bind(customerId, named)),
    );
    return Object.fromEntries(WIPES.map(([table], index) => [table, results[index]?.meta.changes ?? 0]));
  },
});

/** What belongs to no customer by itself and may name one all the same. */
export const registryPersonQueries = (database: D1Database) => ({
  /** Messages for partners, and what nobody could process, of these instances and their operations. */
  async wipe(
    instanceIds: readonly string[],
    operationIds: readonly string[],
    now: number,
  ): Promise<Record<string, number>> {
    const [messages, ofInstances, ofOperations] = await database.batch([
      database
        .prepare(
          `UPDATE partner_messages SET sealed_body = NULL, withdrawn_at = COALESCE(withdrawn_at, ?2)
           WHERE id IN (SELECT value FROM json_each(?1)) AND sealed_body IS NOT NULL`,
        )
        .bind(JSON.stringify(operationIds), now),
      database
        .prepare(
          `DELETE FROM dead_letters WHERE json_extract(body, '$.instanceId') IN (SELECT value FROM json_each(?))`,
        )
        .bind(JSON.stringify(instanceIds)),
      database
        .prepare(
          `DELETE FROM dead_letters WHERE json_extract(body, '$.inReplyTo') IN (SELECT value FROM json_each(?))`,
        )
        .bind(JSON.stringify(operationIds)),
    ]);
    return {
      partner_messages: messages?.meta.changes ?? 0,
      dead_letters: (ofInstances?.meta.changes ?? 0) + (ofOperations?.meta.changes ?? 0),
    };
  },

  /** Lines of theirs that nobody could begin to make. */
  async dropDeadLetters(customerId: string): Promise<number> {
    const done = await database
      .prepare(`DELETE FROM dead_letters WHERE json_extract(body, '$.customerId') = ?`)
      .bind(customerId)
      .run();
    return done.meta.changes;
  },
});
