import { describe, expect, it } from 'vitest';
import { ALARMS_MIGRATION, NamedAlarms } from './alarms.ts';
import { manualClock, withStorage } from './testing.ts';

type Name = 'early' | 'late';
const withAlarms = (
  test: (parts: {
    alarms: NamedAlarms<Name>;
    clock: ReturnType<typeof manualClock>;
    storage: DurableObjectStorage;
  }) => Promise<void>,
): Promise<void> =>
  withStorage(async (storage) => {
    storage.sql.exec(ALARMS_MIGRATION.sql);
    // Far ahead, so that the platform's own alarm stays quiet while the test rings by hand.
    const clock = manualClock(Date.now() + 3_600_000);
    await test({ alarms: new NamedAlarms<Name>(storage, clock), clock, storage });
  });

describe('named alarms', () => {
  it('arm the one slot for the earliest, because the platform has only one', async () => {
    await withAlarms(async ({ alarms, clock, storage }) => {
      alarms.set('late', clock.now() + 2_000);
      alarms.set('early', clock.now() + 1_000);
      expect(await storage.getAlarm()).toBe(clock.now() + 1_000);
      alarms.clear('early');
      expect(await storage.getAlarm()).toBe(clock.now() + 2_000);
      alarms.clear('late');
      expect(await storage.getAlarm()).toBeNull();
    });
  });

  it('ring only what is due, each by its own handler', async () => {
    await withAlarms(async ({ alarms, clock }) => {
      const rung: string[] = [];
      const handlers = { early: () => void rung.push('early'), late: () => void rung.push('late') };
      alarms.set('early', clock.now() + 1_000);
      alarms.set('late', clock.now() + 2_000);
      clock.advance(1_000);
      await alarms.ring(handlers);
      expect(rung).toEqual(['early']);
      clock.advance(1_000);
      await alarms.ring(handlers);
      await alarms.ring(handlers);
      expect(rung).toEqual(['early', 'late']);
    });
  });

  it('ring again when a handler failed, and keep the others from suffering', async () => {
    await withAlarms(async ({ alarms, clock }) => {
      let late = 0;
      alarms.set('early', clock.now());
      alarms.set('late', clock.now());
      await alarms.ring({
        early: () => {
          throw new Error('no');
        },
        late: () => {
          late += 1;
        },
      });
      expect(late).toBe(1);
      expect(alarms.get('early')).toBeGreaterThan(clock.now());
      expect(alarms.get('late')).toBeNull();
    });
  });

  it('ring again when the process died while a handler was at work, because the platform asks but once', async () => {
    await withAlarms(async ({ alarms, clock, storage }) => {
      const noHandlers = { early: () => {}, late: () => {} };
      alarms.set('early', clock.now());
      const died = new Promise<void>(() => {});
      void alarms.ring({ ...noHandlers, early: () => died });
      expect(alarms.get('early')).toBeNull();
      alarms.set('late', clock.now() + 60_000);
      expect(await storage.getAlarm()).toBeLessThanOrEqual(clock.now());
      let rung = 0;
      const restarted = new NamedAlarms<Name>(storage, clock);
      await restarted.ring({ ...noHandlers, early: () => void (rung += 1) });
      await restarted.ring({ ...noHandlers, early: () => void (rung += 1) });
      expect(rung).toBe(1);
      expect(await storage.getAlarm()).toBe(clock.now() + 60_000);
    });
  });

  it('keep a time that the handler itself set', async () => {
    await withAlarms(async ({ alarms, clock }) => {
      alarms.set('early', clock.now());
      await alarms.ring({ early: () => alarms.set('early', clock.now() + 5_000), late: () => {} });
      expect(alarms.get('early')).toBe(clock.now() + 5_000);
    });
  });

  it('never move an alarm to a later time when asked for no later than', async () => {
    await withAlarms(async ({ alarms, clock }) => {
      alarms.set('early', clock.now() + 1_000);
      alarms.setNoLaterThan('early', clock.now() + 5_000);
      expect(alarms.get('early')).toBe(clock.now() + 1_000);
      alarms.setNoLaterThan('early', clock.now() + 500);
      expect(alarms.get('early')).toBe(clock.now() + 500);
    });
  });
});
