import tseslint from 'typescript-eslint';

/** Sources of randomness that no seed of the kit controls, and clocks in seeds. */
const CLOCK = 'Identifier[name=/^(Date|performance|hrtime|pid)$/]';
export const UNSEEDED = [
  'MemberExpression[object.name="Math"][property.name="random"]',
  'Identifier[name=/^(randomBytes|randomUUID|randomInt|getRandomValues|randomFillSync)$/]',
  'MemberExpression[object.name="tf"][property.name=/^(random|truncatedNormal|multinomial|dropout|initializers)/]',
  `CallExpression[callee.name=/stream/i] ${CLOCK}`,
  `:matches(Property[key.name=/seed/i], VariableDeclarator[id.name=/seed/i]) ${CLOCK}`,
].map((selector) => ({
  selector,
  message: 'Not controlled by the seed: draw from randomStream (lib/base/random.ts).',
}));

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '.venv/**',
      '.venv-cluster/**',
      '.venv-site/**',
      'results/**',
      'notebooks/**',
      'lib/tfjs-node/**',
    ],
  },
  {
    files: ['lib/**/*.ts', 'data-scripts/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['lib/tsconfig.json', 'data-scripts/tsconfig.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // In a notebook, a floating promise vanishes with its error.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // `x.add(y) as tf.Tensor4D` says the rank as plainly as `x.add<tf.Tensor4D>(y)`.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
    },
  },
  {
    files: ['lib/**/*.ts'],
    // They name a notebook's output, locks and unfinished files, and a function of TensorFlow.
    ignores: [
      '**/*.test.ts',
      'lib/report/display.ts',
      'lib/base/lock.ts',
      'lib/base/atomic-write.ts',
      'lib/datasets/phantom/files.ts',
      'lib/graph/steps.ts',
    ],
    rules: { 'no-restricted-syntax': ['error', ...UNSEEDED] },
  },
  {
    files: ['**/*.mjs'],
    extends: [tseslint.configs.recommended],
  },
  {
    files: ['**/*.test.ts', '**/*.slow-test.ts'],
    rules: {
      // node:test's test() and suite() return promises that the runner itself waits for.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['test', 'it', 'describe', 'suite', 'before', 'after'],
            },
          ],
        },
      ],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // JSON.parse and hand-made wrong input are `any`, and in a test that is the point.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
);
