/** Which room of `lib` may use which: each only those before it. `npm run check` holds the sources to it. */
const ROOMS = [
  'base', // errors, JSON, files, locks, random streams, statistics
  'formats', // NIfTI, safetensors, WAV, archives
  'volume', // what is computed on voxels
  'nn', // layers with their gradients, losses, optimizers
  'models', // the networks
  'config', // settings and presets
  'datasets', // which files belong together; recordings, cases, phantoms
  'loading', // from cases to crops
  'report', // tables, figures, notebooks, manifests
  'metrics', // how good a segmentation is
  'published', // printed numbers
  'experiment', // several trainings: what is run, kept, recorded
  'brats',
  'avmnist',
  'checks', // parity with the authors' code, robustness, fixtures
];

/** Files that stand above rooms: the method, the toy, the face. */
const PAGES = { 'mckd.ts': 'config', 'toy.ts': 'config', 'toy-figures.ts': 'report' };

const TESTS = '\\.(test|slow-test)\\.ts$';

const upward = ROOMS.map((room, i) => ({
  name: `${room}-uses-what-is-below-it`,
  comment: `lib/${room} may use ${ROOMS.slice(0, i).join(', ') || 'no other room'}`,
  severity: 'error',
  from: { path: `^lib/${room}/`, pathNot: TESTS },
  to: { path: `^lib/(${ROOMS.slice(i + 1).join('|') || 'none'})/` },
}));

module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...upward.slice(0, -1),
    ...Object.entries(PAGES).map(([page, highest]) => ({
      name: `${page}-uses-what-is-below-it`,
      severity: 'error',
      from: { path: `^lib/${page.replace('.', '\\.')}$` },
      to: { path: `^lib/(${ROOMS.slice(ROOMS.indexOf(highest) + 1).join('|')})/` },
    })),
    {
      name: 'nobody-uses-the-index',
      comment: 'lib/index.ts is for notebooks and commands',
      severity: 'error',
      from: { path: '^lib/', pathNot: TESTS },
      to: { path: '^lib/index\\.ts$' },
    },
    {
      name: 'no-product-uses-tests',
      severity: 'error',
      from: { pathNot: `${TESTS}|^lib/checks/` },
      to: { path: `${TESTS}|^lib/checks/fixtures/` },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: 'node_modules|/dist/|^lib/tfjs-node/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'lib/tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js', '.json'] },
  },
};
