// The deliveries of one signal to this process, counted for one knote of EVFILT_SIGNAL.
//
// Linux has nothing that counts signals and leaves them alone, so the process-wide hub of the
// notifier on Linux is borrowed: it reads every signal, tells whoever joined, and then runs the
// handler that would have run. What it would forgive and BSD would not is seen to here: a signal
// whose disposition is its default ends the process, watched or not.
#pragma once

#include <cstdint>
#include <memory>

namespace pike {
class SignalQueue;
}

namespace standin {

class SignalCount {
 public:
  explicit SignalCount(int number);
  ~SignalCount();

  // 0 or an errno.
  int open();
  // Readable while there is something to take.
  int fd() const;
  // How often it was delivered since the last take.
  uint64_t take();

 private:
  const int number_;
  bool joined_ = false;
  std::unique_ptr<pike::SignalQueue> queue_;
};

// Makes the count of a signal's deliveries from now on. 0 or an errno: EINVAL for what is none.
int count_signal(uint64_t number, std::unique_ptr<SignalCount>* out);

}  // namespace standin
