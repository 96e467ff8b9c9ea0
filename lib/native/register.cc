// Registers the kit's kernels with the loaded TensorFlow. Returns null, or an error message.
#include <string>

#include "op.h"

namespace mckd {
void RegisterAbsoluteSums();
void RegisterNormalise();
void RegisterMaxPool();
void RegisterMaxPool2d();
void RegisterReflectPad();
void RegisterConv2d();
void RegisterDropout();
void RegisterMoveTowards();
void RegisterSgd();
void RegisterAdam();
}  // namespace mckd

extern "C" __attribute__((visibility("default"))) const char* RegisterMckdKernels() {
  static std::string problem;
  try {
    mckd::RegisterAbsoluteSums();
    mckd::RegisterNormalise();
    mckd::RegisterMaxPool();
    mckd::RegisterMaxPool2d();
    mckd::RegisterReflectPad();
    mckd::RegisterConv2d();
    mckd::RegisterDropout();
    mckd::RegisterMoveTowards();
    mckd::RegisterSgd();
    mckd::RegisterAdam();
    return nullptr;
  } catch (const std::exception& caught) {
    problem = caught.what();
    return problem.c_str();
  }
}
