/** Advice in a message of the kit, and a test that it helps. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readNifti, writeNifti } from '@mckd/lib/formats';
import { runCommand } from '../layouts/command';

export interface AdviceRow {
  /** The fault. */
  of: string;
  /** Makes it in a new folder, and returns the command line that meets it. */
  meet: (place: Place) => string[] | Promise<string[]>;
  /** The advice in the message; its group is what a user copies. */
  advice: RegExp;
  /** The command lines that follow it, one after the other. Default: the one that failed, with the advice appended. */
  follow?: (args: string[], advice: string[], place: Place) => string[][];
  /** The advice is in a note of a command that succeeds. */
  noted?: boolean;
}

/** The files of a row. */
export interface Place {
  at: (...names: string[]) => string;
  /** Of a tiny network without facts of its training. */
  weights: string;
  /** A folder with a training of two steps of the cases a to e in `at('data')`; a copy for each row. */
  trained: () => Promise<string>;
}

/** Parsed as by a shell. */
function shellWords(text: string): string[] {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `printf '%s\\0' ${text}`], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout.split('\0').slice(0, -1);
}

/** Makes the fault, follows the advice literally, and checks that the fault is gone and no other occurs. */
export async function followAdvice(
  { meet, advice, follow, noted = false }: AdviceRow,
  place: Place,
): Promise<void> {
  const args = await meet(place);
  const first = await runCommand(args);
  const message = `${first.stderr}\n${first.stdout}`;
  assert.equal(first.code, noted ? 0 : 1, message);
  const [, found] = advice.exec(message) ?? assert.fail(`no such advice: ${message}`);
  const words = shellWords(found);
  for (const next of follow?.(args, words, place) ?? [[...args, ...words]]) {
    const { code, stdout, stderr } = await runCommand(next);
    assert.equal(code, 0, `${next.join(' ')}: ${stderr}\n${stdout}`);
    assert.doesNotMatch(`${stderr}\n${stdout}`, advice);
  }
}

/** Changes an image's voxels, in place. */
export async function changeVoxels(
  file: string,
  change: (value: number, i: number) => number,
): Promise<void> {
  const image = await readNifti(file);
  const values = Float32Array.from(image.values, change);
  writeNifti(file, { ...image, values, datatype: 'float32' });
}

/** A command line without an option and its value. */
export function without(args: readonly string[], option: string): string[] {
  const at = args.indexOf(option);
  return args.filter((_, i) => at < 0 || i < at || i > at + 1);
}

/** A command line with another value of an option. */
export function withValue(args: readonly string[], option: string, value: string): string[] {
  return [...without(args, option), option, value];
}
