/** The version of the library, stored in checkpoints. */
import { readFileSync } from 'node:fs';
import { shippedFile } from './shipped-file';

const PACKAGE = shippedFile('package.json');

export const LIB_VERSION = (JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string })
  .version;
