import { join } from 'node:path';
import { Command } from 'commander';
import { KIT_ROOT, UserError } from '@mckd/lib/base';
import { reportTo, type JsonOption } from '../terminal/report';
import { jsonOption } from './arguments';

interface TextCommandOptions extends JsonOption {
  toText?: boolean;
  check?: boolean;
  stills?: boolean;
}

/** `mckd notebook-text`: notebooks from their texts, texts from notebooks, or a check that the two agree. */
export function notebookTextCommand(): Command {
  return new Command('notebook-text')
    .description(
      'make the notebooks from notebooks/NN-name.ts; cells that did not change keep their outputs',
    )
    .argument('[numbers...]', 'only these notebooks, such as 06')
    .option('--to-text', 'the other way: write the texts from the notebooks')
    .option('--check', 'write nothing; fail if text and notebook differ')
    .option('--stills', 'only renew the still image of each figure, from the figure in the outputs')
    .addOption(jsonOption())
    .action(async (only: string[], options: TextCommandOptions) => {
      const { notebooksFromText, outOfStep, textFromNotebooks } =
        await import('../notebooks/notebook-text.js');
      const report = reportTo(options);
      if (options.stills) {
        const [{ listNotebooks }, { renewStills }] = await Promise.all([
          import('../notebooks/run.js'),
          import('../notebooks/stills.js'),
        ]);
        const renewed = renewStills(listNotebooks(join(KIT_ROOT, 'notebooks'), only));
        return report.result(
          { renewed },
          renewed.join('\n') || 'every still is as it would be made',
        );
      }
      if (options.check) {
        const differences = outOfStep({ only });
        if (differences.length > 0)
          throw new UserError(differences.join('\n'), { code: 'MISMATCH' });
        return report.result({ differences }, 'every notebook agrees with its text');
      }
      const written = options.toText ? textFromNotebooks({ only }) : notebooksFromText({ only });
      report.result({ written }, written.join('\n'));
    });
}
