/**
 * Everything in double precision, for checks only.
 *
 * tfjs has float32 only, but TensorFlow's CPU kernels support float64 too, and the Node backend looks up
 * the type "float32" in its binding. Here the binding returns float64; numbers are cast on their
 * way in and out. The kit's own functions then run unchanged, about three times slower, and agree
 * with a float64 reference to the last digits instead of within the noise of float32.
 */
import { tf } from '../../nn/tf';

/** TensorFlow's own numbers of the two types. */
const TF_FLOAT = 1;
const TF_DOUBLE = 2;

interface OutputFacts {
  id: number;
  dtype: number;
  shape: number[];
}

interface Binding {
  TF_ATTR_TYPE: number;
  TF_ATTR_BOOL: number;
  createTensor(shape: number[], dtype: number, values: unknown): number;
  deleteTensor(id: number): void;
  executeOp(name: string, attributes: unknown[], inputs: number[], outputs: number): OutputFacts[];
  tensorDataSync(id: number): ArrayLike<number>;
}

/**
 * Runs `body` with every tensor in float64. Tensors made inside can't be used outside and the other
 * way round, so it takes and gives plain numbers.
 */
export async function inFloat64<T>(body: () => Promise<T> | T): Promise<T> {
  const backend = tf.backend() as unknown as { binding: Binding };
  const { binding } = backend;
  backend.binding = doubleBinding(binding);
  try {
    return await body();
  } finally {
    backend.binding = binding;
  }
}

function doubleBinding(single: Binding): Binding {
  const doubles = new Set<number>();
  const cast = (id: number, from: number, to: number): number => {
    const attributes = [
      { name: 'SrcT', type: single.TF_ATTR_TYPE, value: from },
      { name: 'DstT', type: single.TF_ATTR_TYPE, value: to },
      { name: 'Truncate', type: single.TF_ATTR_BOOL, value: false },
    ];
    return single.executeOp('Cast', attributes, [id], 1)[0].id;
  };
  const replaced = {
    TF_FLOAT: TF_DOUBLE,
    createTensor: (shape: number[], dtype: number, values: unknown): number => {
      if (dtype !== TF_DOUBLE) return single.createTensor(shape, dtype, values);
      const id = single.createTensor(shape, TF_FLOAT, values);
      const double = cast(id, TF_FLOAT, TF_DOUBLE);
      single.deleteTensor(id);
      doubles.add(double);
      return double;
    },
    executeOp: (name: string, attributes: unknown[], inputs: number[], outputs: number) => {
      const made = single.executeOp(name, attributes, inputs, outputs);
      for (const { id, dtype } of made) if (dtype === TF_DOUBLE) doubles.add(id);
      return made;
    },
    tensorDataSync: (id: number): ArrayLike<number> => {
      if (!doubles.has(id)) return single.tensorDataSync(id);
      const float = cast(id, TF_DOUBLE, TF_FLOAT);
      const values = single.tensorDataSync(float);
      single.deleteTensor(float);
      return values;
    },
    deleteTensor: (id: number): void => {
      doubles.delete(id);
      single.deleteTensor(id);
    },
  };
  const entries = Object.entries(replaced).map(([name, value]) => [name, { value }]);
  return Object.create(
    single,
    Object.fromEntries(entries) as PropertyDescriptorMap & ThisType<unknown>,
  ) as Binding;
}
