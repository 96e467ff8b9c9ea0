/** Checks of the options of cropping and augmentation. */
import { UserError } from '../../base/errors';
import type { Range } from './draw';

/** @throws UserError naming the option, unless it is from 0 to 1 */
export function checkProbability(field: string, value: number): void {
  if (value >= 0 && value <= 1) return;
  throw new UserError(`${field} is ${value}; give a probability from 0 to 1`, {
    code: 'BAD_VALUE',
    field,
    value,
  });
}

/** @throws UserError naming the option, unless it ascends and stays between `least` and `greatest` */
export function checkRange(
  field: string,
  value: Range,
  least: number,
  greatest = Number.MAX_VALUE,
): void {
  if (value[0] >= least && value[0] <= value[1] && value[1] <= greatest) return;
  const bounds =
    greatest === Number.MAX_VALUE ? `from ${least}` : `within ${least} and ${greatest}`;
  throw new UserError(
    `${field} is ${value.join(' to ')}; give the smaller number first, ${bounds}`,
    { code: 'BAD_VALUE', field, value },
  );
}
