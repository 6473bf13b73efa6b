import { expect, it } from 'vitest';
import { isCron } from './cron.ts';

it.each([
  '* * * * *',
  '*/30 * * * *',
  '45 0-23/2 1,15 * *',
  '0 17 * * sun',
  '10 7 * JAN-mar mon-fri',
  '0 18 * * friL',
  '0 18 * * 6L',
  '0 10 * * MON#2',
  '59 23 LW * *',
  '0 0 L-3 * *',
  '0 0 15W * *',
])('the platform takes the cron expression %s', (expression) => {
  expect(isCron(expression)).toBe(true);
});

it.each([
  ['99 * * *', 'it has four fields and a minute that does not exist'],
  ['* * * *', 'it has four fields'],
  ['* * * * * *', 'it has six fields'],
  ['60 * * * *', 'a minute'],
  ['* 24 * * *', 'an hour'],
  ['* * 0 * *', 'a day'],
  ['* * 32W * *', 'a day'],
  ['* * L-31 * *', 'a day'],
  ['* * * 13 *', 'a month'],
  ['* * * * 0', 'Sunday is 1'],
  ['* * * * 8', 'a weekday'],
  ['* * * * mon#6', 'a month has no sixth Monday'],
  ['*/0 * * * *', 'a step of nothing'],
  ['*/60 * * * *', 'a step past the field'],
  ['1,,2 * * * *', 'an empty value'],
  ['1-2-3 * * * *', 'a range of three'],
  ['? * * * *', 'a sign it does not know'],
  ['@daily', 'a name it does not know'],
  [' * * * * *', 'a blank before it'],
  ['', 'nothing'],
])('the platform refuses %s: %s', (expression) => {
  expect(isCron(expression)).toBe(false);
});
