/** What `mckd postprocess` prints. */
import {
  PAPER_POSTPROCESSING,
  postprocessFile,
  type LabelCounts,
  type PostprocessFiles,
  type PostprocessingReport,
} from '@mckd/lib/dist/postprocess';

/** Post-processes a prediction and prints what each rule changed: a line each, or one JSON object. */
export async function postprocessAndTell(
  files: PostprocessFiles,
  { json = false }: { json?: boolean } = {},
): Promise<void> {
  const report = await postprocessFile(files);
  if (json) console.log(JSON.stringify({ ...files, ...report }, null, 2));
  else for (const line of describeReport(report, files.out)) console.log(line);
}

/** A line a rule. */
export function describeReport(report: PostprocessingReport, out: string): string[] {
  const { components, small, low, darkOedema, fewEnhancing, before, after } = report;
  const rules = PAPER_POSTPROCESSING;
  const percent = 100 * rules.smallFraction;
  return [
    `components: ${components}`,
    `small components (under ${rules.smallVoxels} voxels and under ${percent} % of the largest): ${small.components} removed, ${small.voxels} voxels`,
    `low components (none of it above slice ${rules.lowSlice}): ${low.components} removed, ${low.voxels} voxels`,
    darkOedema
      ? `dark oedema to label 1: in ${darkOedema.split.length} component(s), ${darkOedema.voxels} voxels`
      : 'dark oedema to label 1: left out, since there is no T1ce',
    `few enhancing voxels to label 1 (under ${rules.fewEnhancingVoxels}): ${fewEnhancing.voxels} of ${fewEnhancing.enhancingVoxels}`,
    `labels 1, 2, 4: ${numbers(before)} before, ${numbers(after)} after; ${report.changedVoxels} voxels changed`,
    `written: ${out}`,
  ];
}

function numbers({ core, oedema, enhancing }: LabelCounts): string {
  return [core, oedema, enhancing].join(', ');
}
