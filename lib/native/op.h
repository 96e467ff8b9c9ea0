// The little of TensorFlow's C interface that the kit's kernels need, in C++: read inputs and attributes,
// make outputs, fail with a message. Tensors are dense; their last axis is the channels.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

namespace mckd {

using Shape = std::vector<int64_t>;

inline int64_t Product(const Shape& shape, size_t from, size_t to) {
  int64_t product = 1;
  for (size_t i = from; i < to; i++) product *= shape[i];
  return product;
}

inline int64_t SizeOf(const Shape& shape) { return Product(shape, 0, shape.size()); }

template <typename T>
TF_DataType DataType();
template <>
inline TF_DataType DataType<float>() {
  return TF_FLOAT;
}
template <>
inline TF_DataType DataType<double>() {
  return TF_DOUBLE;
}
template <>
inline TF_DataType DataType<uint8_t>() {
  return TF_UINT8;
}

class Status {
 public:
  Status() : status_(TF_NewStatus()) {}
  ~Status() { TF_DeleteStatus(status_); }
  Status(const Status&) = delete;
  TF_Status* get() { return status_; }
  /** Throws TensorFlow's error, if there is one. */
  void Check() {
    if (TF_GetCode(status_) != TF_OK) throw std::runtime_error(TF_Message(status_));
  }

 private:
  TF_Status* status_;
};

/** The op's attributes, read once when TensorFlow makes the kernel. */
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* construction) : construction_(construction) {}
  float Float(const char* name) {
    float value = 0;
    Status status;
    TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status.get());
    status.Check();
    return value;
  }
  /** A constant that was written with up to 6 digits, as the float64 of exactly these: TensorFlow passes it as
   * float32. */
  double Constant(const char* name) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.6g", Float(name));
    return std::strtod(digits, nullptr);
  }
  bool Bool(const char* name) {
    TF_Bool value = 0;
    Status status;
    TF_OpKernelConstruction_GetAttrBool(construction_, name, &value, status.get());
    status.Check();
    return value != 0;
  }
  Shape Ints(const char* name) {
    int32_t count = 0, total = 0;
    Status status;
    TF_OpKernelConstruction_GetAttrSize(construction_, name, &count, &total, status.get());
    status.Check();
    Shape values(count);
    TF_OpKernelConstruction_GetAttrInt64List(construction_, name, values.data(), count, status.get());
    status.Check();
    return values;
  }

 private:
  TF_OpKernelConstruction* construction_;
};

/** One call of an op: its inputs, and outputs as they are made. Releases them at the end. */
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context) {}
  ~Call() {
    for (TF_Tensor* tensor : held_) TF_DeleteTensor(tensor);
  }
  Call(const Call&) = delete;

  int InputCount() const { return TF_NumInputs(context_); }

  template <typename T>
  const T* Input(int index, Shape* shape = nullptr) {
    TF_Tensor* tensor = nullptr;
    Status status;
    TF_GetInput(context_, index, &tensor, status.get());
    status.Check();
    held_.push_back(tensor);
    if (shape != nullptr) {
      shape->clear();
      for (int i = 0; i < TF_NumDims(tensor); i++) shape->push_back(TF_Dim(tensor, i));
    }
    return static_cast<const T*>(TF_TensorData(tensor));
  }

  /** An input that must hold `size` values. */
  template <typename T>
  const T* Values(int index, int64_t size) {
    Shape shape;
    const T* values = Input<T>(index, &shape);
    if (SizeOf(shape) != size) {
      throw std::invalid_argument("input " + std::to_string(index) + " holds " +
                                  std::to_string(SizeOf(shape)) + " values, not " + std::to_string(size));
    }
    return values;
  }

  template <typename T>
  T* Output(int index, const Shape& shape) {
    Status status;
    TF_Tensor* tensor =
        TF_AllocateOutput(context_, index, DataType<T>(), shape.data(), static_cast<int>(shape.size()),
                          SizeOf(shape) * sizeof(T), status.get());
    status.Check();
    held_.push_back(tensor);
    return static_cast<T*>(TF_TensorData(tensor));
  }

 private:
  TF_OpKernelContext* context_;
  std::vector<TF_Tensor*> held_;
};

/** Defines an op. Each has the attribute T, float32 (in which the kit computes) or float64 (to check it in).
 */
inline void DefineOp(const char* name, std::initializer_list<const char*> inputs,
                     std::initializer_list<const char*> outputs,
                     std::initializer_list<const char*> attributes) {
  Status status;
  TF_OpDefinitionBuilder* definition = TF_NewOpDefinitionBuilder(name);
  for (const char* input : inputs) TF_OpDefinitionBuilderAddInput(definition, input);
  for (const char* output : outputs) TF_OpDefinitionBuilderAddOutput(definition, output);
  TF_OpDefinitionBuilderAddAttr(definition, "T: {float, double} = DT_FLOAT");
  for (const char* attribute : attributes) TF_OpDefinitionBuilderAddAttr(definition, attribute);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, &TF_ShapeInferenceContextSetUnknownShape);
  TF_RegisterOpDefinition(definition, status.get());
  status.Check();
}

/** Registers the kernel of an op for one T: a struct made from attributes, with `void operator()(Call&)
 * const`. */
template <typename T, typename Kernel>
void RegisterKernel(const char* name) {
  const auto create = [](TF_OpKernelConstruction* construction) -> void* {
    try {
      Attributes attributes(construction);
      return new Kernel(attributes);
    } catch (const std::exception& problem) {
      Status failure;
      TF_SetStatus(failure.get(), TF_INVALID_ARGUMENT, problem.what());
      TF_OpKernelConstruction_Failure(construction, failure.get());
      return nullptr;
    }
  };
  const auto compute = [](void* kernel, TF_OpKernelContext* context) {
    try {
      Call call(context);
      (*static_cast<const Kernel*>(kernel))(call);
    } catch (const std::exception& problem) {
      Status failure;
      TF_SetStatus(failure.get(), TF_INVALID_ARGUMENT, problem.what());
      TF_OpKernelContext_Failure(context, failure.get());
    }
  };
  const auto destroy = [](void* kernel) { delete static_cast<Kernel*>(kernel); };
  Status status;
  TF_KernelBuilder* builder = TF_NewKernelBuilder(name, "CPU", create, compute, destroy);
  TF_KernelBuilder_TypeConstraint(builder, "T", DataType<T>(), status.get());
  status.Check();
  TF_RegisterKernelBuilder(name, builder, status.get());
  status.Check();
}

/** Defines an op and registers its kernel for both types. */
template <template <typename> class Kernel>
void RegisterOp(const char* name, std::initializer_list<const char*> inputs,
                std::initializer_list<const char*> outputs, std::initializer_list<const char*> attributes) {
  DefineOp(name, inputs, outputs, attributes);
  RegisterKernel<float, Kernel<float>>(name);
  RegisterKernel<double, Kernel<double>>(name);
}

/** Defines an op and registers its kernel, for float32 only. */
template <typename Kernel>
void RegisterOp(const char* name, std::initializer_list<const char*> inputs,
                std::initializer_list<const char*> outputs, std::initializer_list<const char*> attributes) {
  DefineOp(name, inputs, outputs, attributes);
  RegisterKernel<float, Kernel>(name);
}

}  // namespace mckd
