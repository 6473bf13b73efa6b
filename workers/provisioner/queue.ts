import { meterWork } from '#shared/observability/work.ts';
import { consumeEach } from '#shared/queues/consume.ts';
import { isDeadLetterQueue, storeDeadLetters } from '#shared/queues/dead-letters.ts';
import { systemClock } from '#shared/time/time.ts';
import { BINDING_KINDS, type Env } from './env.ts';
import { queuedReplySchema } from './connectors/queue/request.ts';
import { ports } from './ports.ts';
import { changeAccessAsChanged } from './usecases/change-access.ts';
import { activateLine } from './usecases/activate-line.ts';
import { openChange } from './usecases/lifecycle/open-change.ts';
import { activateChange } from './usecases/lifecycle/activate-change.ts';
import { undoChange } from './usecases/lifecycle/undo-change.ts';
import { messageSchema } from './usecases/messages.ts';
import { takeReply } from './usecases/partner-queues.ts';
import { openLine } from './usecases/open-line.ts';
import { changeAccess } from './usecases/suspend-line.ts';
import { undoLine } from './usecases/undo-line.ts';

/** Where consumers of ours reply to messages of the queue connector. */
const REPLIES = 'partner-replies';

/** Consumer of `provisioning`, of `partner-replies` and of their dead-letter queues. */
export async function consume(batch: MessageBatch, env: Env): Promise<void> {
  if (isDeadLetterQueue(batch.queue)) return storeDeadLetters(env.STORE_DB, batch, systemClock.now());
  const made = ports(meterWork(env, BINDING_KINDS));
  if (batch.queue === REPLIES)
    return consumeEach('provisioner', batch, queuedReplySchema, (reply) => takeReply(made, reply));
  return consumeEach('provisioner', batch, messageSchema, (message) => {
    switch (message.type) {
      case 'line.provision':
        return message.changes === undefined
          ? openLine(made, message)
          : openChange(made, message, message.changes);
      case 'line.activate':
        return message.changedInstanceId === undefined
          ? activateLine(made, message)
          : activateChange(made, message, message.changedInstanceId);
      case 'line.deprovision':
        return message.changedInstanceId === undefined
          ? undoLine(made, message)
          : undoChange(made, message, message.changedInstanceId);
      case 'line.suspend':
      case 'line.resume':
        return message.changedInstanceId === undefined
          ? changeAccess(made, message)
          : changeAccessAsChanged(made, message, message.changedInstanceId);
    }
  });
}
