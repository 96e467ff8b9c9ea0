/** Command lines for generated data sets. */
import type { FindCasesOptions } from '@mckd/lib/datasets';
import { main } from '../../cli/mckd';
import type { MadeLayout } from './generate';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** One command line, in this process. */
export function runCommand(args: readonly string[]): Promise<Outcome> {
  return captured(() => main([...args]));
}

/** The output of work, and its exit code. */
export async function captured(work: () => Promise<number>): Promise<Outcome> {
  const [out, err]: string[][] = [[], []];
  const { log, error } = console;
  const write = process.stdout.write.bind(process.stdout);
  console.log = (...words) => void out.push(words.join(' '));
  console.error = (...words) => void err.push(words.join(' '));
  // The test runner's own messages are bytes.
  process.stdout.write = ((text: string | Uint8Array) =>
    typeof text === 'string' ? out.push(text) > 0 : write(text)) as typeof process.stdout.write;
  process.exitCode = undefined;
  try {
    const code = await work();
    return { code, stdout: out.join('\n'), stderr: err.join('\n') };
  } finally {
    console.log = log;
    console.error = error;
    process.stdout.write = write;
    process.exitCode = undefined;
  }
}

const optionOf = (options: readonly string[], name: string): string | undefined =>
  options.includes(name) ? options[options.indexOf(name) + 1] : undefined;

/** The description of a data set, in the library's format. */
export function findingOf({ options }: MadeLayout): FindCasesOptions {
  return { pattern: optionOf(options, '--pattern'), labels: optionOf(options, '--labels') };
}
