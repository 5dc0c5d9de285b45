// Posted requests of the reactor: taking them, sending what was gathered, paying what is owed; see
// gathered.h.
#include "gathered.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

#include "calls.h"
#include "descriptors.h"
#include "errors.h"
#include "reactor.h"
#include "sockets.h"

namespace pike {

namespace {

// Generations in a gate are cut to so many bits.
constexpr uint32_t kGateGeneration = 0x3fffffff;

uint32_t whole(double number) {
  return number >= 0 && number <= UINT32_MAX ? static_cast<uint32_t>(number) : 0;
}

}  // namespace

void Reactor::take_posts() {
  double* const detail = core.shared.detail;
  const uint32_t count = std::min(whole(detail[kPosts]), kPostsMax);
  if (count == 0) return;
  detail[kPosts] = detail[kPostBytes] = 0;
  detail[kTakes]++;
  uint32_t at = kSlabPosts;
  gathered_.clear();
  for (uint32_t i = 0; i < count; i++) {
    const double* post = core.shared.posts + i * kPostNumbers;
    Handle* handle = core.handles.by_id(post[2]);
    core.count(kOperations);
    if (handle != nullptr) handle->operations++;
    if ((whole(post[0]) & 0xff) != kWrite) {
      park_posted(post, handle);
      continue;
    }
    const uint32_t size = std::min(whole(post[3]), kPostedWriteMax);
    if (handle != nullptr) gather(*handle, core.shared.slab + at, size);
    at += size;
  }
  if (gathered_.empty()) return;
  send_gathered(gathered_.data(), gathered_.size());
  for (const Gathered& write : gathered_) settle_gathered(write);
}

// The writes of one handle that follow each other lie side by side, and go out as one.
void Reactor::gather(Handle& handle, const uint8_t* bytes, uint32_t size) {
  spend(handle);
  if (!gathered_.empty()) {
    Gathered& last = gathered_.back();
    if (last.handle == &handle && last.bytes + last.size == bytes) {
      last.size += size;
      return;
    }
  }
  gathered_.push_back({&handle, bytes, size, 0});
}

void Reactor::park_posted(const double* post, Handle* handle) {
  const Operation operation = static_cast<Operation>(whole(post[0]) & 0xff);
  Request& request = core.open_request(whole(post[1]), operation, handle);
  request.size = whole(post[3]);
  const int64_t parked =
      handle == nullptr ? -kStale : park(request, *handle, static_cast<int>(post[4]));
  if (parked != kPending) core.finish(request, parked);
  if (handle != nullptr) show_gate(*handle);
}

void Reactor::send_gathered(Gathered* writes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    Gathered& write = writes[i];
    called(*write.handle);
    do {
      write.sent = send_call(write.handle->fd, write.bytes, write.size);
    } while (write.sent < 0 && errno == EINTR);
    if (write.sent < 0) write.sent = -errno;
  }
}

void Reactor::settle_gathered(const Gathered& write) {
  Handle& handle = *write.handle;
  const int error = write.sent < 0 ? static_cast<int>(-write.sent) : 0;
  const bool lacking = lacks_space(handle, error);
  if (error != 0 && !would_block(error) && !lacking) {
    remember(handle, error);
  } else {
    const uint32_t sent = write.sent < 0 ? 0 : static_cast<uint32_t>(write.sent);
    core.count(kBytesWritten, sent);
    handle.bytes_written += sent;
    if (sent < write.size) {
      if (!lacking) blocked(handle, false);
      if (!handle.armed) arm(handle);  // one that fails here fails for the next write, too
      handle.owes = true;
      owed_[handle.slot].bytes.assign(reinterpret_cast<const char*>(write.bytes) + sent,
                                      write.size - sent);
    }
  }
  show_gate(handle);
}

// An answered write has failed: the next one tells, or a read, where that is what ended the stream.
void Reactor::remember(Handle& handle, int error) {
  const int64_t code = failed(handle, error);
  handle.unsaid = static_cast<int16_t>(-code);
}

void Reactor::pay(Handle& handle) {
  const auto found = owed_.find(handle.slot);
  if (found == owed_.end()) return;
  std::string& bytes = found->second.bytes;
  while (!bytes.empty()) {
    called(handle);
    const ssize_t count = send_call(handle.fd, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      if (would_block(errno)) {
        blocked(handle, false);
        return;
      }
      if (lacks_space(handle, errno)) return;
      remember(handle, errno);
      break;
    }
    core.count(kBytesWritten, static_cast<double>(count));
    handle.bytes_written += static_cast<uint64_t>(count);
    bytes.erase(0, static_cast<size_t>(count));
  }
  const bool shut = found->second.shut;
  owed_.erase(found);
  handle.owes = false;
  if (shut) shutdown_socket(core, handle, SHUT_WR);
}

std::string Reactor::forgive(Handle& handle) {
  const auto found = owed_.find(handle.slot);
  if (found == owed_.end()) return {};
  std::string bytes = std::move(found->second.bytes);
  owed_.erase(found);
  handle.owes = false;
  return bytes;
}

int Reactor::shutdown(Handle& handle, int how) {
  const bool again = handle.finished && handle.connected && how == SHUT_WR;
  if (how != SHUT_RD) handle.finished = true;
  show_gate(handle);
  if (handle.owes && how != SHUT_RD) pay(handle);
  if (!handle.owes || how == SHUT_RD) {
    const int code = shutdown_socket(core, handle, how);
    // macOS says so of what is shut down already.
    return again && code == code_of(ENOTCONN) ? 0 : code;
  }
  owed_[handle.slot].shut = true;
  if (how == SHUT_RDWR) shutdown_socket(core, handle, SHUT_RD);
  return 0;
}

void Reactor::settle_debts(int within_ms) {
  const uint64_t end_ms = now_ms() + static_cast<uint64_t>(within_ms);
  std::vector<uint32_t> slots;
  for (const auto& entry : owed_) slots.push_back(entry.first);
  for (const uint32_t slot : slots) {
    Handle& handle = *core.handles.at(slot);
    pay(handle);
    while (handle.owes && now_ms() < end_ms) {
      pollfd writable{handle.fd, POLLOUT, 0};
      poll(&writable, 1, static_cast<int>(end_ms - now_ms()));
      pay(handle);
    }
  }
}

void Reactor::show_gate(Handle& handle) {
  uint32_t bits = 0;
  if (handle.kind == Kind::kEvent && !handle.may_read && handle.reads.count == 0) {
    bits = handle.closing ? 0 : kGateRead;
  } else if (handle.kind == Kind::kStream && handle.socket && !handle.closing) {
    const bool waits = !handle.may_read && handle.reads.count == 0 && !connecting(handle);
    if (waits && handle.connected) bits |= kGateRead;
    const bool moved = handle.bytes_read > 0 || handle.bytes_written > 0;  // so it is connected
    if (moved && handle.may_write && handle.writes.count == 0 && !handle.owes &&
        !handle.finished && handle.broken == 0 && handle.unsaid == 0) {
      bits |= kGateWrite;
    }
  }
  core.shared.gates[handle.slot] = (handle.generation & kGateGeneration) << 2 | bits;
}

}  // namespace pike
