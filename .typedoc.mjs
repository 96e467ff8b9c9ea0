/** `npm run docs`: one page per subpath of `@mckd/lib`, and per namespace of its index, into results/docs/. */
import fs from 'node:fs';

const { exports } = JSON.parse(fs.readFileSync(new URL('lib/package.json', import.meta.url)));

/** The sources of what package.json exports, without what tests alone use. */
const entryPoints = Object.entries(exports)
  .filter(([subpath]) => !subpath.includes('*') && !subpath.endsWith('.json'))
  .map(([, file]) => file.replace(/^\.\/dist\/(.*)\.js$/, 'lib/$1.ts'));

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  name: '@mckd/lib',
  entryPoints,
  tsconfig: 'lib/tsconfig.json',
  out: 'results/docs',
  readme: 'none',
  // TensorFlow.js has pages of its own.
  exclude: ['**/node_modules/**'],
  excludeExternals: true,
  // `npm run build` checks types.
  skipErrorChecking: true,
  disableSources: true,
  // The keys of the first are the type ExerciseId, and its values the answers; the others are parts of a schema.
  intentionallyNotExported: [
    'EXERCISES',
    'madeBySchema',
    'recordedRunSchema',
    'referenceTableSchema',
  ],
};
