// CreateThread; see thread.h.
#include "thread.h"

#include "system.h"

namespace pike {

namespace {

class WindowsThread final : public Thread {
 public:
  WindowsThread(const char* name, void (*run)(void*), void* data)
      : name_(name), run_(run), data_(data) {}

  bool begin() {
    thread_ = CreateThread(nullptr, 0, begin_here, this, 0, nullptr);
    return thread_ != nullptr;
  }

  void join() override {
    WaitForSingleObject(thread_, INFINITE);
    CloseHandle(thread_);
  }

 private:
  static DWORD WINAPI begin_here(void* data) {
    const WindowsThread* thread = static_cast<WindowsThread*>(data);
    thread->show_name();
    thread->run_(thread->data_);
    return 0;
  }

  // Windows 10 1607 and later; before, a thread has no name.
  void show_name() const {
    using Describe = HRESULT(WINAPI*)(HANDLE, PCWSTR);
    const auto describe = reinterpret_cast<Describe>(reinterpret_cast<void*>(
        GetProcAddress(GetModuleHandleA("kernel32.dll"), "SetThreadDescription")));
    wchar_t wide[16] = {};
    for (size_t i = 0; i < 15 && name_[i] != 0; i++) wide[i] = static_cast<wchar_t>(name_[i]);
    if (describe != nullptr) describe(GetCurrentThread(), wide);
  }

  const char* const name_;
  void (*const run_)(void*);
  void* const data_;
  HANDLE thread_ = nullptr;
};

}  // namespace

std::unique_ptr<Thread> Thread::start(const char* name, void (*run)(void*), void* data) {
  auto thread = std::make_unique<WindowsThread>(name, run, data);
  if (!thread->begin()) return nullptr;
  return thread;
}

}  // namespace pike
