import { Command } from 'commander';
import { labelsOption } from './arguments';

interface PostprocessCommandOptions {
  prediction: string;
  t1ce?: string;
  labels?: string;
  out: string;
  json?: boolean;
}

/** `mckd postprocess`: the authors' rules on a predicted label map, and the changes of each. */
export function postprocessCommand(): Command {
  return new Command('postprocess')
    .description(
      'post-process a predicted label map by the authors’ rules; prints what each rule changed',
    )
    .requiredOption('--prediction <file>', 'label map (.nii or .nii.gz)')
    .option(
      '--t1ce <file>',
      'the T1ce scan of the case, on the same grid; without it rule 3 is skipped',
    )
    .requiredOption('--out <file>', 'where the result goes, as int16 on the grid of the prediction')
    .addOption(labelsOption())
    .option('--json', 'print one JSON object instead of lines')
    .action(async ({ json, ...files }: PostprocessCommandOptions) => {
      const { postprocessAndTell } = await import('../commands/postprocess.js');
      await postprocessAndTell(files, { json });
    });
}
