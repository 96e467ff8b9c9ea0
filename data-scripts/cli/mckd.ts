/** The kit's command line: one file per command in commands/, each loaded when it is called. */
import { Command, CommanderError } from 'commander';
import { ablateCommand } from './ablate';
import { clusterCommand } from './cluster';
import { claimsCommand } from './claims';
import { checkUploadCommand } from './check-upload';
import { dataCommand } from './data';
import { doctorCommand } from './doctor';
import { evaluateCommand } from './evaluate';
import { experimentCommand } from './experiment';
import { faultsCommand } from './faults';
import { gradeCommand } from './grade';
import { inspectCommand } from './inspect';
import { notebookTextCommand } from './notebook-text';
import { measureCommand } from './measure';
import { gatherCommand, oneCommand, planCommand } from './plan';
import { overfitCommand } from './overfit';
import { pagesCommand } from './pages';
import { parityCommand } from './parity';
import { postprocessCommand } from './postprocess';
import { recordCommand } from './record';
import { runCommand } from './run';
import { segmentCommand } from './segment';
import { siteCommand } from './site';
import { trainCommand } from './train';
import { benchCommand } from './bench';
import { compareCommand } from './compare';
import { tuneCommand } from './tune';
import { verifyCommand } from './verify';
import { viewCommand } from './view';
import { endProcess, EXIT, EXIT_HELP, tellFailure, watchFaults } from '../terminal/ending';
import { watchSignals } from '../terminal/interrupt';

export { describeFailure } from '../terminal/ending';

/** The program with all its commands. */
export function buildProgram(): Command {
  const program = new Command('mckd')
    .description('MCKD (arXiv 2405.07155) reproduced: notebooks, data, runs')
    .showHelpAfterError('(add --help for the options)')
    .addHelpText('after', EXIT_HELP)
    .enablePositionalOptions()
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
    experimentCommand(),
    planCommand(),
    oneCommand(),
    gatherCommand(),
    clusterCommand(),
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
    claimsCommand(),
    pagesCommand(),
    siteCommand(),
    tuneCommand(),
    notebookTextCommand(),
    gradeCommand(),
    doctorCommand(),
  ];
  for (const command of commands) program.addCommand(inheriting(command, program));
  return program;
}

/** A command and its subcommands, with the settings of the parent. */
function inheriting(command: Command, above: Command): Command {
  command.copyInheritedSettings(above);
  for (const below of command.commands) inheriting(below, command);
  return command;
}

/** Runs one command line (without `node` and the script). Returns the exit code. */
export async function main(args: string[]): Promise<number> {
  try {
    await buildProgram().parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? EXIT.done);
  } catch (error) {
    // commander has already printed its own errors and help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    tellFailure(error);
    return EXIT.input;
  }
}

/** Runs one command line, and always ends the process with its exit code. */
export async function runToEnd(args: string[]): Promise<never> {
  watchSignals();
  watchFaults();
  return endProcess(await main(args));
}
