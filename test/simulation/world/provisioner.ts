import type { ProvisioningMessage, ProvisioningResultMessage } from '#shared/contracts/messages.ts';
import type { InstanceChange } from '#shared/contracts/instance-changes.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from '#shared/time/time.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Stream } from '../kernel/random.ts';

export interface ProvisionerQuality {
  /** A line cannot be made. */
  fails: number;
  /** A person must look; another command makes it go on. */
  stuck: number;
  /** Word of it is lost: a repeated command is told again. */
  resultLost: number;
}
type State = 'running' | 'ready' | 'active' | 'failed' | 'undone';
export interface Instance {
  orderId: string;
  lineId: string;
  state: State;
  /** Every workflow that was started for it: one, whatever is repeated. */
  workflows: Set<string>;
  isStuck: boolean;
  /** Out of the customer's reach. */
  isSuspended: boolean;
  /** The newest wish about that which was heard, and how often it changed. */
  access: { sequence: number; revision: number };
}
type ResultType = ProvisioningResultMessage['type'];

/** How an instance is, as far as a quote of a change says. Times in epoch milliseconds. */
export interface Present {
  variantId: string;
  endsAt: number;
}
/** What somebody owns since before the history, and what orders changed of it, oldest first. */
export interface Owned {
  base: Present;
  changes: OwnedChange[];
}
export interface OwnedChange {
  /** The name of the change: the instance id of its order's line. */
  handle: string;
  orderId: string;
  kind: 'change_plan' | 'renew';
  variantId: string;
  days: number;
  /** At work, made, or paid for: only one at a time is not paid for yet. */
  state: 'running' | 'made' | 'done';
}

/**
 * The provisioner and its partners as the orders see them: commands by queue, results by queue, seconds to hours between
 * them. A command repeated is told again what came of it; undoing what never began is remembered.
 */
export class Provisioner {
  readonly instances = new Map<string, Instance>();
  readonly owned = new Map<string, Owned>();
  readonly #kernel: Kernel;
  readonly #quality: ProvisionerQuality;
  readonly #tell: (message: ProvisioningResultMessage) => void;
  #results = 0;

  constructor(options: {
    kernel: Kernel;
    quality: ProvisionerQuality;
    tell: (message: ProvisioningResultMessage) => void;
  }) {
    this.#kernel = options.kernel;
    this.#quality = options.quality;
    this.#tell = options.tell;
  }

  own(instanceId: string, base: Present): void {
    this.owned.set(instanceId, { base, changes: [] });
  }

  /** Another plan counts as soon as it is made, a further term once it is paid for. */
  presentOf(instanceId: string): Present | null {
    const owned = this.owned.get(instanceId);
    if (owned === undefined) return null;
    const { base, changes } = owned;
    const plan = changes.findLast(({ kind, state }) => kind === 'change_plan' && state !== 'running');
    const terms = changes.filter(({ kind, state }) => kind === 'renew' && state === 'done');
    const days = terms.reduce((sum, term) => sum + term.days, 0);
    return { variantId: plan?.variantId ?? base.variantId, endsAt: base.endsAt + days * DAY_MS };
  }

  take(message: ProvisioningMessage): void {
    const { instanceId, orderId, lineId } = message;
    const instance: Instance = this.instances.get(instanceId) ?? {
      orderId,
      lineId,
      state: 'running',
      workflows: new Set(),
      isStuck: false,
      isSuspended: false,
      access: { sequence: 0, revision: 0 },
    };
    this.instances.set(instanceId, instance);
    switch (message.type) {
      case 'line.provision':
        return this.#provision(message, instance);
      case 'line.activate':
        if (instance.state !== 'ready' && instance.state !== 'active') return;
        instance.state = 'active';
        this.#move(message, 'done');
        return this.#say(message, 'line.activated');
      case 'line.deprovision':
        if (
          instance.state !== 'undone' &&
          this.#kernel.strikes(this.#stream(message), 'stuckUndoing', this.#quality.stuck)
        )
          return this.#say(message, 'line.stuck');
        instance.state = 'undone';
        this.#move(message, null);
        return this.#say(message, 'line.deprovisioned');
      case 'line.suspend':
      case 'line.resume':
        return this.#suspend(message, instance);
    }
  }

  /** The newest wish counts, in whatever order they come. */
  #suspend(message: ProvisioningMessage & { sequence: number }, instance: Instance): void {
    const { access } = instance;
    if (message.sequence > access.sequence) {
      if (this.#kernel.strikes(this.#stream(message), 'stuckAccess', this.#quality.stuck)) {
        access.revision += 1;
        return this.#say(message, 'line.stuck', { ...access, sequence: message.sequence });
      }
      instance.isSuspended = message.type === 'line.suspend';
      instance.access = { sequence: message.sequence, revision: access.revision + 1 };
    }
    this.#say(message, instance.isSuspended ? 'line.suspended' : 'line.resumed', instance.access);
  }

  #provision(message: ProvisioningMessage & { type: 'line.provision' }, instance: Instance): void {
    if (instance.state !== 'running') return this.#say(message, RESULT_OF[instance.state]);
    const isKnown = instance.workflows.has(message.workflowId);
    instance.workflows.add(message.workflowId);
    if (!isKnown && message.changes !== undefined && !this.#begin(message, message.changes)) {
      instance.state = 'failed';
      return this.#say(message, 'line.failed');
    }
    if (!isKnown) this.#say(message, 'line.started');
    if (!isKnown || instance.isStuck) this.#make(message, instance);
  }

  /** What is otherwise than when its price was promised, or is being changed already, is not changed. */
  #begin(
    { instanceId: handle, orderId, variantId }: ProvisioningMessage & { type: 'line.provision' },
    { instanceId, kind, expects, days }: InstanceChange,
  ): boolean {
    const owned = this.owned.get(instanceId);
    const present = this.presentOf(instanceId);
    const isAsPromised = expects.variantId === present?.variantId && expects.endsAt === present.endsAt;
    if (owned === undefined || !isAsPromised || owned.changes.some(({ state }) => state !== 'done'))
      return false;
    owned.changes.push({ handle, orderId, kind, variantId, days: days ?? 0, state: 'running' });
    return true;
  }

  /** Null: it is taken back. */
  #move({ instanceId: handle }: ProvisioningMessage, state: OwnedChange['state'] | null): void {
    for (const owned of this.owned.values()) {
      const change = owned.changes.find((one) => one.handle === handle);
      if (change === undefined) continue;
      if (state === null) owned.changes = owned.changes.filter((one) => one !== change);
      else change.state = state;
    }
  }

  #make(message: ProvisioningMessage, instance: Instance): void {
    const stream = this.#stream(message);
    const takes = stream.chance(0.8) ? stream.int(1, 60) * SECOND_MS : stream.int(1, 20) * HOUR_MS;
    instance.isStuck = false;
    this.#kernel.after(takes, `instance ${message.instanceId}`, () => {
      if (instance.state !== 'running') return;
      if (this.#kernel.strikes(stream, 'stuck', this.#quality.stuck)) {
        instance.isStuck = true;
        this.#say(message, 'line.stuck');
        return;
      }
      const failed = this.#kernel.strikes(stream, 'fails', this.#quality.fails);
      instance.state = failed ? 'failed' : 'ready';
      this.#move(message, failed ? null : 'made');
      this.#say(message, failed ? 'line.failed' : 'line.provisioned');
    });
  }

  #say(message: ProvisioningMessage, type: ResultType, access?: Instance['access']): void {
    const { orderId, lineId, instanceId, requestId } = message;
    this.#kernel.note(() => `instance ${instanceId.slice(-6)}: ${type}`);
    if (this.#kernel.strikes(this.#stream(message), 'resultLost', this.#quality.resultLost)) return;
    const isBad = type === 'line.failed' || type === 'line.stuck';
    this.#tell({
      requestId,
      messageId: `result-${(this.#results += 1)}-${instanceId}`,
      type,
      orderId,
      lineId,
      instanceId,
      code: isBad ? 'partner_refused' : null,
      detail: isBad ? 'The partner has no place.' : '',
      ...(access === undefined ? {} : { access }),
    });
  }
  #stream({ instanceId }: ProvisioningMessage): Stream {
    return this.#kernel.stream(`provisioner ${instanceId}`);
  }
}

const RESULT_OF: Record<Exclude<State, 'running'>, ResultType> = {
  ready: 'line.provisioned',
  active: 'line.activated',
  failed: 'line.failed',
  undone: 'line.deprovisioned',
};
