/** The normalisation that a network was trained with. */
import { UserError } from '../../base/errors';
import { NORMALISATIONS, type Normalisation } from '../../volume/normalise';
import type { Weights } from '../checkpoint';
import { statedIn } from '../checkpoint/metadata';

/**
 * As the config of a training, or of shipped weights, states it; files without it are of the authors' only one.
 * @throws UserError for one that this version doesn't know
 */
export function trainedNormalisation({ metadata }: Pick<Weights, 'metadata'>): Normalisation {
  const config = (statedIn(metadata, 'config') ?? {}) as { normalisation?: unknown };
  const { normalisation = 'foreground' } = config;
  const known = NORMALISATIONS.find((one) => one === normalisation);
  if (known) return known;
  throw new UserError(
    `the normalisation in the config of the checkpoint is ${JSON.stringify(normalisation)}, which is none of ${NORMALISATIONS.join(', ')}; ` +
      'use the version of the kit that wrote the checkpoint',
    { code: 'BAD_VALUE', field: 'normalisation', value: normalisation },
  );
}
