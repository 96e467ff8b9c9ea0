/** The hash of everything that a prepared case depends on: its images' contents, the settings and the versions. */
import { MODALITIES } from '../../base/modality';
import { sha256 } from '../../base/sha256';
import type { CaseFiles, ImagePlace } from '../../datasets/brats';
import { filesOfImage } from '../../formats/nifti';
import { cutsBox } from '../../volume/normalise';
import type { ContentHashes } from './content-hashes';
import { PREPARING_VERSION, type PrepareOptions } from './prepare';
import { STORED_VERSION, STORED_WITH_BOX } from './stored-case';

/**
 * The key of a case, 64 hex digits. Names and paths of files are not in it: a copied or moved data
 * set keeps its prepared cases.
 * @throws UserError for an image that can't be read
 */
export async function caseKey(
  { scans, labels, codes }: CaseFiles,
  {
    normalisation = 'foreground',
    landmarks,
    missingScans = 'error',
    withoutLabels = false,
    voxelSize,
  }: PrepareOptions,
  hashes: ContentHashes,
): Promise<string> {
  const images = await caseContent({ scans, ...(withoutLabels ? {} : { labels }) }, hashes);
  // The scans, then the labels.
  if (withoutLabels) images.pop();
  else images.push(codes);
  const stored = cutsBox(normalisation) ? STORED_WITH_BOX : STORED_VERSION;
  const what: unknown[] = [PREPARING_VERSION, stored, missingScans, withoutLabels, images];
  // Options that came later are listed only where they are used, so that older prepared cases stay valid.
  if (voxelSize) what.push(voxelSize);
  if (normalisation !== 'foreground') what.push(normalisation);
  if (normalisation === 'landmarks') what.push(landmarks);
  return sha256(JSON.stringify(what));
}

/**
 * Content of the four scans and the label map of a case: of each the channel and the hashes of its files; null
 * for a missing one.
 * @throws UserError for an image that can't be read
 */
export async function caseContent(
  { scans, labels }: Pick<CaseFiles, 'scans' | 'labels'>,
  hashes: ContentHashes,
): Promise<unknown[]> {
  const content = async (place: ImagePlace | undefined): Promise<unknown> => {
    if (!place) return null;
    const sums: string[] = [];
    for (const file of filesOfImage(place.file)) sums.push(await hashes.of(file));
    return [place.channel ?? null, ...sums];
  };
  const images: unknown[] = [];
  for (const modality of MODALITIES) images.push(await content(scans[modality]));
  return [...images, await content(labels)];
}
