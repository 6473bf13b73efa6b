/** All a broker remembers, as plain data: it can be kept between requests. Times are milliseconds since the epoch. */
export interface BrokerState {
  instances: Record<string, InstanceRecord>;
  bindings: Record<string, BindingRecord>;
  /** Counts operations, so that each has a name of its own. */
  operations: number;
}

/** Something asynchronous that goes on. It ends at `readyAt`; null: when it is told to. */
export interface RunningOperation {
  id: string;
  what: 'create' | 'update' | 'delete';
  readyAt: number | null;
  fails: boolean;
}

interface Made {
  serviceId: string;
  planId: string;
  parameters: Record<string, unknown>;
  /** `gone`: deleted; its id is never used again. */
  state: 'creating' | 'ready' | 'failed' | 'updating' | 'deleting' | 'gone';
  running: RunningOperation | null;
  /** How the last operation ended. */
  ended: { id: string; what: RunningOperation['what']; state: 'succeeded' | 'failed' } | null;
}
export interface InstanceRecord extends Made {
  organization: string;
  space: string;
  dashboardUrl: string;
  /** What an update under way leads to. */
  wanted: { planId: string; parameters: Record<string, unknown> } | null;
}
export interface BindingRecord extends Made {
  instanceId: string;
  credentials: { uri: string; username: string; password: string };
  predecessor: string | null;
}

export const emptyBroker = (): BrokerState => ({ instances: {}, bindings: {}, operations: 0 });
