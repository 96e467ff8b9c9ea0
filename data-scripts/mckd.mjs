#!/usr/bin/env node
/** The kit's command line; the commands themselves are TypeScript, compiled to dist/. */
const NOT_BUILT =
  'The kit is not built yet; run `npm start`, or `node data-scripts/start.mjs setup` for the set-up only.';

// Only a missing file of ours or a missing commander means "not built"; other errors are bugs.
const isMissing = (error) =>
  (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND') &&
  /dist\/cli\/mckd\.js|commander|@mckd\/lib/.test(error.message);

try {
  const { runToEnd } = await import('./dist/cli/mckd.js');
  await runToEnd(process.argv.slice(2));
} catch (error) {
  console.error(isMissing(error) ? NOT_BUILT : error.stack);
  process.exitCode = 1;
}
