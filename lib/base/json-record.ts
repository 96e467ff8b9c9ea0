/** JSON that the kit wrote: read back by its schema, so that a field that is missing or wrong is an error with its name. */
import type { z } from 'zod';
import { UserError } from './errors';
import { parseJson, readJson, showValue, type JsonOptions } from './json';

const FIX = 'get the file again';

/**
 * The value, parsed by the schema.
 * @param file for the message; with the line, where there are several records
 * @throws UserError naming the file, the field and its value
 */
export function checkRecord<T>(
  schema: z.ZodType<T>,
  value: unknown,
  file: string,
  { fix = FIX }: Pick<JsonOptions, 'fix'> = {},
): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [{ path, message }] = result.error.issues;
  const field = path.join('.');
  const found = path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    value,
  );
  throw new UserError(
    `${file}: ${field || 'the record'} is ${showValue(found)} (${message}); ${fix}`,
    { code: 'BAD_FILE', file, field, value: found },
  );
}

/** @throws UserError as `parseJson` and `checkRecord` */
export function parseRecord<T>(
  schema: z.ZodType<T>,
  content: string | Uint8Array,
  file: string,
  options: JsonOptions = {},
): T {
  const { fix = FIX } = options;
  return checkRecord(schema, parseJson(content, file, { ...options, fix }), file, { fix });
}

/** @throws UserError as `readJson` and `checkRecord` */
export function readRecord<T>(schema: z.ZodType<T>, file: string, options: JsonOptions = {}): T {
  const { fix = FIX } = options;
  return checkRecord(schema, readJson(file, { ...options, fix }), file, { fix });
}
