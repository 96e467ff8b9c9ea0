/**
 * The one door to TensorFlow. Everything in the lib imports `tf` from here, so that the process
 * holds one tfjs. What TensorFlow reads at its start (oneDNN, its log, a GPU's memory) is set by the addon's front
 * (`data-scripts/environment/addon-front.cc`), which also whoever loads tfjs without the lib comes through.
 */
import * as tf from '@tensorflow/tfjs-node-gpu';

export { tf };
