/** A process that trains and scores the segmentation for experiments, one training after another. */
import { serveCells } from '../experiment/run';
import { brats } from './problem';

serveCells(brats);
