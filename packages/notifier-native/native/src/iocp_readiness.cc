// Waiting by completion ports for what is no transfer: readiness, of which they know nothing (what
// is asked for ahead of its reader tells), events and signals, which send packets. See iocp.h.
#include "errors.h"
#include "events_windows.h"
#include "iocp.h"
#include "signal_queue_windows.h"
#include "signals.h"
#include "sockets.h"

namespace pike {

int64_t Iocp::attempt_wait(Request& request, Handle& handle) {
  int ready = 0;
  if ((request.flags & kReadable) != 0 && is_readable(handle)) ready |= kReadable;
  if ((request.flags & kWritable) != 0 && is_writable(handle)) ready |= kWritable;
  return ready == 0 ? blocked(handle) : ready;
}

bool Iocp::is_readable(Handle& handle) {
  Channel& channel = channels_.of(handle);
  const PostTarget target = {port_, handle.token()};
  const auto known = [&] {
    return channel.has_bytes() || channel.has_connections() || channel.readable ||
           channel.read_shut || channel.receive_code != 0 || handle.broken != 0;
  };
  if (handle.kind == Kind::kEvent) {
    return has_event(core.specials.find(handle.slot)->event, target);
  }
  if (handle.kind == Kind::kSignal) {
    return queue_of(*core.specials.find(handle.slot)->signals).is_ready(target);
  }
  if (handle.kind == Kind::kListener) {
    start_accepts(handle, channel);
    return known();
  }
  if (known()) return true;
  if (channel.receiving != kNone || connecting(handle)) return false;
  if (handle.kind == Kind::kDatagram) {
    start_datagram(handle, channel);
    return known();
  }
  if (!can_probe(handle)) {
    receive_ahead(handle, channel);
    return known();
  }
  const int64_t result = probe(handle, channel);
  if (result == kPending) return false;
  channel.readable = true;
  if (result != 0 && handle.broken == 0) channel.receive_code = static_cast<int16_t>(-result);
  return true;
}

// A write is taken at once where none is under way; the kernel tells of no more.
bool Iocp::is_writable(Handle& handle) {
  return handle.writes.count == 0 && channels_.of(handle).sending == kNone;
}

int64_t Iocp::attempt_event(Handle& handle) {
  const Special* special = core.specials.find(handle.slot);
  if (handle.kind != Kind::kEvent || special == nullptr) return -kUnsupported;
  const uint64_t posts = take_event(special->event, {port_, handle.token()});
  return posts == 0 ? blocked(handle) : static_cast<int64_t>(posts);
}

int64_t Iocp::attempt_signal(Handle& handle, uint32_t offset) {
  Special* special = core.specials.find(handle.slot);
  if (handle.kind != Kind::kSignal || special == nullptr) return -kUnsupported;
  SignalRecord record;
  if (!queue_of(*special->signals).take(&record, {port_, handle.token()})) return blocked(handle);
  write_signal(record, core.shared.slab + offset);
  return 0;
}

// Writing ends behind the piece that is aloft, which counts as moved.
int Iocp::shutdown(Handle& handle, int how) {
  Channel& channel = channels_.of(handle);
  const bool writing = how != SD_RECEIVE;
  const bool later = writing && channel.sending != kNone;
  if (later && how == SD_SEND) {
    channel.shut_later = true;
    return 0;
  }
  const int code = shutdown_socket(core, handle, later ? SD_RECEIVE : how);
  if (code != 0 || how == SD_SEND) return code;
  channel.shut_later = later;
  // Who waits to read hears of the end; Windows would let them wait.
  channel.read_shut = true;
  if (channel.receiving != kNone) {
    CancelIoEx(system_handle(handle), &flights_.at(channel.receiving).overlapped);
  }
  make_ready(handle);
  return 0;
}

}  // namespace pike
