// Functions of TensorFlow, made while the program runs: a GraphDef becomes a function of the eager context, and its name
// then works as an op's name in tfjs-node's executeOp (lib/graph).
//
// The context is tfjs-node's own, which keeps it to itself, so this file takes note of it where it is made: it is linked
// into the binding with --wrap=TFE_NewContext, and nothing of tfjs-node is changed.
#include <node_api.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"
#include "tensorflow/c/tf_status.h"

namespace {

/** Of this thread: tfjs-node makes one for each environment that loads it. */
thread_local TFE_Context* newest_context = nullptr;

template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

struct Problem {
  std::string text;
};

class Status {
 public:
  TF_Status* get() { return status_.get(); }
  /** Throws what went wrong with `what`. */
  void Require(const char* what) {
    if (TF_GetCode(get()) != TF_OK) throw Problem{std::string(what) + ": " + TF_Message(get())};
  }

 private:
  Owned<TF_Status> status_{TF_NewStatus(), TF_DeleteStatus};
};

void Require(napi_status status, const char* what) {
  if (status != napi_ok) throw Problem{what};
}

std::string Text(napi_env env, napi_value value) {
  size_t size = 0;
  Require(napi_get_value_string_utf8(env, value, nullptr, 0, &size), "a name is not a string");
  std::string text(size, '\0');
  Require(napi_get_value_string_utf8(env, value, &text[0], size + 1, &size), "a name is not a string");
  return text;
}

/** "node" or "node:3" each. */
std::vector<TF_Output> Outputs(napi_env env, TF_Graph* graph, napi_value array) {
  uint32_t count = 0;
  Require(napi_get_array_length(env, array, &count), "inputs and outputs are arrays");
  std::vector<TF_Output> outputs(count);
  for (uint32_t i = 0; i < count; i++) {
    napi_value element;
    Require(napi_get_element(env, array, i, &element), "inputs and outputs are arrays");
    const std::string reference = Text(env, element);
    const size_t colon = reference.rfind(':');
    outputs[i].oper = TF_GraphOperationByName(graph, reference.substr(0, colon).c_str());
    outputs[i].index = colon == std::string::npos ? 0 : std::atoi(reference.c_str() + colon + 1);
    if (outputs[i].oper == nullptr) throw Problem{"the graph has no node " + reference};
  }
  return outputs;
}

void Add(napi_env env, TFE_Context* context, const napi_value* arguments) {
  const std::string name = Text(env, arguments[0]);
  void* bytes = nullptr;
  size_t size = 0;
  Require(napi_get_typedarray_info(env, arguments[1], nullptr, &size, &bytes, nullptr, nullptr),
          "the graph is not a Uint8Array");
  Status status;
  Owned<TF_Graph> graph(TF_NewGraph(), TF_DeleteGraph);
  Owned<TF_Buffer> buffer(TF_NewBufferFromString(bytes, size), TF_DeleteBuffer);
  Owned<TF_ImportGraphDefOptions> options(TF_NewImportGraphDefOptions(), TF_DeleteImportGraphDefOptions);
  TF_GraphImportGraphDef(graph.get(), buffer.get(), options.get(), status.get());
  status.Require("the graph");
  const std::vector<TF_Output> inputs = Outputs(env, graph.get(), arguments[2]);
  const std::vector<TF_Output> outputs = Outputs(env, graph.get(), arguments[3]);
  Owned<TF_Function> function(
      TF_GraphToFunction(graph.get(), name.c_str(), /*append_hash_to_fn_name=*/0, /*num_opers=*/-1, nullptr,
                         static_cast<int>(inputs.size()), inputs.data(), static_cast<int>(outputs.size()),
                         outputs.data(), nullptr, nullptr, nullptr, status.get()),
      TF_DeleteFunction);
  status.Require("the function");
  TFE_ContextAddFunction(context, function.get(), status.get());
  status.Require("the context");
}

void Remove(napi_env env, TFE_Context* context, const napi_value* arguments) {
  Status status;
  TFE_ContextRemoveFunction(context, Text(env, arguments[0]).c_str(), status.get());
  status.Require("the context");
}

using Action = void (*)(napi_env, TFE_Context*, const napi_value*);

template <Action action, size_t count>
napi_value Call(napi_env env, napi_callback_info info) {
  size_t given = count;
  napi_value arguments[count];
  void* context = nullptr;
  try {
    Require(napi_get_cb_info(env, info, &given, arguments, nullptr, &context), "the arguments");
    if (given != count) throw Problem{"wrong number of arguments"};
    action(env, static_cast<TFE_Context*>(context), arguments);
  } catch (const Problem& problem) {
    napi_throw_error(env, nullptr, problem.text.c_str());
  }
  return nullptr;
}

}  // namespace

extern "C" TFE_Context* __real_TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status);
extern "C" TFE_Context* __wrap_TFE_NewContext(const TFE_ContextOptions* options, TF_Status* status) {
  return newest_context = __real_TFE_NewContext(options, status);
}

/**
 * Called by the front of the addon behind tfjs-node's own start. The binding gets
 *
 *   addFunction(name, graphDef: Uint8Array, inputs: string[], outputs: string[])
 *   removeFunction(name)
 *
 * where inputs are names of Placeholders, and outputs are of the form "node:0". Both throw what TensorFlow says.
 */
extern "C" __attribute__((visibility("default"))) void RegisterStepGraph(napi_env env, napi_value addon) {
  if (newest_context == nullptr) return;
  const napi_property_descriptor properties[] = {
      {"addFunction", nullptr, Call<Add, 4>, nullptr, nullptr, nullptr, napi_enumerable, newest_context},
      {"removeFunction", nullptr, Call<Remove, 1>, nullptr, nullptr, nullptr, napi_enumerable, newest_context},
  };
  napi_define_properties(env, addon, 2, properties);
}
