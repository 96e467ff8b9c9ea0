/** Seeded mutations of JSON: of the value, and of its text. Pure. */
import type { RandomStream } from '../../base/random';
import { mutateBytes, type Mutated } from './bytes';

/** Text of a value that JSON.stringify can't write: deep nesting, numbers out of range. */
const TELLING: readonly string[] = [
  'null',
  'true',
  '0',
  '-1',
  '0.5',
  '1e999',
  '-0',
  '9007199254740993',
  '""',
  '"x"',
  '"</script>"',
  '[]',
  '{}',
  '[1,2]',
  '{"a":1}',
  '"\\u0000"',
];
/** Inherited names of objects, and an unknown one. */
const KEYS = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'unknownKey'];

interface Node {
  value: unknown;
  set: (replacement: unknown) => void;
  /** Its name in the object that holds it. */
  key?: string;
}

/** A value that is written as raw text. */
class Raw {
  constructor(readonly text: string) {}
}

/** JSON text of a value that may hold raw text; entries of a Map are written as an object's, including duplicates. */
function write(value: unknown): string {
  if (value instanceof Raw) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const pairs = value instanceof Pairs ? value.list : Object.entries(value);
  return `{${pairs.map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`).join(',')}}`;
}

class Pairs {
  constructor(readonly list: [string, unknown][]) {}
}

/** All positions in a value, with a setter. */
function nodes(value: unknown, set: Node['set']): Node[] {
  const here: Node = { value, set };
  if (Array.isArray(value)) {
    return [here, ...value.flatMap((item, i) => nodes(item, (raw) => (value[i] = raw)))];
  }
  if (typeof value !== 'object' || value === null) return [here];
  const holder = value as Record<string, unknown>;
  const below = Object.entries(holder).flatMap(([key, item]) => {
    const [own, ...deeper] = nodes(item, (raw) => (holder[key] = raw));
    return [{ ...own, key }, ...deeper];
  });
  return [here, ...below];
}

/** The UTF-8 text of the value with one change, and its description. */
export function mutateJson(stream: RandomStream, value: unknown): Mutated {
  const root = { value: structuredClone(value) };
  const done = (how: string): Mutated => ({ bytes: Buffer.from(write(root.value)), how });
  const kind = stream.integer(12);
  if (kind === 0) return done('sound');
  if (kind <= 3) {
    const { bytes, how } = mutateBytes(stream, done('').bytes);
    return { bytes, how: `text: ${how}` };
  }
  const all = nodes(root.value, (raw) => (root.value = raw));
  const node = all[stream.integer(all.length)];
  if (kind <= 6) {
    const telling = TELLING[stream.integer(TELLING.length)];
    node.set(new Raw(telling));
    return done(`${node.key ?? 'a value'} = ${telling}`);
  }
  if (kind === 7) {
    const deep = [200, 20_000, 200_000][stream.integer(3)];
    node.set(new Raw('['.repeat(deep) + ']'.repeat(deep)));
    return done(`${node.key ?? 'a value'} nested ${deep} deep`);
  }
  const objects = all.filter(
    (one) => typeof one.value === 'object' && one.value !== null && !Array.isArray(one.value),
  );
  const { value: object, set } = objects[stream.integer(objects.length)];
  const pairs = Object.entries(object as Record<string, unknown>);
  if (pairs.length === 0) return done('an empty object');
  const at = stream.integer(pairs.length);
  const [key, item] = pairs[at];
  if (kind === 8) pairs.splice(at, 1);
  else if (kind === 9) pairs.push([key, new Raw(TELLING[stream.integer(TELLING.length)])]);
  else pairs.splice(at, kind === 10 ? 1 : 0, [KEYS[stream.integer(KEYS.length)], item]);
  set(new Pairs(pairs));
  const what = ['missing', 'there twice', 'renamed', 'joined by another'][kind - 8];
  return done(`${key} ${what}`);
}

/**
 * The value of JSON text, if it has only one meaning: no key twice in an object. An independent check that
 * counts the colons outside of strings and the parsed keys.
 */
export function jsonReference(bytes: Uint8Array): { value: unknown } | undefined {
  let [text, value]: [string, unknown] = ['', undefined];
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const colons = text.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;
  let keys = 0;
  const open: unknown[] = [value];
  while (open.length > 0) {
    const at = open.pop();
    if (at === Infinity || at === -Infinity) return undefined;
    if (typeof at !== 'object' || at === null) continue;
    if (!Array.isArray(at)) keys += Object.keys(at).length;
    // Not spread into push: a long array would overflow the stack.
    for (const item of Object.values(at)) open.push(item);
  }
  return colons === keys ? { value } : undefined;
}
