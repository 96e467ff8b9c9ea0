import { Command } from 'commander';
import { patternOption } from './arguments';

interface ViewCommandOptions {
  case: string;
  out: string;
  prediction: string[];
  truth?: string;
  pattern?: string;
}

/** `mckd view`: a case and label maps of it in one page for a browser. */
export function viewCommand(): Command {
  return new Command('view')
    .description('write one self-contained page that shows a case and label maps of it')
    .requiredOption('--case <folder>', 'the folder of a case')
    .requiredOption('--out <page>', 'the page, .html')
    .option('--prediction <files...>', 'label maps of the case, on its grid', [])
    .option('--truth <file>', "the true label map (default: the case's own, where it has one)")
    .addOption(patternOption())
    .action(async (options: ViewCommandOptions) => {
      const { oneCase } = await import('../one-case.js');
      const { writeViewerPage } = await import('../viewer-page.js');
      const predictions = options.prediction.map((file, i, all) => ({
        name: all.length === 1 ? 'prediction' : `prediction ${i + 1}`,
        file,
      }));
      await writeViewerPage(options.out, {
        files: oneCase(options.case, options.pattern),
        predictions,
        truth: options.truth,
      });
      console.log(`${options.out}: open it in a browser`);
    });
}
