// For the binary that is made for Windows on another system: the functions of Node-API come from
// whatever program has loaded it, under any name, and are looked up when that happens. node-gyp on
// Windows does the like by delay-loading "node.exe".
//
// The headers declare these functions as imported, so each is called through a pointer named
// `__imp_…`; a linker would fill it in from an import library, here it is filled in by hand. The
// list (host_functions.inc, one HOST_FUNCTION a line) is made from the headers by
// tools/prebuild/windows.mjs.
#include <windows.h>

extern "C" {
// One that the program lacks stays null; none of those is called, as each belongs to a version of
// Node-API that the binary does not ask for.
#define HOST_FUNCTION(name) FARPROC __imp_##name = nullptr;
#include "host_functions.inc"
#undef HOST_FUNCTION
}

namespace {

struct Function {
  const char* name;
  FARPROC* pointer;
};

const Function functions[] = {
#define HOST_FUNCTION(name) {#name, &__imp_##name},
#include "host_functions.inc"
#undef HOST_FUNCTION
};

// Before anything else of the binary runs.
bool look_up() {
  HMODULE host = GetModuleHandleW(nullptr);
  // A program may have Node as a library.
  if (GetProcAddress(host, "napi_create_function") == nullptr) {
    const HMODULE library = GetModuleHandleW(L"libnode.dll");
    if (library != nullptr) host = library;
  }
  for (const Function& function : functions) {
    *function.pointer = GetProcAddress(host, function.name);
  }
  return true;
}

const bool looked_up = look_up();

}  // namespace
