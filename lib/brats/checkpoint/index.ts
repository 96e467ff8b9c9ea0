/** Weights and complete trainings on disk. */
export { loadTraining, saveTraining, type SaveTrainingOptions } from './training';
export { disposeWeights, loadWeights, saveWeights, type Weights } from './weights';
