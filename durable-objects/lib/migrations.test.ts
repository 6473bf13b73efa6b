import { describe, expect, it } from 'vitest';
import { migrateObject } from './migrations.ts';
import { withStorage } from './testing.ts';

const FIRST = { name: 'first', sql: 'CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL)' };
const SECOND = { name: 'second', sql: "ALTER TABLE things ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'" };

describe('object migrations', () => {
  it('bring old rows along, stopping half-way when a test wants to seed them', () =>
    withStorage((storage) => {
      migrateObject(storage, [FIRST, SECOND], 1);
      storage.sql.exec("INSERT INTO things (name) VALUES ('old')");
      migrateObject(storage, [FIRST, SECOND]);
      expect(storage.sql.exec('SELECT name, colour FROM things').one()).toEqual({
        name: 'old',
        colour: 'red',
      });
    }));

  it('apply each step once, because every start of the object runs them', () =>
    withStorage((storage) => {
      for (let start = 0; start < 3; start += 1) migrateObject(storage, [FIRST, SECOND]);
      expect(storage.sql.exec('SELECT count(*) AS n FROM _migrations').one()).toEqual({ n: 2 });
    }));

  it('refuse a changed or missing step, because old rows would mean something else', () =>
    withStorage((storage) => {
      migrateObject(storage, [FIRST, SECOND]);
      const changed = { ...FIRST, sql: `${FIRST.sql} ` };
      expect(() => migrateObject(storage, [changed, SECOND])).toThrow('was changed or removed');
      expect(() => migrateObject(storage, [FIRST])).toThrow('was changed or removed');
    }));

  it('leave nothing behind when a step fails', () =>
    withStorage((storage) => {
      const broken = { name: 'broken', sql: 'CREATE TABLE nonsense (' };
      expect(() => migrateObject(storage, [FIRST, broken])).toThrow('incomplete input');
      expect(storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'things'").toArray()).toEqual([]);
    }));
});
