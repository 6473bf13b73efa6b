/** One field of a cron expression. */
interface Field {
  min: number;
  max: number;
  /** Three-letter names of the values from `min` on. */
  names?: string[];
  /** A form of the field's own: the last day, the nearest weekday. */
  special?: (text: string) => boolean;
}

const MONTH_NAMES = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ');
const DAY_NAMES = 'SUN MON TUE WED THU FRI SAT'.split(' ');

const DAY_OF_MONTH: Field = { min: 1, max: 31, special: isSpecialDay };
const WEEKDAY: Field = { min: 1, max: 7, names: DAY_NAMES, special: isSpecialWeekday };
const FIELDS: Field[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  DAY_OF_MONTH,
  { min: 1, max: 12, names: MONTH_NAMES },
  WEEKDAY,
];

/**
 * Whether the platform takes a cron expression: minute, hour, day of the month, month, weekday (1 is Sunday).
 * https://developers.cloudflare.com/workers/configuration/cron-triggers/#supported-cron-expressions
 */
export function isCron(expression: string): boolean {
  const parts = expression.split(/[ \t]+/);
  return parts.length === FIELDS.length && FIELDS.every((field, index) => isField(field, parts[index] ?? ''));
}

function isField(field: Field, text: string): boolean {
  return (
    text === '*' || field.special?.(text) === true || text.split(',').every((part) => isPart(field, part))
  );
}

/** A star with a step, a value, a range, or one of these with a step. */
function isPart(field: Field, part: string): boolean {
  const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
  if (step !== undefined && !within(Number(step), 1, field.max - field.min)) return false;
  if (range === '*') return step !== undefined;
  const ends = range.split('-');
  return ends.length <= 2 && ends.every((end) => isValue(field, end));
}

function isValue({ min, max, names = [] }: Field, text: string): boolean {
  return names.includes(text.toUpperCase()) || (/^\d+$/.test(text) && within(Number(text), min, max));
}

/** `L` the last day, `LW` the last working day, `L-3` the third before it, `15W` the working day nearest to the 15th. */
function isSpecialDay(text: string): boolean {
  const [, before, nearest] = /^(?:L(?:-(\d+))?W?|(\d+)W)$/.exec(text) ?? [text];
  if (nearest !== undefined) return isValue(DAY_OF_MONTH, nearest);
  if (before !== undefined) return within(Number(before), 1, DAY_OF_MONTH.max - 1);
  return /^LW?$/.test(text);
}

/** `L` Saturday, `friL` the last Friday of the month, `mon#2` the second Monday. */
function isSpecialWeekday(text: string): boolean {
  const [, day] = /^(\w+?)(?:L|#[1-5])$/.exec(text) ?? [];
  return text === 'L' || (day !== undefined && isValue(WEEKDAY, day));
}

const within = (value: number, min: number, max: number): boolean => value >= min && value <= max;
