/**
 * Requirements before anything is installed: Linux x86-64, Node 20 or later, Python 3.10-3.14 with venv (or uv),
 * a C++ compiler, disk space. Each problem is one sentence and its fix.
 *
 * Plain syntax without dependencies: an old Node must be able to print the sentence that refuses it.
 */
import { spawnSync } from 'child_process';
import fs from 'fs';
import path from 'path';

/** @typedef {{sentence: string, fix: string}} Problem */

/** The tested majors of Node. */
export const TRIED_NODES = [20, 22, 24, 26];

const triedNodes = `${TRIED_NODES.slice(0, -1).join(', ')} or ${TRIED_NODES.at(-1)}`;

const majorOf = (version) => Number(version.split('.')[0]);

export const NODE_FIX = `Install Node ${triedNodes} (for example with \`nvm install ${TRIED_NODES.at(-2)}\`, or https://nodejs.org) and start again.`;

/** Checks that Node is not too old. `version` is like "20.11.1". @returns {Problem | null} */
export function nodeProblem(version) {
  if (majorOf(version) >= TRIED_NODES[0]) return null;
  return {
    sentence: `This is Node ${version}, and the kit needs Node ${TRIED_NODES[0]} or later.`,
    fix: NODE_FIX,
  };
}

/** A note on an untested Node; null for the others. */
export function nodeNote(version) {
  if (TRIED_NODES.includes(majorOf(version))) return null;
  return `Node ${version} is not among the tested ones (${triedNodes}); the set-up checks whether it works.`;
}

/** Only Linux x86-64 with glibc has the TensorFlow wheel for the addon. @returns {Problem | null} */
export function platformProblem(platform, arch, musl) {
  if (platform === 'linux' && arch === 'x64' && !musl) return null;
  return {
    sentence: `This machine is ${platform} ${arch}${musl ? ' with musl' : ''}, and the kit is built for Linux x86-64 with glibc only.`,
    fix: 'Use a Linux x86-64 machine or container with glibc (Debian, Ubuntu, Fedora, WSL 2 on Windows).',
  };
}

/** @typedef {{command: string, found: boolean, version?: string, venv?: boolean, bits?: number}} PythonCandidate */

/** The minors of Python 3 whose packages are pinned. */
const MINORS = [14, 13, 12, 11, 10];
const inRange = (version) => MINORS.some((minor) => version.startsWith(`3.${minor}.`));

/**
 * Chooses the first Python 3.10-3.14 with a working venv module from the candidates, in their order; uv makes
 * environments without that module. `chosen` is the value of MCKD_PYTHON, if set.
 * @param {PythonCandidate[]} candidates @returns {{python?: PythonCandidate, problem?: Problem}}
 */
export function choosePython(candidates, { chosen, uv } = {}) {
  const found = candidates.filter((c) => c.found);
  const good = found.find((c) => inRange(c.version) && (c.venv || uv) && c.bits === 64);
  if (good) return { python: good };
  const fixVersion =
    'Install one of Python 3.10 to 3.14, or name an installed one: MCKD_PYTHON=/path/to/python3.11 npm start.';
  if (chosen && found.length === 0) {
    return {
      problem: {
        sentence: `MCKD_PYTHON names ${chosen}, which does not start as a Python.`,
        fix: 'Set it to the path of a Python 3.10 to 3.14, or unset it.',
      },
    };
  }
  const noVenv = found.find((c) => inRange(c.version));
  if (noVenv) {
    const minor = noVenv.version.split('.').slice(0, 2).join('.');
    return {
      problem:
        noVenv.bits === 64
          ? {
              sentence: `Python ${noVenv.version} (${noVenv.command}) has no working venv module.`,
              fix: `Install it: sudo apt-get install python${minor}-venv (Debian, Ubuntu), or use another Python: MCKD_PYTHON=/path/to/python3.11 npm start.`,
            }
          : {
              sentence: `Python ${noVenv.version} (${noVenv.command}) is a ${noVenv.bits}-bit one, and TensorFlow needs 64 bits.`,
              fix: fixVersion,
            },
    };
  }
  if (found.length > 0) {
    const names = found.map((c) => `${c.command} is ${c.version}`).join(', ');
    return {
      problem: { sentence: `No Python 3.10 to 3.14 was found (${names}).`, fix: fixVersion },
    };
  }
  return { problem: { sentence: 'No Python was found.', fix: fixVersion } };
}

/** @param {{command: string, works: boolean}[]} candidates @returns {{compiler?: string, problem?: Problem}} */
export function chooseCompiler(candidates) {
  const good = candidates.find((c) => c.works);
  if (good) return { compiler: good.command };
  const tried = candidates.map((c) => c.command).join(', ');
  return {
    problem: {
      sentence: `No C++17 compiler works here (tried ${tried}).`,
      fix: 'Install one: sudo apt-get install g++ (Debian, Ubuntu), sudo dnf install gcc-c++ (Fedora); or name one: CXX=/path/to/c++ npm start.',
    },
  };
}

/** Disk space for the set-up: `free` and `needed` in GB. @returns {Problem | null} */
export function diskProblem(free, needed, folder) {
  if (free >= needed) return null;
  return {
    sentence: `The disk of ${folder} has ${free.toFixed(1)} GB free, and the set-up needs ${needed} GB.`,
    fix: 'Free some space, or put the kit on another disk.',
  };
}

const PYTHON_FACTS = `
import struct, sys
try:
    import ensurepip, venv
    ok = True
except ImportError:
    ok = False
print("%d.%d.%d %s %d" % (sys.version_info[0], sys.version_info[1], sys.version_info[2], ok, struct.calcsize("P") * 8))
`;

/** Starts `command` and reads its facts. @returns {PythonCandidate} */
function probePython(command) {
  const run = spawnSync(command, ['-c', PYTHON_FACTS], { encoding: 'utf8', timeout: 120000 });
  const match = /^(\d+\.\d+\.\d+) (True|False) (\d+)/m.exec(run.stdout || '');
  if (run.status !== 0 || !match) return { command, found: false };
  return {
    command,
    found: true,
    version: match[1],
    venv: match[2] === 'True',
    bits: Number(match[3]),
  };
}

/** The Pythons to check, in order; an active conda environment's comes first. */
export function pythonCommands(env) {
  if (env.MCKD_PYTHON) return [env.MCKD_PYTHON];
  const conda = env.CONDA_PREFIX ? [path.join(env.CONDA_PREFIX, 'bin', 'python')] : [];
  return conda.concat(['python3', ...MINORS.map((minor) => `python3.${minor}`), 'python']);
}

/** uv's program, if there is one that works. @returns {string | undefined} */
export function findUv(env) {
  return spawnSync('uv', ['--version'], { env, timeout: 60000 }).status === 0 ? 'uv' : undefined;
}

/** Finds the Python to use, stopping at the first that fits. */
export function findPython(env) {
  const candidates = [];
  const options = { chosen: env.MCKD_PYTHON, uv: findUv(env) };
  for (const command of pythonCommands(env)) {
    candidates.push(probePython(command));
    const { python } = choosePython(candidates, options);
    if (python) return { python };
  }
  return choosePython(candidates, options);
}

/** Finds a compiler that accepts a small C++17 program. $CXX is tried first. */
export function findCompiler(env) {
  const commands = (env.CXX ? [env.CXX] : []).concat(['c++', 'g++', 'clang++']);
  const candidates = [];
  for (const command of commands) {
    const [program, ...args] = command.split(' ').filter(Boolean);
    const run = spawnSync(program, args.concat(['-x', 'c++', '-std=c++17', '-fsyntax-only', '-']), {
      input: '#include <string>\n#include <fstream>\nint main() { return 0; }\n',
      timeout: 120000,
    });
    candidates.push({ command, works: run.status === 0 });
    if (run.status === 0) break;
  }
  return chooseCompiler(candidates);
}

/** Whether this Node runs on musl (Alpine). */
export function isMusl() {
  if (process.platform !== 'linux' || !process.report) return false;
  return !process.report.getReport().header.glibcVersionRuntime;
}

/** Free space at `folder`, in GB. */
export function freeGigabytes(folder) {
  if (!fs.statfsSync) return Infinity; // Node before 18.15, which is refused anyway
  const stats = fs.statfsSync(folder);
  return (stats.bavail * stats.bsize) / 1e9;
}

/**
 * The checks that examine the machine; throws nothing, installs nothing. A Python and a
 * compiler are searched only if the set-up still needs them.
 * @param {{python: boolean, compiler: boolean, gigabytes: number}} needs
 * @returns {{problem?: Problem, python?: PythonCandidate, compiler?: string}}
 */
export function preflight(root, env, needs) {
  const platform = platformProblem(process.platform, process.arch, isMusl());
  if (platform) return { problem: platform };
  const { python, problem: noPython } = needs.python ? findPython(env) : {};
  if (noPython) return { problem: noPython };
  const { compiler, problem: noCompiler } = needs.compiler ? findCompiler(env) : {};
  if (noCompiler) return { problem: noCompiler };
  const disk = diskProblem(freeGigabytes(root), needs.gigabytes, root);
  return disk ? { problem: disk } : { python, compiler };
}
