/** Networks that were trained alone, kept in files: the trainings of several methods start from the same ones. */
import { UserError } from '../base/errors';
import { openSafetensors, writeSafetensors, type TensorToWrite } from '../formats/safetensors';
import type { Network } from '../models/audio-visual';
import { tf } from '../nn/tf';

const variablesOf = ({ parameters, statistics }: Network): [string, tf.Variable][] => [
  ...Object.entries(parameters),
  ...Object.entries(statistics),
];

/** Writes the network in the kit's names and axis order. @throws UserError naming the file if it can't be written */
export function keepNetwork(file: string, network: Network): void {
  const tensors: Record<string, TensorToWrite> = {};
  for (const [name, variable] of variablesOf(network)) {
    const values = variable.dataSync() as Float32Array;
    tensors[name] = { dtype: 'F32', shape: variable.shape, values };
  }
  writeSafetensors(file, tensors);
}

/** Assigns what `keepNetwork` wrote. @throws UserError naming file and tensor if it is of another network or damaged */
export async function readNetwork(file: string, network: Network): Promise<void> {
  const source = await openSafetensors(file);
  try {
    for (const [name, variable] of variablesOf(network)) {
      const { shape, values } = await source.tensor(name);
      if (!(values instanceof Float32Array) || shape.join() !== variable.shape.join()) {
        throw new UserError(
          `${file}: ${name} is [${shape.join(', ')}] and should be F32 [${variable.shape.join(', ')}]; delete the file`,
          { code: 'MISMATCH', file, field: name, value: shape },
        );
      }
      if (!values.every(Number.isFinite)) {
        throw new UserError(`${file}: ${name} has a value that is not finite; delete the file`, {
          ...{ code: 'NOT_FINITE', file, field: name },
        });
      }
      tf.tidy(() => variable.assign(tf.tensor(values, [...shape])));
    }
  } finally {
    await source.close();
  }
}
