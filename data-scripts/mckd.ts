/** The kit's command line: one file a command in commands/, each loaded when it is called. */
import { Command, CommanderError } from 'commander';
import { ReaderError } from '@mckd/lib/dist/errors';
import { ablateCommand } from './commands/ablate';
import { checkUploadCommand } from './commands/check-upload';
import { dataCommand } from './commands/data';
import { doctorCommand } from './commands/doctor';
import { evaluateCommand } from './commands/evaluate';
import { faultsCommand } from './commands/faults';
import { inspectCommand } from './commands/inspect';
import { notebookTextCommand } from './commands/notebook-text';
import { measureCommand } from './commands/measure';
import { overfitCommand } from './commands/overfit';
import { parityCommand } from './commands/parity';
import { postprocessCommand } from './commands/postprocess';
import { recordCommand } from './commands/record';
import { runCommand } from './commands/run';
import { segmentCommand } from './commands/segment';
import { trainCommand } from './commands/train';
import { benchCommand } from './commands/bench';
import { compareCommand } from './commands/compare';
import { tuneCommand } from './commands/tune';
import { verifyCommand } from './commands/verify';
import { viewCommand } from './commands/view';

/** The program with all its commands. */
export function buildProgram(): Command {
  const program = new Command('mckd')
    .description('MCKD (arXiv 2405.07155) reproduced: notebooks, data, runs')
    .showHelpAfterError('(add --help for the options)')
    .exitOverride();
  const commands = [
    runCommand(),
    dataCommand(),
    inspectCommand(),
    verifyCommand(),
    checkUploadCommand(),
    trainCommand(),
    compareCommand(),
    ablateCommand(),
    evaluateCommand(),
    segmentCommand(),
    viewCommand(),
    overfitCommand(),
    benchCommand(),
    measureCommand(),
    parityCommand(),
    faultsCommand(),
    postprocessCommand(),
    recordCommand(),
    tuneCommand(),
    notebookTextCommand(),
    doctorCommand(),
  ];
  for (const command of commands) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  return program;
}

/**
 * What a person should read of a failure: the sentence alone where it is the reader's to fix, the
 * stack where it is a fault of ours.
 */
export function describeFailure(error: unknown): string {
  if (error instanceof ReaderError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Runs one command line (without `node` and the script). Returns the exit code. */
export async function main(args: string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    // commander has told its own errors and its help already.
    if (error instanceof CommanderError) return error.exitCode;
    console.error(describeFailure(error));
    return 1;
  }
}
