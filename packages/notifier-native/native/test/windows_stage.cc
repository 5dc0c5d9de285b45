// What tests on Windows need of the system and JavaScript cannot do: count handles, make pipes and
// files whose handles nobody has associated with anything, and let the console speak. A small
// binary of its own, loaded by test/windows.ts.
#include <windows.h>
// After windows.h.
#include <node_api.h>

#include <atomic>
#include <string>

namespace {

// Events of the console that are being handled.
std::atomic<int> speaking{0};

double number_at(napi_env env, napi_callback_info info, size_t index) {
  napi_value arguments[2] = {nullptr, nullptr};
  size_t count = 2;
  double value = 0;
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  if (index < count) napi_get_value_double(env, arguments[index], &value);
  return value;
}

napi_value number(napi_env env, double value) {
  napi_value made = nullptr;
  napi_create_double(env, value, &made);
  return made;
}

napi_value number(napi_env env, HANDLE handle) {
  return number(env, static_cast<double>(reinterpret_cast<intptr_t>(handle)));
}

// handles() → how many this process has open. wine 8 has no GetProcessHandleCount; but handles are
// multiples of four, taken from the lowest on: after a long gap there are none.
napi_value handles(napi_env env, napi_callback_info) {
  constexpr int kGap = 1000;
  int count = 0;
  int missing = 0;
  for (intptr_t handle = 4; missing < kGap; handle += 4) {
    DWORD flags = 0;
    const bool is_open = GetHandleInformation(reinterpret_cast<HANDLE>(handle), &flags) != 0;
    count += is_open ? 1 : 0;
    missing = is_open ? 0 : missing + 1;
  }
  return number(env, count);
}

// pipe(messages) → [server, client]: the two ends of a named pipe, overlapped
napi_value pipe(napi_env env, napi_callback_info info) {
  static int made = 0;
  const bool messages = number_at(env, info, 0) != 0;
  const std::string name = "\\\\.\\pipe\\pike-stage-" + std::to_string(GetCurrentProcessId()) +
                           "-" + std::to_string(made++);
  const DWORD type = messages ? PIPE_TYPE_MESSAGE | PIPE_READMODE_MESSAGE : PIPE_TYPE_BYTE;
  const HANDLE server =
      CreateNamedPipeA(name.c_str(), PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, type, 1, 4096, 4096,
                       0, nullptr);
  const HANDLE client = CreateFileA(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr,
                                    OPEN_EXISTING, FILE_FLAG_OVERLAPPED, nullptr);
  if (messages) {
    DWORD mode = PIPE_READMODE_MESSAGE;
    SetNamedPipeHandleState(client, &mode, nullptr, nullptr);
  }
  napi_value ends = nullptr;
  napi_create_array_with_length(env, 2, &ends);
  napi_set_element(env, ends, 0, number(env, server));
  napi_set_element(env, ends, 1, number(env, client));
  return ends;
}

// blockingPipe() → [read, write]: an anonymous pipe, whose calls block
napi_value blocking_pipe(napi_env env, napi_callback_info) {
  HANDLE read = nullptr;
  HANDLE write = nullptr;
  CreatePipe(&read, &write, nullptr, 0);
  napi_value ends = nullptr;
  napi_create_array_with_length(env, 2, &ends);
  napi_set_element(env, ends, 0, number(env, read));
  napi_set_element(env, ends, 1, number(env, write));
  return ends;
}

// file() → a regular file, overlapped, that goes with its handle
napi_value file(napi_env env, napi_callback_info) {
  char folder[MAX_PATH];
  char name[MAX_PATH];
  GetTempPathA(sizeof folder, folder);
  GetTempFileNameA(folder, "pik", 0, name);
  return number(env, CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_ALWAYS,
                                 FILE_FLAG_OVERLAPPED | FILE_FLAG_DELETE_ON_CLOSE, nullptr));
}

// close(handle)
napi_value close(napi_env env, napi_callback_info info) {
  CloseHandle(reinterpret_cast<HANDLE>(static_cast<intptr_t>(number_at(env, info, 0))));
  return nullptr;
}

DWORD WINAPI speak_here(void* event) {
  // What the system starts a thread at when the console has something to say: it asks the handlers
  // one after another, and ends the process when none has taken care.
  using Routine = DWORD(WINAPI*)(void*);
  const auto routine = reinterpret_cast<Routine>(reinterpret_cast<void*>(
      GetProcAddress(GetModuleHandleA("kernelbase.dll"), "CtrlRoutine")));
  if (routine != nullptr) routine(event);
  speaking--;
  return 0;
}

// speak(event): the console says so, on a thread of its own
napi_value speak(napi_env env, napi_callback_info info) {
  speaking++;
  void* const event = reinterpret_cast<void*>(static_cast<intptr_t>(number_at(env, info, 0)));
  CloseHandle(CreateThread(nullptr, 0, speak_here, event, 0, nullptr));
  return nullptr;
}

// speaking() → how many events are still being handled
napi_value still_speaking(napi_env env, napi_callback_info) { return number(env, speaking.load()); }

void define(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value = nullptr;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

}  // namespace

NAPI_MODULE_INIT() {
  define(env, exports, "handles", handles);
  define(env, exports, "pipe", pipe);
  define(env, exports, "blockingPipe", blocking_pipe);
  define(env, exports, "file", file);
  define(env, exports, "close", close);
  define(env, exports, "speak", speak);
  define(env, exports, "speaking", still_speaking);
  return exports;
}
