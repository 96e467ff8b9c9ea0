import { Command } from 'commander';
import type { JsonOption } from '../terminal/report';
import { countingNumber, jsonOption } from './arguments';

interface GradeCommandOptions extends JsonOption {
  out?: string;
  executed?: string;
  save?: boolean;
  whole?: boolean;
  cellSeconds: number;
  processes?: number;
}

/** `mckd grade`: the exercises of students' copies, judged. */
export function gradeCommand(): Command {
  return new Command('grade')
    .description(
      'execute copies of the notebooks and score their exercises, into grades.csv and grades.json; runs what the copies hold, so only where that does no harm',
    )
    .argument('<notebooks...>', 'copies, such as submitted/*/04-pairwise-distillation.ipynb')
    .option('--out <folder>', 'where the grades go (default: results/grades)')
    .option('--executed <folder>', 'keep the executed copies there, in a folder for each student')
    .option('--save', 'write the outputs into the copies themselves')
    .option('--whole', 'execute every cell, not only those that answers depend on')
    .option(
      '--cell-seconds <seconds>',
      'a cell that takes longer counts as wrong',
      countingNumber,
      120,
    )
    .option(
      '--processes <number>',
      'copies that are executed at the same time (default: one per core, and no more than memory holds)',
      countingNumber,
    )
    .addOption(jsonOption())
    .action(async (files: string[], options: GradeCommandOptions) => {
      const { gradeNotebooks } = await import('../notebooks/grade.js');
      await gradeNotebooks({ files, ...options });
    });
}
