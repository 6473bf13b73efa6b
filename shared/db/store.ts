import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';
import type { Instance } from '#shared/contracts/http/instances.ts';
import type { PlanOffer } from '#shared/contracts/http/service-brokers.ts';
import type { TaskDecision } from '#shared/contracts/http/provisioning-tasks.ts';
import type { LifecycleKind, LifecycleState } from '#shared/contracts/http/lifecycle.ts';
import type { InstanceSuspensionReason, SuspensionCause } from '#shared/domain/suspension.ts';

export * from './store-entitlements.ts';
export * from './store-partners.ts';

/**
 * Product Store (`STORE_DB`), as migrations/store builds it. Times are milliseconds since the epoch; `sealed…` columns
 * hold AES-256-GCM envelopes whose additional data is `<table>/<row>/<column>`.
 */
export const instances = sqliteTable(
  'instances',
  {
    id: text().primaryKey(),
    customerId: text('customer_id').notNull(),
    orderId: text('order_id').notNull(),
    orderNumber: text('order_number').notNull(),
    lineId: text('line_id').notNull().unique(),
    workflowId: text('workflow_id').notNull().unique(),
    productId: text('product_id').notNull(),
    productVersion: integer('product_version').notNull(),
    variantId: text('variant_id').notNull(),
    sku: text().notNull(),
    title: text().notNull(),
    variantTitle: text('variant_title').notNull(),
    kind: text().notNull().$type<Instance['kind']>(),
    quantity: integer().notNull(),
    customisation: text({ mode: 'json' }).notNull().$type<Record<string, unknown>>(),
    fulfilment: text({ mode: 'json' }).notNull().$type<unknown>(),
    sealedAddress: text('sealed_address'),
    plan: text({ mode: 'json' }).notNull().$type<unknown>(),
    state: text().notNull().$type<Instance['state']>(),
    /** Where it stands, in words for the customer. */
    detail: text().notNull(),
    /** Why provisioning was given up; set before anything is rolled back, and no step begins after it. */
    failureCode: text('failure_code'),
    failureText: text('failure_text'),
    sealedDelivery: text('sealed_delivery'),
    /** Names the last change of state, so that what belongs to a change is written only by who made it. */
    transition: text().notNull(),
    requestId: text('request_id').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    activatedAt: integer('activated_at'),
    /** When the sweeper looks after its Workflow; null once that has ended. */
    nudgeAt: integer('nudge_at'),
    /** End of its term; null: it has none, or was not handed over yet. */
    endsAt: integer('ends_at'),
    /** When the sweeper looks after that end; null: nothing is to be done about it. */
    expireAt: integer('expire_at'),
    /** Since when its signed keys wait to be signed anew for the end of its term; null: none does. */
    signAt: integer('sign_at'),
  },
  (table) => [
    index('instances_to_sign').on(table.signAt),
    index('instances_to_expire').on(table.expireAt),
    index('instances_by_customer').on(table.customerId, table.id),
    index('instances_by_order').on(table.orderId, table.id),
    index('instances_by_state').on(table.state, table.id),
    index('instances_to_nudge').on(table.nudgeAt),
  ],
);

/** Append-only: what happened to an instance. */
export const instanceHistory = sqliteTable(
  'instance_history',
  {
    instanceId: text('instance_id').notNull(),
    sequence: integer().notNull(),
    at: integer().notNull(),
    type: text().notNull(),
    text: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.instanceId, table.sequence] })],
);

/** Steps of a plan that may have had an effect: the row is written before the effect. */
export const instanceSteps = sqliteTable(
  'instance_steps',
  {
    instanceId: text('instance_id').notNull(),
    step: text().notNull(),
    position: integer().notNull(),
    action: text().notNull(),
    sealedOutput: text('sealed_output'),
    begunAt: integer('begun_at').notNull(),
    doneAt: integer('done_at'),
    undoneAt: integer('undone_at'),
    /** Null: by its connector, if at all. */
    endedAs: text('ended_as').$type<'left_out' | 'skipped' | 'replaced'>(),
    /** Another connector than the template's, and its inputs (`overrideSchema`). */
    override: text({ mode: 'json' }).$type<unknown>(),
    /** It waits for its turn at a partner. */
    parkedUntil: integer('parked_until'),
    parkedWhy: text('parked_why'),
  },
  (table) => [primaryKey({ columns: [table.instanceId, table.step] })],
);

/** Operations at a partner, one per attempt of a step, and what its call-backs said. */
export const operations = sqliteTable(
  'operations',
  {
    id: text().primaryKey(),
    instanceId: text('instance_id').notNull(),
    step: text().notNull(),
    attempt: integer().notNull(),
    /** Collection at the partner. */
    resource: text().notNull(),
    idempotencyKey: text('idempotency_key').notNull().unique(),
    sealedRequest: text('sealed_request').notNull(),
    /** requested: the partner may or may not know of it; refused: it never took it, at no try. */
    state: text().notNull().$type<'requested' | 'in_progress' | 'succeeded' | 'failed' | 'refused'>(),
    partnerOperationId: text('partner_operation_id'),
    resourceId: text('resource_id'),
    sealedResult: text('sealed_result'),
    errorCode: text('error_code'),
    errorText: text('error_text'),
    errorPermanent: integer('error_permanent', { mode: 'boolean' }),
    /** The wait the Workflow is in; part of the event type that ends it. */
    waitRound: integer('wait_round').notNull().default(0),
    calledBackAt: integer('called_back_at'),
    undoneAt: integer('undone_at'),
    /** When the sweeper looks whether an operation undone while it ran has succeeded after all. */
    checkAt: integer('check_at'),
    checks: integer().notNull().default(0),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    /** Tries that began and were not answered so that it is known what became of them. */
    unanswered: integer().notNull().default(1),
  },
  (table) => [
    index('operations_by_instance').on(table.instanceId, table.step, table.attempt),
    index('operations_to_check').on(table.checkAt),
  ],
);

/** Issued licence keys by SHA-256 of the key; the keys themselves are only in the sealed delivery. */
export const licenceKeys = sqliteTable(
  'licence_keys',
  {
    fingerprint: text().primaryKey(),
    instanceId: text('instance_id').notNull(),
    position: integer().notNull(),
    activationsMax: integer('activations_max').notNull(),
    issuedAt: integer('issued_at').notNull(),
    revokedAt: integer('revoked_at'),
    suspendedAt: integer('suspended_at'),
  },
  (table) => [index('licence_keys_by_instance').on(table.instanceId, table.position)],
);

/** Entitlements to download a file. */
export const downloads = sqliteTable('downloads', {
  instanceId: text('instance_id').primaryKey(),
  objectKey: text('object_key').notNull(),
  fileName: text('file_name').notNull(),
  downloadsMax: integer('downloads_max').notNull(),
  downloadsUsed: integer('downloads_used').notNull().default(0),
  closedAt: integer('closed_at'),
});

/** Links handed out, one download each. */
export const downloadLinks = sqliteTable(
  'download_links',
  {
    id: text().primaryKey(),
    instanceId: text('instance_id').notNull(),
    idempotencyKey: text('idempotency_key').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [uniqueIndex('download_links_by_key').on(table.instanceId, table.idempotencyKey)],
);

/** Deprovisioning asked for, also of lines that never started: such a line can then never start. */
export const undoRequests = sqliteTable(
  'undo_requests',
  {
    instanceId: text('instance_id').primaryKey(),
    orderId: text('order_id').notNull(),
    lineId: text('line_id').notNull(),
    workflowId: text('workflow_id').notNull(),
    reason: text().notNull(),
    state: text().notNull().$type<'running' | 'done' | 'stuck'>(),
    /** Counts tries; a new one starts when the order asks again after `stuck`. */
    round: integer().notNull(),
    requestId: text('request_id').notNull(),
    requestedAt: integer('requested_at').notNull(),
    finishedAt: integer('finished_at'),
    nudgeAt: integer('nudge_at'),
    /** The operation that ended it; null: its order wants it back. */
    lifecycleId: text('lifecycle_id'),
  },
  (table) => [index('undo_requests_to_nudge').on(table.nudgeAt)],
);

/** Why an instance is to be suspended, one row a cause, also before it exists; `sequence` tells the newest wish. */
export const suspensions = sqliteTable(
  'suspensions',
  {
    instanceId: text('instance_id').notNull(),
    cause: text().notNull().$type<SuspensionCause>(),
    wanted: integer({ mode: 'boolean' }).notNull(),
    sequence: integer().notNull(),
    reason: text().notNull().$type<InstanceSuspensionReason>(),
    /** What the operator wrote, and whose account it is. */
    note: text(),
    by: text('by_id'),
    since: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.instanceId, table.cause] })],
);

/** What is done about them, one row an instance. */
export const accesses = sqliteTable(
  'accesses',
  {
    instanceId: text('instance_id').primaryKey(),
    orderId: text('order_id').notNull(),
    lineId: text('line_id').notNull(),
    /** Counts changes of what all causes together want. */
    round: integer().notNull(),
    suspended: integer({ mode: 'boolean' }).notNull(),
    reason: text().notNull().$type<InstanceSuspensionReason>(),
    /** waiting: there is nothing yet to suspend; stuck: a partner refused, or did not answer for too long. */
    state: text().notNull().$type<'waiting' | 'pending' | 'done' | 'stuck'>(),
    attempts: integer().notNull().default(0),
    /** Counts what the order was told of it. */
    told: integer().notNull().default(0),
    dueAt: integer('due_at'),
    requestId: text('request_id').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('accesses_due').on(table.dueAt)],
);

/** Outbox of results to the order: written with the change it tells of, sent until acknowledged or often enough. */
export const reports = sqliteTable(
  'reports',
  {
    instanceId: text('instance_id').notNull(),
    type: text().notNull(),
    round: integer().notNull().default(1),
    orderId: text('order_id').notNull(),
    lineId: text('line_id').notNull(),
    code: text(),
    /** JSON: what `code` is filled in with. */
    params: text(),
    detail: text().notNull(),
    requestId: text('request_id').notNull(),
    sent: integer().notNull().default(0),
    dueAt: integer('due_at'),
    /** Of news about a suspension: the newest wish of the order that was heard, and the number of the news. */
    sequence: integer(),
    revision: integer(),
  },
  (table) => [primaryKey({ columns: [table.instanceId, table.type] }), index('reports_due').on(table.dueAt)],
);

/** What waits for a person: an approval, an answer, a decision about what failed. */
export const tasks = sqliteTable(
  'tasks',
  {
    id: text().primaryKey(),
    instanceId: text('instance_id').notNull(),
    customerId: text('customer_id').notNull(),
    orderId: text('order_id').notNull(),
    step: text().notNull(),
    kind: text().notNull().$type<'approval' | 'question' | 'failed_step' | 'failed_undo' | 'failed_access'>(),
    askedOf: text('asked_of').notNull().$type<'customer' | 'operator'>(),
    connector: text().notNull(),
    operation: text().notNull(),
    /** Machine-readable cause. */
    code: text().notNull(),
    /** For whoever is asked. */
    text: text().notNull(),
    /** JSON Schema of the answer; null: yes or no, or a decision. */
    fields: text({ mode: 'json' }).$type<Record<string, unknown> | null>(),
    /** Inputs of the step. */
    sealedPayload: text('sealed_payload'),
    state: text().notNull().$type<'open' | 'decided' | 'expired' | 'withdrawn'>(),
    decision: text().$type<TaskDecision>(),
    reason: text(),
    /** The answer, a result in place of the step's, or which connector takes over. */
    sealedAnswer: text('sealed_answer'),
    /** Names the request that decided, so that a repeat is known. */
    decisionKey: text('decision_key'),
    decidedBy: text('decided_by'),
    decidedAt: integer('decided_at'),
    batchId: text('batch_id'),
    /** When the sweeper wakes the Workflow; null: it was woken. */
    wakeAt: integer('wake_at'),
    dueAt: integer('due_at'),
    createdAt: integer('created_at').notNull(),
    /** The operation of the instance's life it belongs to; null: its making or undoing. */
    lifecycleId: text('lifecycle_id'),
  },
  (table) => [
    index('tasks_by_state').on(table.state, table.id),
    index('tasks_by_instance').on(table.instanceId, table.id),
    index('tasks_to_wake').on(table.wakeAt),
    index('tasks_by_batch').on(table.batchId),
  ],
);

/** What becomes of an instance after it was made. Of one instance one is `running` or `made` at a time. */
export const lifecycleOperations = sqliteTable(
  'lifecycle_operations',
  {
    id: text().primaryKey(),
    instanceId: text('instance_id').notNull(),
    customerId: text('customer_id').notNull(),
    kind: text().notNull().$type<LifecycleKind>(),
    state: text().notNull().$type<LifecycleState>(),
    /** `back`: what it changed is being put back. */
    direction: text().notNull().default('forth').$type<'forth' | 'back'>(),
    /** Counts Workflows. */
    round: integer().notNull().default(1),
    /** Increases with each change of an instance; partners heed the greater. */
    sequence: integer().notNull(),
    /** As it was asked for (`LifecycleRequest`). */
    request: text({ mode: 'json' }).notNull().$type<unknown>(),
    /** What of the instance it replaces, and by what (`Terms`). */
    former: text({ mode: 'json' }).$type<unknown>(),
    target: text({ mode: 'json' }).$type<unknown>(),
    /** By which a receiver accepts: sealed for whoever offers, hashed for whoever brings it. */
    sealedCode: text('sealed_code'),
    codeHash: text('code_hash'),
    askedAs: text('asked_as').notNull().$type<'customer' | 'operator' | 'order' | 'clock'>(),
    askedBy: text('asked_by'),
    reason: text(),
    /** Of a line that changes this instance: the instance id its order minted for it. */
    handle: text().unique(),
    orderId: text('order_id'),
    lineId: text('line_id'),
    errorCode: text('error_code'),
    errorText: text('error_text'),
    /** When it begins, or its offer or grace ends. */
    dueAt: integer('due_at'),
    nudgeAt: integer('nudge_at'),
    /** Names the last change of state. */
    transition: text().notNull(),
    requestId: text('request_id').notNull(),
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at'),
    endedAt: integer('ended_at'),
  },
  (table) => [
    index('lifecycle_operations_by_instance').on(table.instanceId, table.createdAt),
    index('lifecycle_operations_by_customer').on(table.customerId, table.id),
    index('lifecycle_operations_due').on(table.dueAt),
    index('lifecycle_operations_to_nudge').on(table.nudgeAt),
  ],
);

/** What such an operation has done to the steps of a plan; kept outputs replace those of the instance when it is done. */
export const lifecycleSteps = sqliteTable(
  'lifecycle_steps',
  {
    operationId: text('operation_id').notNull(),
    direction: text().notNull().$type<'forth' | 'back'>(),
    step: text().notNull(),
    instanceId: text('instance_id').notNull(),
    customerId: text('customer_id').notNull(),
    state: text().notNull().$type<'running' | 'done' | 'skipped'>(),
    /** Sealed for the same place as the output of the step itself. */
    sealedOutput: text('sealed_output'),
    begunAt: integer('begun_at').notNull(),
    doneAt: integer('done_at'),
  },
  (table) => [
    primaryKey({ columns: [table.operationId, table.direction, table.step] }),
    index('lifecycle_steps_by_instance').on(table.instanceId, table.operationId),
  ],
);

/** Provisioning templates; what they say stands in their versions. */
export const templates = sqliteTable(
  'templates',
  {
    id: text().primaryKey(),
    handle: text().notNull().unique(),
    status: text().notNull().$type<'active' | 'archived'>(),
    currentVersion: integer('current_version').notNull(),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('templates_by_status').on(table.status, table.id)],
);

/** Append-only (triggers refuse changes): what a running order began with stays what it was. */
export const templateVersions = sqliteTable(
  'template_versions',
  {
    templateId: text('template_id').notNull(),
    version: integer().notNull(),
    /** As `templateDocumentSchema` has it. */
    document: text({ mode: 'json' }).notNull().$type<unknown>(),
    note: text().notNull(),
    writtenBy: text('written_by'),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.templateId, table.version] })],
);

/** Where connectors may call: whoever speaks plain HTTP, or a service broker. */
export const connections = sqliteTable('connections', {
  handle: text().primaryKey(),
  kind: text().notNull().default('http').$type<'http' | 'broker'>(),
  baseUrl: text('base_url').notNull(),
  sealedSecret: text('sealed_secret').notNull(),
  status: text().notNull().$type<'active' | 'archived'>(),
  version: integer().notNull(),
  writtenBy: text('written_by').notNull(),
  updatedAt: integer('updated_at').notNull(),
});

/** When a broker's catalogue was read, and when it is read next; `version` counts its changes. */
export const brokerCatalogues = sqliteTable(
  'broker_catalogues',
  {
    connection: text().primaryKey(),
    version: integer().notNull(),
    etag: text(),
    syncedAt: integer('synced_at'),
    /** Why the last reading failed. */
    error: text(),
    dueAt: integer('due_at'),
  },
  (table) => [index('broker_catalogues_due').on(table.dueAt)],
);

/** Plans a broker offers, or once offered. */
export const brokerPlans = sqliteTable(
  'broker_plans',
  {
    connection: text().notNull(),
    planId: text('plan_id').notNull(),
    serviceId: text('service_id').notNull(),
    /** As `planOfferSchema` has it. */
    offer: text({ mode: 'json' }).notNull().$type<PlanOffer>(),
    status: text().notNull().$type<'offered' | 'withdrawn'>(),
    changedAt: integer('changed_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.connection, table.planId] })],
);

/** What of a customer's is at a broker, by the operation that asks for it. */
export const brokerResources = sqliteTable(
  'broker_resources',
  {
    operationId: text('operation_id').primaryKey(),
    instanceId: text('instance_id').notNull(),
    connection: text().notNull(),
    serviceInstanceId: text('service_instance_id').notNull(),
    /** Null: it is the service instance itself. */
    bindingId: text('binding_id'),
    /** The plan it has now. */
    planId: text('plan_id').notNull(),
    /** Calls that may have made it, though their answers do not say so. */
    unsure: integer().notNull().default(0),
    /** The broker said that it makes it, or has. */
    confirmed: integer({ mode: 'boolean' }).notNull().default(false),
    /** The broker's name for making it; may be empty. */
    running: text(),
    /** The broker's name for removing it, while that goes on; may be empty. */
    removal: text(),
    sealedDashboard: text('sealed_dashboard'),
    /** The newest change that was heard. */
    changed: integer().notNull().default(0),
    updatedAt: integer('updated_at').notNull(),
  },
  (table) => [index('broker_resources_by_instance').on(table.instanceId, table.operationId)],
);

/** Keys of others that we sell, by where they are kept. */
export const licencePools = sqliteTable('licence_pools', {
  handle: text().primaryKey(),
  title: text().notNull(),
  /** Staff is told when fewer are left. */
  lowAt: integer('low_at').notNull(),
  /** What becomes of a key that nobody saw when its line is taken back. One that was seen is never sold again. */
  afterUndo: text('after_undo').notNull().$type<'return' | 'burn'>(),
  /** Counts uploads, so that running low is told once each time. */
  uploads: integer().notNull().default(0),
  writtenBy: text('written_by').notNull(),
  updatedAt: integer('updated_at').notNull(),
  /** Since when it hands out nothing; null: it does. */
  heldAt: integer('held_at'),
});

export const poolKeys = sqliteTable(
  'pool_keys',
  {
    /** SHA-256 of the key. */
    fingerprint: text().primaryKey(),
    pool: text().notNull(),
    sealedKey: text('sealed_key').notNull(),
    addedAt: integer('added_at').notNull(),
    /** `<instance>/<step>`. */
    holder: text(),
    takenAt: integer('taken_at'),
    burntAt: integer('burnt_at'),
  },
  (table) => [
    index('pool_keys_free').on(table.pool, table.addedAt, table.fingerprint),
    index('pool_keys_by_holder').on(table.holder),
  ],
);

/** Who takes no more keys. */
export const closedHolders = sqliteTable('closed_holders', {
  holder: text().primaryKey(),
  closedAt: integer('closed_at').notNull(),
});

/** What staff should know of partners and supplies. Append-only. */
export const notices = sqliteTable(
  'notices',
  {
    id: text().primaryKey(),
    kind: text().notNull(),
    /** What it is about: `<connection>/<plan id>`, the handle of a pool. */
    subject: text().notNull(),
    text: text().notNull(),
    at: integer().notNull(),
  },
  (table) => [index('notices_by_time').on(table.at, table.id)],
);

/** How long steps have taken; `step` is `*` for all of a template together. See `bucketOf`. */
export const stepTimes = sqliteTable(
  'step_times',
  {
    templateId: text('template_id').notNull(),
    step: text().notNull(),
    bucket: integer().notNull(),
    count: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.templateId, table.step, table.bucket] })],
);
