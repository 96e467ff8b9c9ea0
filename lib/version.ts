/** The version of the library, which checkpoints name. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** lib/package.json, seen from lib/dist. */
const PACKAGE = join(__dirname, '..', 'package.json');

export const LIB_VERSION = (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string })
  .version;
