/** Options of several commands, and parsers of their values. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { PRESET_NAMES } from '@mckd/lib/config';

/** 0, 1, 2, ... */
export function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It should be a whole number.');
  return Number(text);
}

/** 1, 2, 3, ... */
export function countingNumber(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('It should be a number from 1.');
  return Number(text);
}

export function presetOption(preset: string): Option {
  return new Option('--preset <name>', 'how much is computed')
    .choices(PRESET_NAMES)
    .default(preset);
}

/** May be given several times, or once with several values. */
export function setOption(): Option {
  return new Option('--set <key=value...>', 'change a setting, such as brats.batchSize=2')
    .argParser((one: string, all: string[]) => [...all, one])
    .default([], 'none');
}

export function jsonOption(): Option {
  return new Option('--json', 'print JSON instead of text: one object per line, the result last');
}

export function patternOption(): Option {
  return new Option(
    '--pattern <names>',
    'how files are named, if by no known layout: flair=_fla,t1=_t1,t1ce=_t1c,t2=_t2,labels=_seg; or with * for the case: flair=*/FLAIR',
  );
}

export function labelsOption(): Option {
  return new Option(
    '--labels <codes>',
    'the label codes, if names don’t give them: brats2018 to brats2024, decathlon, or core=1,oedema=2,enhancing=3,ignore=4',
  );
}

export function addLayoutOptions(command: Command): Command {
  return command.addOption(patternOption()).addOption(labelsOption());
}

/** Overrides the plan's choice from cores, memory and GPUs. */
export function processesOption(): Option {
  return new Option(
    '--processes <number>',
    'trainings at once (default: as cores, memory and GPUs allow; or MCKD_PROCESSES)',
  ).argParser(countingNumber);
}

export function threadsOption(): Option {
  return new Option(
    '--threads <number>',
    'threads of each (default: its share of the cores; or MCKD_THREADS)',
  ).argParser(countingNumber);
}

export function addDataOptions(command: Command): Command {
  return addLayoutOptions(
    command.option('--data <folder>', 'a BraTS-like data set; default: the phantom of the preset'),
  )
    .option(
      '--splits <folder>',
      'lists of cases: train.txt, meta-validation.txt or val.txt, test.txt; or the public folds, train1.txt and so on (default: splits in the data set, else by rule)',
    )
    .option('--fold <number>', 'which of the numbered lists (default: the first)', countingNumber)
    .option(
      '--skip-check',
      'don’t read headers and label maps of all cases before the first step (done once per data set)',
    );
}

export function addTrainingsOptions(command: Command): Command {
  return addDataOptions(command.addOption(presetOption('quick')))
    .addOption(setOption())
    .addOption(processesOption())
    .addOption(threadsOption())
    .option('--out <folder>', 'where trainings and tables go (default: results/<preset>)')
    .addOption(jsonOption());
}

/** Three whole numbers, such as 96,96,64. */
export function threeNumbers(text: string): number[] {
  if (!/^\d+(,\d+){2}$/.test(text)) {
    throw new InvalidArgumentError('It should be three whole numbers, such as 96,96,64.');
  }
  return text.split(',').map(Number);
}

/** Short for a setting. */
export function precisionOption(): Option {
  return new Option(
    '--precision <type>',
    'bf16: convolutions and matrix products of training steps in bfloat16, for a GPU since Ampere (the same as --set brats.precision=bf16)',
  );
}

/** The option of gradient checkpointing. */
export function recomputeOption(): Option {
  return new Option('--recompute', 'gradient checkpointing: half the memory, a third more time');
}
