import { Command } from 'commander';

interface PostprocessCommandOptions {
  prediction: string;
  t1ce: string;
  out: string;
  json?: boolean;
}

/** `mckd postprocess`: the authors' rules on a predicted label map, and what each of them changed. */
export function postprocessCommand(): Command {
  return new Command('postprocess')
    .description('clean a predicted label map by the authors’ rules; says what each rule changed')
    .requiredOption('--prediction <file>', 'label map with 0, 1, 2, 4 (.nii or .nii.gz)')
    .requiredOption('--t1ce <file>', 'the T1ce scan of the case, on the same grid')
    .requiredOption('--out <file>', 'where the result goes, as int16 on the grid of the prediction')
    .option('--json', 'print one JSON object instead of lines')
    .action(async ({ json, ...files }: PostprocessCommandOptions) => {
      const { postprocessAndTell } = await import('../postprocess.js');
      await postprocessAndTell(files, { json });
    });
}
