// Names of io_uring's features; see uring_features.h.
#include "uring_features.h"

namespace pike::uring {

namespace {

struct Named {
  Feature feature;
  const char* name;
};

constexpr Named kNames[] = {
    {kSingleIssuer, "single_issuer"},
    {kDeferTaskrun, "defer_taskrun"},
    {kCoopTaskrun, "coop_taskrun"},
    {kTaskrunFlag, "taskrun_flag"},
    {kBufferRings, "buffer_rings"},
    {kReceiveMultishot, "recv_multishot"},
    {kReceiveLimit, "recv_limit"},
    {kRingAccept, "accept"},
    {kRingSend, "send"},
    {kSendZeroCopy, "send_zc"},
    {kSendCopied, "send_copied"},
};

}  // namespace

bool read_features(const std::string& text, uint32_t* mask, std::string* unknown) {
  *mask = kAllFeatures;
  size_t at = 0;
  while (at < text.size()) {
    size_t end = text.find(',', at);
    if (end == std::string::npos) end = text.size();
    const std::string part = text.substr(at, end - at);
    at = end + 1;
    uint32_t found = 0;
    for (const Named& named : kNames) {
      if (part == std::string("-") + named.name) found = named.feature;
    }
    if (found == 0) {
      *unknown = part;
      return false;
    }
    *mask &= ~found;
  }
  return true;
}

std::string feature_names(uint32_t features) {
  std::string names;
  for (const Named& named : kNames) {
    if ((features & named.feature) == 0) continue;
    if (!names.empty()) names += ' ';
    names += named.name;
  }
  return names;
}

}  // namespace pike::uring
