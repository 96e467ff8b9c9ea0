/** Child processes of the set-up and of the verbs: logged ones, and ones with the terminal. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** The exit code of a child, as in a shell. */
const exitCode = (code, signal) =>
  code === null ? 128 + (os.constants.signals[signal] ?? 0) : code;

/**
 * Runs a program with the terminal and returns its exit code. Ctrl-C reaches it through the
 * terminal; a signal sent only to this process is forwarded.
 */
export function runThrough(program, args, { cwd, env = process.env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: 'inherit' });
    const handlers = SIGNALS.map((signal) => {
      const handler = () => {
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
      };
      process.on(signal, handler);
      return [signal, handler];
    });
    const done = () => handlers.forEach(([signal, handler]) => process.off(signal, handler));
    child.on('error', (error) => {
      done();
      reject(error);
    });
    child.on('exit', (code, signal) => {
      done();
      resolve(exitCode(code, signal));
    });
  });
}

/**
 * Runs a program with its output in the log file. `onLine` gets every line; `onStart` gets the
 * process id. Resolves to its stdout; when it
 * does not exit with 0, rejects with an error that holds that as `output`.
 */
export function runLogged(program, args, { cwd, env, log, onLine = () => {}, onStart = () => {} }) {
  return new Promise((resolve, reject) => {
    fs.appendFileSync(log, `\n$ ${[program, ...args].join(' ')}\n`);
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid !== undefined) onStart(child.pid);
    let stdout = '';
    let pending = '';
    const take = (text) => {
      fs.appendFileSync(log, text);
      pending += text;
      const lines = pending.split(/[\r\n]+/);
      pending = lines.pop();
      for (const line of lines) if (line.trim()) onLine(line.trim());
    };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      take(text);
    });
    child.stderr.setEncoding('utf8').on('data', take);
    const stop = () => child.kill('SIGTERM');
    process.on('exit', stop);
    child.on('error', (error) => {
      process.off('exit', stop);
      reject(error);
    });
    child.on('close', (code, signal) => {
      process.off('exit', stop);
      if (code === 0) resolve(stdout);
      else {
        const error = new Error(`${program} ended with ${signal ?? `exit code ${code}`}`);
        reject(Object.assign(error, { output: stdout }));
      }
    });
  });
}

/**
 * The environment for npm inside npm: variables that npm set for its own script are removed (they would turn
 * `npm ci` into another command), while the user's registry, proxy and certificates are kept.
 */
export function cleanNpmEnvironment(env) {
  const own =
    /^npm_(package_|lifecycle_|command$|config_(local_prefix|workspaces?|include_workspace_root|omit|include|only|production|also|global|dry_run|package_lock(_only)?|ignore_scripts|script_shell|location|prefix|global_prefix|node_gyp)$)/i;
  const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !own.test(name)));
  delete clean.NODE_ENV;
  delete clean.INIT_CWD;
  return clean;
}
