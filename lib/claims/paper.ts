/**
 * The claims of arXiv 2405.07155. Weights say how central a claim is to the paper, by its abstract first; they were set without
 * regard to results. Two claims are left out: that the method works in several tasks with little change is a matter of
 * design that no run decides, and no claim about speed or memory is known.
 */
import { publishedCell, publishedTable } from '../published';
import { ABLATION_CLAIMS } from './ablations';
import type { Claim, ClaimGroup } from './claim';
import { DIGITS } from './digits';
import { open, printedText } from './judge';
import { METHOD } from './method';
import { ON_PATIENTS, SEGMENTATION } from './segmentation';

interface Later {
  /** Table of lib/published/mckd.json. */
  table: string;
  title: string;
  command: string | null;
  needs: string;
}

/** A data set that later versions of the paper add. */
function later({ table: key, title, command, needs }: Later): Claim {
  return {
    key,
    weight: 1 / 3,
    title,
    claim: `On ${title} the method is more accurate than the models it is compared with`,
    where: 'abstract of later versions',
    mark: 'V1',
    check: 'a training at paper scale beside the printed averages',
    command,
    tolerance: 'as for printed levels: within the range of our seeds',
    judge: () => {
      const table = publishedTable('mckd', key);
      const numbers = table.conditions.map((condition) => ({
        name: `${condition.title}, printed`,
        text: printedText(publishedCell(table, 'mckd', condition.key)),
        from: 'printed' as const,
      }));
      return open(needs, numbers);
    },
  };
}

const NO_NUMBERS =
  'needs the data, a GPU for days and the split of the paper, whose numbers are not verified';

const LATER: ClaimGroup = {
  key: 'later-data',
  weight: 0.1,
  row: true,
  title: 'data of later versions: BraTS2019, BraTS2020, ADNI',
  why: 'the abstract of later versions names the three alike',
  children: [
    ...['2019', '2020'].map((year) =>
      later({
        table: `brats${year}`,
        title: `BraTS${year}`,
        command: ON_PATIENTS,
        needs: NO_NUMBERS,
      }),
    ),
    later({
      table: 'adni',
      title: 'ADNI',
      command: null,
      needs: 'the kit has no training on these data, which need an application',
    }),
  ],
};

export const CLAIMS: ClaimGroup = {
  key: 'paper',
  weight: 1,
  title: 'MCKD (arXiv 2405.07155)',
  why: 'the abstract’s only numbers are on BraTS2018, and the digits are its second data set; the method is what both rest on; ablations support it; later versions add data to the same claims',
  children: [METHOD, SEGMENTATION, DIGITS, ABLATION_CLAIMS, LATER],
};
