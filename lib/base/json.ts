/**
 * JSON that may have been edited by hand or damaged: it has one meaning, or it is an error that names the file.
 *
 * JSON.parse alone would keep the last of two entries of one name, and turn broken UTF-8 into other text, both silently.
 */
import { readFileSync, statSync } from 'node:fs';
import { inspect } from 'node:util';
import { UserError } from './errors';
import { decodeText } from './text';

export interface JsonOptions {
  /** What the reader of the message should do. */
  fix?: string;
  /** Bytes of the text; text of small objects takes twenty times its length in memory. */
  mostBytes?: number;
  /** Brackets inside of brackets. */
  mostDepth?: number;
}

const MOST_BYTES = 8_000_000;
const MOST_DEPTH = 64;

/**
 * The value of JSON text.
 * @param content text, or its bytes, see `decodeText`
 * @throws UserError naming the file: no JSON, no text, a name twice in one object or the name `__proto__`,
 *   brackets too deep, a number beyond float64, or too much text
 */
export function parseJson(
  content: string | Uint8Array,
  file: string,
  options: JsonOptions = {},
): unknown {
  const {
    fix = 'get the file again or fix it',
    mostBytes = MOST_BYTES,
    mostDepth = MOST_DEPTH,
  } = options;
  const fault = (what: string, field: string, cause?: unknown): UserError =>
    new UserError(`${file} ${what}; ${fix}`, { code: 'BAD_FILE', file, field }, { cause });
  if (content.length > mostBytes) {
    throw fault(`is JSON of ${content.length} bytes, and at most ${mostBytes} are read`, 'length');
  }
  let twice: string | undefined;
  let value: unknown;
  try {
    const text = typeof content === 'string' ? content : decodeText(content);
    twice = repeatedKey(text, mostDepth);
    value = JSON.parse(text);
  } catch (cause) {
    throw fault(`is not JSON (${showText((cause as Error).message)})`, 'JSON', cause);
  }
  if (twice !== undefined) throw fault(`has ${showText(JSON.stringify(twice))} twice`, twice);
  const odd = oddPlace(value);
  if (odd) throw fault(odd, 'JSON');
  return value;
}

/**
 * The value in a JSON file.
 * @throws UserError as `parseJson`, and when the file can't be read
 */
export function readJson(file: string, options: JsonOptions = {}): unknown {
  const { fix = 'get the file again or fix it', mostBytes = MOST_BYTES } = options;
  let bytes: Buffer;
  try {
    const { size } = statSync(file);
    if (size > mostBytes)
      throw new Error(`it has ${size} bytes, and at most ${mostBytes} are read`);
    bytes = readFileSync(file);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new UserError(
      `${file} can't be read (${reason}); ${fix}`,
      { code: 'CANNOT_READ', file },
      { cause },
    );
  }
  return parseJson(bytes, file, options);
}

/** A value for a message, in at most 200 characters, however long or deep it is. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'absent';
  if (typeof value === 'string') return showText(JSON.stringify(value.slice(0, 200)));
  if (typeof value === 'number') return String(value);
  const short = { depth: 2, maxArrayLength: 8, maxStringLength: 80, breakLength: Infinity };
  return showText(inspect(value, short).replace(/(\d)n$/, '$1'));
}

function showText(text: string): string {
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

/**
 * A key that one object of the text has twice. Runs before the text is parsed, and checks its depth
 * on the way.
 * @throws Error for deeper text, and for a key that is no JSON
 */
export function repeatedKey(json: string, mostDepth: number): string | undefined {
  const open: Set<string>[] = [];
  let twice: string | undefined;
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (c === '{' || c === '[') {
      // One set per level takes far more memory than the bracket's character.
      if (open.push(new Set()) > mostDepth) throw new Error(`nested deeper than ${mostDepth}`);
    } else if (c === '}' || c === ']') open.pop();
    else if (c === '"') {
      const start = i;
      for (i += 1; i < json.length && json[i] !== '"'; i++) if (json[i] === '\\') i += 1;
      const end = i + 1;
      while (' \n\r\t'.includes(json[i + 1] ?? '.')) i += 1;
      if (json[i + 1] !== ':') continue;
      const key = JSON.parse(json.slice(start, end)) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) twice ??= key;
      keys?.add(key);
    }
  }
  return twice;
}

/** What JSON.parse accepts and the kit must not; the depth has been checked. */
function oddPlace(value: unknown): string | undefined {
  if (value === Infinity || value === -Infinity) return `holds a number beyond float64 (${value})`;
  if (typeof value !== 'object' || value === null) return undefined;
  // Set on an object, this name changes what the object is.
  if (Object.hasOwn(value, '__proto__'))
    return 'holds the name "__proto__", which nothing here has';
  for (const item of Object.values(value)) {
    const odd = oddPlace(item);
    if (odd) return odd;
  }
  return undefined;
}
