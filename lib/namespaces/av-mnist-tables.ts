/** The tables of Audiovision-MNIST. */
export { alonePairedTable as alonePaired, aloneTable as alone } from '../avmnist/alone-tables';
export { recordedAvTuning as recordedTuning } from '../avmnist/recorded';
export {
  comparisonTable as comparison,
  heldOutTable as heldOut,
  pairedTable as paired,
} from '../avmnist/results';
