import type { LifecycleKind } from '#shared/contracts/http/lifecycle.ts';

interface Words {
  asked: string;
  made: string;
  done: string;
  failed: string;
}

/** What is told of each kind of operation, to its owner and in the history. */
const WORDS: Record<LifecycleKind, Words> = {
  suspend: { asked: 'To be suspended', made: '', done: 'Suspended.', failed: 'Not suspended.' },
  resume: {
    asked: 'To be resumed',
    made: '',
    done: 'Nothing of this kind suspends it any more.',
    failed: 'Not resumed.',
  },
  configure: {
    asked: 'Another configuration asked for',
    made: '',
    done: 'Runs with the new configuration.',
    failed: 'The configuration stays as it was.',
  },
  rotate: {
    asked: 'New credentials asked for',
    made: '',
    done: 'Has new credentials. The old ones are no good any more, those of a service broker once their overlap is over.',
    failed: 'The credentials could not be renewed.',
  },
  renew: {
    asked: 'To be renewed',
    made: 'Renewed once it is paid.',
    done: 'Renewed.',
    failed: 'Not renewed.',
  },
  change_plan: {
    asked: 'Another plan ordered',
    made: 'Changed, waiting for the payment to be settled.',
    done: 'Changed to the new plan.',
    failed: 'It stays on its plan.',
  },
  transfer: {
    asked: 'Offered to somebody else',
    made: '',
    done: 'Handed on, with new credentials.',
    failed: 'Not handed on.',
  },
  terminate: {
    asked: 'To be ended',
    made: '',
    done: 'Ended, and its data are removed.',
    failed: 'Not ended.',
  },
};
export const wordsOf = (kind: LifecycleKind): Words => WORDS[kind];

/** Under which name the times of a kind are counted beside those of a template's steps. */
export const lifecycleTimesOf = (kind: LifecycleKind): string => `lifecycle:${kind}`;
