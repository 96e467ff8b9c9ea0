/** Command lines for generated data sets. */
import type { FindCasesOptions } from '@mckd/lib/datasets';
import { main } from '../../cli/mckd';
import type { MadeLayout } from './generate';

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Variables of the environment, for work in this process; undefined removes one. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** One command line, in this process: a process of its own that loads TensorFlow takes a second more. */
export function runCommand(args: readonly string[], env: Variables = {}): Promise<Outcome> {
  return withVariables(env, () => captured(() => main([...args])));
}

/** Work with other variables, which are restored afterwards. */
export async function withVariables<T>(env: Variables, work: () => Promise<T>): Promise<T> {
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  setVariables(Object.entries(env));
  try {
    return await work();
  } finally {
    setVariables(before);
  }
}

function setVariables(variables: readonly (readonly [string, string | undefined])[]): void {
  for (const [name, value] of variables) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** The output of work, and its exit code. */
export async function captured(work: () => Promise<number>): Promise<Outcome> {
  const [out, err]: string[][] = [[], []];
  const { log, error } = console;
  const restore = [caught(process.stdout, out), caught(process.stderr, err)];
  console.log = (...words) => void out.push(`${words.join(' ')}\n`);
  console.error = (...words) => void err.push(`${words.join(' ')}\n`);
  process.exitCode = undefined;
  try {
    const code = await work();
    return { code, stdout: out.join(''), stderr: err.join('') };
  } finally {
    console.log = log;
    console.error = error;
    for (const end of restore) end();
    process.exitCode = undefined;
  }
}

/** Texts written to a stream go to a list; the test runner's own messages are bytes. Returns the end of it. */
function caught(stream: NodeJS.WriteStream, texts: string[]): () => void {
  const write = stream.write.bind(stream);
  stream.write = ((text: string | Uint8Array, ...rest: never[]) =>
    typeof text === 'string' ? texts.push(text) > 0 : write(text, ...rest)) as typeof stream.write;
  return () => void (stream.write = write);
}

const optionOf = (options: readonly string[], name: string): string | undefined =>
  options.includes(name) ? options[options.indexOf(name) + 1] : undefined;

/** The description of a data set, in the library's format. */
export function findingOf({ options }: MadeLayout): FindCasesOptions {
  return { pattern: optionOf(options, '--pattern'), labels: optionOf(options, '--labels') };
}
