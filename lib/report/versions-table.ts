/** The environment of this kernel, as a table. */
import { computeLine, probeCompute } from '../nn/compute';
import { probeHardware, probeVersions } from './origin';
import { usesGpu } from '../nn/kernels';
import type { Table } from './tables';

/** Versions, device and hardware of this process. */
export function versionsTable(): Table {
  const versions = probeVersions();
  const hardware = probeHardware();
  const rows: [string, string][] = [
    ['Node', versions.node],
    ['TensorFlow', versions.tensorflow],
    ['TensorFlow.js', versions.tfjs],
    ['tslab', versions.tslab],
    ['danfojs', versions.danfojs],
    ['computes on', usesGpu() ? `GPU (${hardware.gpu ?? 'unnamed'})` : 'CPU'],
    ['by', computeLine(probeCompute())],
    ['CPU', `${hardware.cpu}, ${hardware.cores} cores, ${hardware.memoryGiB} GiB`],
  ];
  return {
    name: 'versions',
    title: 'This environment',
    caption: '',
    columns: [
      { key: 'what', title: '' },
      { key: 'found', title: 'found' },
    ],
    rows: rows.map(([what, found]) => ({ what, found })),
  };
}
