/**
 * The exercise of a total loss, in a system of its own on this machine: load, backup, everything deleted, put back,
 * projections and search made again, and proven equal row by row. Prints RPO and RTO.
 *
 *   npm run dr:drill
 *   npm run dr:drill -- --orders 50
 */
import { parseArguments, refuse } from './lib/arguments.ts';
import { drill } from './recovery/drill.ts';

const USAGE = 'Usage: npm run dr:drill [-- --orders N]';
const { values } = parseArguments(USAGE, { options: { orders: { type: 'string', default: '10' } } });
const orders = Number(values.orders);
if (!Number.isSafeInteger(orders) || orders < 1) refuse(USAGE);
const result = await drill(orders, console.log);
console.log(JSON.stringify(result));
