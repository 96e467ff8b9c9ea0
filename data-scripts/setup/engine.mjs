/**
 * The set-up's engine: steps that are skipped when a stamp shows that they were finished for the
 * same inputs, a lock against two set-ups at once, and one line of progress per step.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * @typedef {object} Step
 * @property {string} name its result, for the progress line
 * @property {string} stamp the file that marks it as finished, inside the step's folder
 * @property {() => unknown} inputs everything that the result depends on; hashed into the stamp
 * @property {() => boolean} [present] a cheap check that the result still exists
 * @property {(context: StepContext) => Promise<void>} run makes it; safe to repeat
 * @property {(context: StepContext) => Promise<void>} verify throws unless the result is complete
 * @property {boolean} [adopt] accept a complete result without a stamp (made by hand)
 * @property {(context: StepContext) => Promise<void>} [repair] a more thorough run, if the first one's result is incomplete
 * @property {string} fix what to do when it fails; an error that is `plain` needs no log
 *
 * @typedef {object} StepContext
 * @property {(program: string, args: string[], options?: {env?: NodeJS.ProcessEnv}) => Promise<string>} exec
 */

/** A short hash of any JSON value. */
const hashOf = (value) =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);

/** The hashes of files' contents, by name; a file that is missing hashes to null. */
export const hashFiles = (root, names) =>
  Object.fromEntries(
    names.map((name) => {
      const file = path.join(root, name);
      return [name, fs.existsSync(file) ? hashOf(fs.readFileSync(file, 'utf8')) : null];
    }),
  );

/** The content of a stamp file, or null. */
export function readStamp(file) {
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
}

/** Whether the step was finished for the same inputs, and its result exists. */
export const isFresh = (step) =>
  readStamp(step.stamp) === hashOf(step.inputs()) && (step.present?.() ?? true);

function writeStamp(step) {
  fs.mkdirSync(path.dirname(step.stamp), { recursive: true });
  const temporary = `${step.stamp}.${process.pid}`;
  fs.writeFileSync(temporary, `${hashOf(step.inputs())}\n`);
  fs.renameSync(temporary, step.stamp);
}

/**
 * Finishes one step. The stamp is removed first and written last, after the step's
 * own check, so that a step interrupted at any moment is repeated.
 * @param {Step} step @param {StepContext} context
 * @returns {Promise<'skipped' | 'adopted' | 'done'>}
 */
export async function bringUp(step, context) {
  if (isFresh(step)) return 'skipped';
  fs.rmSync(step.stamp, { force: true });
  if (step.adopt) {
    try {
      await step.verify(context);
      writeStamp(step);
      return 'adopted';
    } catch {
      // Missing or incomplete: made below.
    }
  }
  if (step.repair) {
    try {
      await step.run(context);
      await step.verify(context);
    } catch {
      await step.repair(context);
      await step.verify(context);
    }
  } else {
    await step.run(context);
    await step.verify(context);
  }
  writeStamp(step);
  return 'done';
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Whether it is a process of this kit. (Process ids are reused.) */
const worksIn = (pid, root) => {
  try {
    return isAlive(pid) && fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(root);
  } catch {
    return false;
  }
};

/**
 * Waits until no other set-up runs in this checkout, then takes the lock. A set-up that was killed
 * may have left its pip or npm running: it waits for that too.
 * @param {(text: string) => void} tell called once, when there is something to wait for
 * @returns {Promise<{child: (pid: number) => void, release: () => void}>}
 */
export async function takeLock(root, file, tell) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  for (;;) {
    try {
      fs.writeFileSync(file, JSON.stringify({ pid: process.pid }), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    let holder = {};
    try {
      holder = JSON.parse(fs.readFileSync(file, 'utf8'));
    } catch {
      // Interrupted while it was written, or removed meanwhile.
    }
    const busy = [holder.pid, holder.child].find((pid) => pid && worksIn(pid, root));
    if (!busy) {
      fs.rmSync(file, { force: true });
      continue;
    }
    if (!told) tell(`Another set-up runs in this folder (process ${busy}); waiting for it to end.`);
    told = true;
    await sleep(500);
  }
  const release = () => fs.rmSync(file, { force: true });
  return {
    child: (pid) => fs.writeFileSync(file, JSON.stringify({ pid: process.pid, child: pid })),
    release,
  };
}

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** One line per step: on a terminal it is updated (seconds, the tool's last line), in a log it is plain. */
export function progressLine(label, out = process.stdout) {
  const since = Date.now();
  let detail = '';
  const live = () => {
    const line = `${label} ... ${seconds(since)} ${detail}`;
    out.write(`\r\x1b[K${line.slice(0, Math.max(20, (out.columns ?? 80) - 1))}`);
  };
  if (!out.isTTY) out.write(`${label} ... `);
  const timer = out.isTTY ? setInterval(live, 200) : undefined;
  return {
    detail: (text) => {
      detail = text;
    },
    end: (word) => {
      clearInterval(timer);
      out.write(
        out.isTTY
          ? `\r\x1b[K${label} ... ${word} ${seconds(since)}\n`
          : `${word} ${seconds(since)}\n`,
      );
    },
  };
}
