import { Command, Option } from 'commander';
import type { EvaluateCommandOptions } from '../commands/evaluate';
import { labelsOption, patternOption } from './arguments';

/** `mckd evaluate`: Dice, HD95, sensitivity and specificity of label maps. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description(
      'score predicted label maps against the ground truth: Dice, HD95 (mm), sensitivity and specificity of ET, WT and TC; with --probabilities also their calibration',
    )
    .requiredOption(
      '--prediction <path>',
      'a label map, or a folder of NAME.nii.gz or NAME_*.nii.gz; of NAME_from-flair-t1ce.nii.gz, one row per subset of scans',
    )
    .requiredOption('--truth <path>', 'a label map, a folder of them, or a data set')
    .option('--name <cases...>', 'score only these cases')
    .option('--list <file>', 'score only the cases of a list, such as splits/test.txt')
    .option('--only-there', 'leave out cases without a prediction, instead of refusing')
    .option(
      '--probabilities',
      'also score the calibration of NAME_ET.nii.gz, NAME_WT.nii.gz and NAME_TC.nii.gz beside each prediction (segment --probabilities writes them)',
    )
    .option('--json', 'print one JSON object instead of a Markdown table')
    .option('--csv <file>', 'write the table as CSV too; - prints it instead of Markdown')
    .addOption(
      new Option('--convention <name>', 'empty regions: BraTS (1 or 0, 0 or 374 mm) or NaN')
        .choices(['brats', 'nan'])
        .default('brats'),
    )
    .addOption(
      new Option(
        '--hd95 <rule>',
        'percentile of both directions together (MedPy), or the larger of the two',
      )
        .choices(['pooled', 'larger'])
        .default('pooled'),
    )
    .option(
      '--prediction-labels <codes>',
      'label codes of the predictions, if other than the ground truth’s',
    )
    .addOption(patternOption())
    .addOption(labelsOption())
    .action(async (options: EvaluateCommandOptions) => {
      const { evaluate } = await import('../commands/evaluate.js');
      await evaluate(options);
    });
}
