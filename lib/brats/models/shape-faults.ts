/** How the tensors of a file differ from those of a network. */
import type { Shapes } from './model';

/**
 * Every difference, one phrase each.
 * @param optional tensors that the file may also hold
 */
export function shapeFaults(
  found: Shapes,
  expected: Shapes,
  optional: Shapes = new Map(),
): string[] {
  const list = (shape: readonly number[]): string => `[${shape.join(', ')}]`;
  const faults: string[] = [];
  for (const [name, shape] of [...expected, ...optional]) {
    const is = found.get(name);
    if (is) {
      if (list(is) !== list(shape)) faults.push(`${name} is ${list(is)}, not ${list(shape)}`);
    } else if (!optional.has(name)) faults.push(`${name} ${list(shape)} is missing`);
  }
  for (const [name, shape] of found) {
    if (!expected.has(name) && !optional.has(name))
      faults.push(`${name} ${list(shape)} is unexpected`);
  }
  return faults;
}
