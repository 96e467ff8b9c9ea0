// danfojs-node asks for @tensorflow/tfjs-node. Two copies of tfjs in one process hold two tensor
// registries and cannot exchange tensors, so every request is answered with the one GPU package.
module.exports = require('@tensorflow/tfjs-node-gpu');
