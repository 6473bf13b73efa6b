import { expect, it } from 'vitest';
import { COMMAND_KEPT_MS, Commands, COMMANDS_MIGRATION } from './commands.ts';
import { migrateObject } from './migrations.ts';
import { manualClock, withStorage } from './testing.ts';

const ask = { key: 'usr_1:k', fingerprint: 'f' };

/** A command whose answer counts how often it had its effect. */
const withCommands = (act: (commands: Commands, clock: ReturnType<typeof manualClock>) => void) =>
  withStorage((storage) => {
    migrateObject(storage, [COMMANDS_MIGRATION]);
    const clock = manualClock();
    act(new Commands(storage, clock), clock);
  });
function counting() {
  let count = 0;
  return () => (count += 1);
}
const always = () => true;

it('a command with a key has its effect once, and a repeat gets the same answer', () =>
  withCommands((commands) => {
    const act = counting();
    expect(commands.once(ask, act, always)).toEqual({ kind: 'answered', reply: 1, replayed: false });
    expect(commands.once(ask, act, always)).toEqual({ kind: 'answered', reply: 1, replayed: true });
    expect(commands.once({ ...ask, key: 'usr_2:k' }, act, always)).toMatchObject({ reply: 2 });
  }));

it('a key does not stand for another request', () =>
  withCommands((commands) => {
    const act = counting();
    commands.once(ask, act, always);
    expect(commands.once({ ...ask, fingerprint: 'g' }, act, always)).toEqual({ kind: 'key_reused' });
  }));

it('a key is free again after a day, because nobody repeats a request for longer', () =>
  withCommands((commands, clock) => {
    const act = counting();
    commands.once(ask, act, always);
    clock.advance(COMMAND_KEPT_MS - 1);
    expect(commands.once(ask, act, always)).toMatchObject({ reply: 1, replayed: true });
    clock.advance(1);
    expect(commands.once({ ...ask, fingerprint: 'g' }, act, always)).toMatchObject({ reply: 2 });
  }));

it('what was refused is asked anew: it had no effect', () =>
  withCommands((commands) => {
    const act = counting();
    commands.once(ask, act, () => false);
    expect(commands.once(ask, act, always)).toMatchObject({ reply: 2, replayed: false });
  }));

it('a command that throws leaves nothing behind', () =>
  withCommands((commands) => {
    const broken = () => {
      throw new Error('no');
    };
    expect(() => commands.once(ask, broken, always)).toThrow('no');
    expect(commands.once(ask, counting(), always)).toMatchObject({ reply: 1, replayed: false });
  }));
