import type { ProvisioningMessage, ProvisioningResultMessage } from '#shared/contracts/messages.ts';
import { HOUR_MS, SECOND_MS } from '#shared/time/time.ts';
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

/**
 * The provisioner and its partners as the orders see them: commands by queue, results by queue, seconds to hours between
 * them. A command repeated is told again what came of it; undoing what never began is remembered.
 */
export class Provisioner {
  readonly instances = new Map<string, Instance>();
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
        return this.#say(message, 'line.activated');
      case 'line.deprovision':
        if (
          instance.state !== 'undone' &&
          this.#kernel.strikes(this.#stream(message), 'stuckUndoing', this.#quality.stuck)
        )
          return this.#say(message, 'line.stuck');
        instance.state = 'undone';
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
    if (!isKnown) this.#say(message, 'line.started');
    if (!isKnown || instance.isStuck) this.#make(message, instance);
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
