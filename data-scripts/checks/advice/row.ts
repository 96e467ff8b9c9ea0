/** Advice that a message of the kit gives, and what happens to who follows it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readNifti, writeNifti } from '@mckd/lib/dist/formats/nifti';
import { runCommand } from '../layouts/command';

export interface AdviceRow {
  /** The fault. */
  of: string;
  /** Makes it in a folder of its own, and says the command line that meets it. */
  meet: (place: Place) => string[] | Promise<string[]>;
  /** The advice in the message: what its group finds is what a user copies. */
  advice: RegExp;
  /** The command lines of who follows it, one after the other. Default: the one that failed, and the advice behind it. */
  follow?: (args: string[], advice: string[], place: Place) => string[][];
  /** The advice is a note's, of a command that ends well. */
  noted?: boolean;
}

/** Where a row's files are. */
export interface Place {
  at: (...names: string[]) => string;
  /** Of a tiny network that says nothing of its training. */
  weights: string;
  /** A folder with a training of two steps of the cases a to e in `at('data')`; a copy for each row. */
  trained: () => Promise<string>;
}

/** As a shell takes them. */
export function shellWords(text: string): string[] {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `printf '%s\\0' ${text}`], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  return stdout.split('\0').slice(0, -1);
}

/** Meets the fault, follows the advice to the letter, and holds that the fault is gone and no other came. */
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
