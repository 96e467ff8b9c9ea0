/** A case read, and segmented by a sliding window. */
import { tileStarts } from '@mckd/lib/brats';
import { ensurePhantom, findCases } from '@mckd/lib/datasets';
import type { Size3 } from '@mckd/lib/volume';
import { compare, sizeText, timeRow, type Bench, type BenchSetting } from '../compare';
import type { WorkSpec } from '../kit-works';

export async function slidingWindow(setting: BenchSetting): Promise<Partial<Bench>> {
  const [size, tile]: [Size3, Size3] = setting.quick
    ? [
        [40, 72, 64],
        [32, 64, 64],
      ]
    : [
        [155, 240, 240],
        [80, 160, 160],
      ];
  const spec = (present: number[] | 'all subsets'): WorkSpec => ({
    work: 'segment',
    size,
    tile,
    starts: size.map((side, axis) => tileStarts(side, tile[axis])),
    width: setting.quick ? 1 / 16 : 1,
    present,
  });
  const at = sizeText([size[2], size[1], size[0]]);
  setting.tell(`sliding window, ${at}, all four scans`);
  // Minutes a run: once is enough.
  const measure = { rounds: 1, warmUp: 0, tolerance: 1e-4 };
  const four = await compare(setting, spec([0, 1, 2, 3]), measure);
  setting.tell(`sliding window, ${at}, FLAIR and T2`);
  const two = await compare(setting, spec([0, 3]), measure);
  setting.tell(`sliding window, ${at}, all 15 subsets`);
  const all = await compare({ ...setting, openPeer: undefined }, spec('all subsets'), measure);
  const fifteen = four.peer === null ? null : 15 * four.peer;
  return {
    rows: [
      timeRow(`sliding window, ${at}, one subset (all four scans)`, four, 0.7),
      timeRow(`sliding window, ${at}, one subset (FLAIR and T2)`, two, 0.7),
      timeRow(`15 subsets of the case, over 15 single runs`, { ...all, peer: fifteen }, 0.07),
    ],
  };
}

export async function readingACase(setting: BenchSetting): Promise<Partial<Bench>> {
  const size = setting.quick ? [64, 64, 48] : [240, 240, 155];
  setting.tell(`reading and normalising a case, ${sizeText(size)}`);
  const folder = await ensurePhantom({ cases: 1, testCases: 0, metaValidationCases: 0, size });
  const [{ scans }] = findCases(folder);
  const files = (['flair', 't1', 't1ce', 't2'] as const).map((scan) => scans[scan]?.file ?? '');
  const measure = setting.quick ? { rounds: 2, warmUp: 1 } : { rounds: 9, warmUp: 2 };
  const compared = await compare(
    setting,
    { work: 'read', files, folder },
    { ...measure, tolerance: 1e-5 },
  );
  return {
    rows: [timeRow(`reading and normalising four scans, ${sizeText(size)}, .nii.gz`, compared, 1)],
  };
}
