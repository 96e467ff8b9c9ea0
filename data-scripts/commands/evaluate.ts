import { Command, Option } from 'commander';
import type { EvaluateCommandOptions } from '../evaluate';

/** `mckd evaluate`: Dice, HD95, sensitivity and specificity of label maps. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description(
      'score predicted label maps against true ones: Dice, HD95 (mm), sensitivity and specificity of ET, WT and TC',
    )
    .requiredOption(
      '--prediction <path>',
      'a label map, or a folder of NAME.nii.gz or NAME_*.nii.gz',
    )
    .requiredOption('--truth <path>', 'a label map, or a folder of NAME_seg.nii.gz')
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
    .addOption(
      new Option(
        '--labels <codes>',
        'brats (0 1 2 4) or later (3 is enhancing too); default: by the names of the truth',
      ).choices(['brats', 'later']),
    )
    .option('--pattern <endings>', 'how the true label maps are named: labels=_seg')
    .action(async (options: EvaluateCommandOptions) => {
      const { evaluate } = await import('../evaluate.js');
      await evaluate(options);
    });
}
