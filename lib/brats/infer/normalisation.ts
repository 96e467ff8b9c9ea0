/** The normalisation that a network was trained with. */
import { UserError } from '../../base/errors';
import type { NormalisationChoice } from '../../loading/prepared';
import { landmarksSchema } from '../../volume/landmarks';
import { NORMALISATIONS } from '../../volume/normalise';
import type { Weights } from '../checkpoint';
import { statedIn } from '../checkpoint/metadata';

/**
 * As the config of a training, or of shipped weights, states it; files without it are of the authors' only one. With
 * `landmarks` those of the training.
 * @throws UserError for one that this version doesn't know, and if the landmarks are missing
 */
export function trainedNormalisation({
  metadata,
}: Pick<Weights, 'metadata'>): Required<Pick<NormalisationChoice, 'normalisation'>> &
  NormalisationChoice {
  const config = (statedIn(metadata, 'config') ?? {}) as { normalisation?: unknown };
  const { normalisation = 'foreground' } = config;
  const known = NORMALISATIONS.find((one) => one === normalisation);
  if (known === 'landmarks') return { normalisation: known, landmarks: trainedLandmarks(metadata) };
  if (known) return { normalisation: known };
  throw new UserError(
    `the normalisation in the config of the checkpoint is ${JSON.stringify(normalisation)}, which is none of ${NORMALISATIONS.join(', ')}; ` +
      'use the version of the kit that wrote the checkpoint',
    { code: 'BAD_VALUE', field: 'normalisation', value: normalisation },
  );
}

function trainedLandmarks(metadata: Weights['metadata']): NormalisationChoice['landmarks'] {
  const stated = landmarksSchema.safeParse(statedIn(metadata, 'landmarks')).data;
  if (stated) return stated;
  throw new UserError(
    'the landmarks of the checkpoint are missing, and its normalisation is landmarks; use the checkpoint that the training wrote',
    { code: 'MISSING', field: 'landmarks' },
  );
}
