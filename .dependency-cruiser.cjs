/** Which room may use which: each only those before it. `npm run check` enforces it. */
const ROOMS = {};
ROOMS.lib = [
  'base', // errors, JSON, files, locks, random streams, statistics
  'formats', // NIfTI, safetensors, WAV, archives
  'volume', // what is computed on voxels
  'nn', // layers with their gradients, losses, optimizers
  'graph', // steps recorded and run as one function of TensorFlow
  'models', // the networks
  'config', // settings and presets
  'datasets', // which files belong together; recordings, cases, phantoms
  'loading', // from cases to crops
  'report', // tables, figures, notebooks, manifests
  'metrics', // segmentation metrics
  'published', // printed numbers
  'experiment', // several trainings: run, stored, compared, recorded
  'brats',
  'avmnist',
  'lessons', // the notebooks' exercises, and their checker
  'namespaces', // the names under which notebooks see the rooms
  'checks', // parity with the authors' code, robustness, fixtures
  'claims', // the paper's claims, and what recorded runs say of each
];

ROOMS['data-scripts'] = [
  'setup', // plain Node: the machine, Python, npm, the addon; the doctor
  'terminal', // progress bars, Ctrl-C, exit codes, text and JSON, --set
  'notebooks', // executes, checks and shows the notebooks
  'bench', // times and memory against PyTorch
  'faults', // kills, broken files, long runs
  'pages', // lib/recorded/*.md
  'commands', // what the commands do
  'cli', // the command line: options, each calling its command
  'checks', // the test runner, the quick loop, and tests of every command
];

/** Files above the rooms: the method, the toy, the public index. */
const PAGES = { 'mckd.ts': 'config', 'toy.ts': 'config', 'toy-figures.ts': 'report' };

const TESTS = '\\.(test|slow-test)\\.m?[jt]s$';

const upward = Object.entries(ROOMS).flatMap(([part, rooms]) =>
  rooms.slice(0, -1).map((room, i) => ({
    name: `${part}/${room}-uses-what-is-below-it`,
    comment: `${part}/${room} may use ${rooms.slice(0, i).join(', ') || 'no other room'}`,
    severity: 'error',
    from: { path: `^${part}/${room}/`, pathNot: TESTS },
    to: { path: `^${part}/(${rooms.slice(i + 1).join('|')})/` },
  })),
);

module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...upward,
    ...Object.entries(PAGES).map(([page, highest]) => ({
      name: `${page}-uses-what-is-below-it`,
      severity: 'error',
      from: { path: `^lib/${page.replace('.', '\\.')}$` },
      to: { path: `^lib/(${ROOMS.lib.slice(ROOMS.lib.indexOf(highest) + 1).join('|')})/` },
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
