/** The set-up's steps that build tfjs-node's addon on the TensorFlow wheel, and register the kernel. */
import fs from 'node:fs';
import path from 'node:path';
import { NODE_FIX } from './preflight.mjs';
import { hashFiles, readStamp } from './engine.mjs';
import { fail, places, VERSION } from './steps.mjs';

/** NVIDIA's libraries beside the TensorFlow wheel, dependencies first. */
export function nvidiaLibraries(wheels) {
  const folder = path.join(wheels, 'nvidia');
  if (!fs.existsSync(folder)) return [];
  const order = [
    'cuda_runtime',
    'nvjitlink',
    'cuda_nvrtc',
    'cublas',
    'cufft',
    'curand',
    'cusparse',
    'cusolver',
    'cudnn',
    'nccl',
    'cuda_cupti',
  ];
  const main =
    /^lib(cudart|nvJitLink|nvrtc|cublasLt|cublas|cufft|curand|cusparse|cusolver|cudnn|nccl|cupti)\.so\.\d+$/;
  return order.flatMap((name) => {
    const lib = path.join(folder, name, 'lib');
    if (!fs.existsSync(lib)) return [];
    const files = fs.readdirSync(lib).filter((file) => main.test(file));
    // cublas needs cublasLt.
    return files.sort((a, b) => b.length - a.length).map((file) => path.join(lib, file));
  });
}

/**
 * The instruction sets that the kit's kernels are compiled for, with the compiler's flags. On x86 they are what
 * oneDNN calls AVX512_CORE, AVX2 and SSE41; environment/addon-front.cc chooses among them.
 */
const KERNEL_LEVELS =
  process.arch === 'x64'
    ? {
        avx512: ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mfma'],
        avx2: ['-mavx2', '-mfma'],
        baseline: ['-msse4.1'],
      }
    : { baseline: [] };

const kernelFile = (level) => `mckd_kernels_${level}.so`;

const filesOf = (folder) => (fs.existsSync(folder) ? fs.readdirSync(folder).sort() : []);

const BUILT = [
  'tfjs_binding.node',
  'tfjs_tensorflow.so',
  'mckd_volume.node',
  ...Object.keys(KERNEL_LEVELS).map(kernelFile),
];

/**
 * tfjs-node's addon and the kit's kernels, compiled against the TensorFlow wheel. They use only Node-API, so that one
 * build works with every Node.
 */
export function addonStep(root, env, variant, compiler) {
  const at = () => places(root);
  const sources = ['tfjs_backend.cc', 'tfjs_binding.cc'];
  return {
    name: 'tfjs addon and kernels (C++, against the wheel)',
    stamp: at().stamp.addon,
    inputs: () => [
      VERSION,
      variant,
      path.relative(at().addonFolder, at().wheel),
      hashFiles(at().environment, ['addon-front.cc', 'step-graph.cc', `tensorflow-${variant}.txt`]),
      hashFiles(at().nativeKernels, filesOf(at().nativeKernels)),
      hashFiles(at().nativeVolume, filesOf(at().nativeVolume)),
      hashFiles(at().tfjs, ['package.json']),
    ],
    present: () => BUILT.every((name) => fs.existsSync(path.join(at().addonFolder, name))),
    run: async ({ exec }) => {
      const {
        addonFolder,
        tfjs,
        wheel,
        nativeKernels,
        nativeVolume,
        nodeModules,
        environment,
        tensorflow: wheels,
      } = at();
      fs.mkdirSync(addonFolder, { recursive: true });
      const [program, ...first] = compiler().split(' ').filter(Boolean);
      const common = [
        ...first,
        '-std=c++17',
        '-O2',
        '-fPIC',
        '-shared',
        '-w',
        '-DNAPI_VERSION=8',
        '-DNODE_GYP_MODULE_NAME=tfjs_binding',
        '-DBUILDING_NODE_EXTENSION',
        `-I${path.join(nodeModules, 'node-api-headers', 'include')}`,
      ];
      // Written beside and moved into place: an interrupted build leaves the old addon or none.
      const build = async (name, args) => {
        const target = path.join(addonFolder, name);
        await exec(program, [...common, ...args, '-o', `${target}.new`]);
        fs.renameSync(`${target}.new`, target);
      };
      const tensorflow = [
        `-I${path.join(wheel, 'include')}`,
        `-L${wheel}`,
        '-l:libtensorflow_cc.so.2',
        '-l:libtensorflow_framework.so.2',
        `-Wl,-rpath,$ORIGIN/${path.relative(addonFolder, wheel)}`,
      ];
      const binding = sources.map((name) => path.join(tfjs, 'binding', name));
      const own = filesOf(nativeKernels).filter((name) => name.endsWith('.cc'));
      await Promise.all([
        build('tfjs_tensorflow.so', [
          ...binding,
          path.join(environment, 'step-graph.cc'),
          ...tensorflow,
          // It takes note of the context that tfjs-node makes.
          '-Wl,--wrap=TFE_NewContext',
        ]),
        build('mckd_volume.node', [
          path.join(nativeVolume, 'volume.cc'),
          '-O3',
          // The same bits as TypeScript, which knows no product and sum in one.
          '-ffp-contract=off',
          '-fno-trapping-math',
          '-fno-math-errno',
        ]),
        ...Object.entries(KERNEL_LEVELS).map(([level, flags]) =>
          build(kernelFile(level), [
            '-O3',
            ...flags,
            // No kernel uses floating-point exceptions or errno; without them loops vectorise.
            '-fno-trapping-math',
            '-fno-math-errno',
            '-fvisibility=hidden',
            '-pthread',
            ...own.map((name) => path.join(nativeKernels, name)),
            ...tensorflow,
          ]),
        ),
      ]);
      const libraries = (variant === 'gpu' ? nvidiaLibraries(wheels) : []).map((file) =>
        path.relative(addonFolder, file),
      );
      fs.writeFileSync(
        path.join(addonFolder, 'preload.txt'),
        libraries.map((line) => `${line}\n`).join(''),
      );
      await build('tfjs_binding.node', [
        path.join(environment, 'addon-front.cc'),
        '-ldl',
        '-pthread',
      ]);
    },
    // The next step checks that it loads: that depends on the Node as well.
    verify: async () => {
      const missing = BUILT.find((name) => !fs.existsSync(path.join(at().addonFolder, name)));
      if (missing) fail(`${missing} was not built`);
    },
    fix: 'A working C++ compiler is needed (CXX chooses one); `npm run doctor` shows the one found.',
  };
}

/**
 * Checks that tfjs, danfojs and the kernel work under this Node. Tried once for each Node and
 * each build of the addon, which is built again before the error names the Node.
 */
export function nodeStep(root, addon, compiler) {
  const { stamp, environment } = places(root);
  const check = async ({ exec }) => {
    try {
      await exec(process.execPath, [path.join(environment, 'check-node.cjs')]);
    } catch (error) {
      const reason = error.output?.trim().split('\n').at(-1) || error.message;
      throw Object.assign(
        new Error(
          `tfjs, danfojs or tslab does not work under Node ${process.versions.node}: ${reason.replace(/\.$/, '')}`,
        ),
        { plain: true },
      );
    }
  };
  return {
    name: `tfjs, danfojs and tslab under Node ${process.versions.node}`,
    stamp: stamp.node,
    inputs: () => [VERSION, process.versions.node, readStamp(stamp.addon)],
    run: check,
    verify: async () => {},
    repair: async (context) => {
      if (compiler()) await addon.run(context);
      await check(context);
    },
    fix: `${NODE_FIX} TensorFlow also needs a processor with AVX (\`npm run doctor\` shows it).`,
  };
}

/** Content of kernel.json: this Node, and the tslab of this checkout. */
export const kernelSpec = (root) => ({
  argv: [
    process.execPath,
    path.join(places(root).nodeModules, 'tslab', 'bin', 'tslab'),
    'kernel',
    '--config-path',
    '{connection_file}',
  ],
  display_name: 'TypeScript',
  language: 'typescript',
});

/** The tslab kernel, registered in .venv for this Node and this checkout. */
export function kernelStep(root) {
  const { kernel, stamp } = places(root);
  const text = () => `${JSON.stringify(kernelSpec(root), null, 2)}\n`;
  const verify = () => {
    if (fs.readFileSync(kernel, 'utf8') !== text()) fail(`${kernel} has unexpected content`);
    const script = kernelSpec(root).argv[1];
    if (!fs.existsSync(script)) fail(`${script} is missing`);
  };
  return {
    name: 'tslab kernel in .venv',
    stamp: stamp.kernel,
    inputs: () => [VERSION, kernelSpec(root)],
    present: () => fs.existsSync(kernel) && fs.readFileSync(kernel, 'utf8') === text(),
    run: async () => {
      fs.mkdirSync(path.dirname(kernel), { recursive: true });
      fs.writeFileSync(kernel, text());
    },
    verify: async () => verify(),
    fix: 'Check that .venv can be written, and start again.',
  };
}
