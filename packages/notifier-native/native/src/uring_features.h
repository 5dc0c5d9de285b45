// What a kernel's io_uring can do beyond the least that the backend needs, and the mask by which
// tests take some of it away: older kernels can't be had everywhere. PIKE_URING_FEATURES lists what
// to do without ("-recv_multishot,-send_zc"); the TypeScript face hands it over.
#pragma once
#include <cstdint>
#include <string>

namespace pike::uring {

enum Feature : uint32_t {
  kSingleIssuer = 1u << 0,      // Linux 6.0: one thread submits
  kDeferTaskrun = 1u << 1,      // 6.1: work is done when that thread asks for it
  kCoopTaskrun = 1u << 2,       // 5.19: or at its next system call, without an interrupt
  kTaskrunFlag = 1u << 3,       // 5.19: the ring shows that there is such work
  kBufferRings = 1u << 4,       // 5.19: buffers are provided through memory
  kReceiveMultishot = 1u << 5,  // 6.0: one submission receives again and again
  kReceiveLimit = 1u << 6,      // 6.17: up to so many bytes
  kRingAccept = 1u << 7,        // accepts by the ring
  kRingSend = 1u << 8,          // the small writes of a batch in one entry
  kSendZeroCopy = 1u << 9,      // 6.0: sends straight from the notifier's own memory
  kSendCopied = 1u << 10,       // larger writes copied, and sent with the turn's entry
};
constexpr uint32_t kAllFeatures = (1u << 11) - 1;

// The mask that `text` leaves; false: `text` names something unknown, which `unknown` then is.
bool read_features(const std::string& text, uint32_t* mask, std::string* unknown);

// Their names, for `doctor`: "single_issuer defer_taskrun …".
std::string feature_names(uint32_t features);

}  // namespace pike::uring
