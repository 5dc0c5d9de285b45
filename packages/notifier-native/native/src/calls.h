// The page of system calls that POSIX systems spell differently. One file a system implements it
// (calls_linux.cc, calls_bsd.cc), so that the shared code knows no system.
#pragma once
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

namespace pike {

struct SystemAddress;

// --- On the path of every byte

// For sendmsg(2) and the like: does not wait and raises no SIGPIPE, as far as a flag can say so.
extern const int kSendFlags;
// recv(2) and send(2), not waiting.
ssize_t receive_call(int fd, void* to, size_t size);
ssize_t send_call(int fd, const void* from, size_t size);
// The error of a call on a stream, as the other systems have it.
int stream_error(int error);

// --- Making sockets: non-blocking, close-on-exec, raising no SIGPIPE. −1 and errno.

int socket_call(int domain, int type);
int accept_call(int fd, SystemAddress* from);

// --- About descriptors

// Whether flags of a call suffice on a socket that came from outside. Where not, its own flags are
// changed while it is in a notifier.
extern const bool kFlagsSuffice;
// Keeps writes to a socket from raising SIGPIPE, or allows it again. Whether that was a change.
bool change_sigpipe(int fd, bool raise);
// Takes a SIGPIPE that is pending for this thread, which blocks it.
void take_sigpipe();
// The user on the other side of a Unix stream, as the kernel tells it; false when it does not.
bool peer_user(int fd, uint32_t* uid);
// What poll(2) says of a descriptor now, of POLLIN and POLLOUT as far as asked for; also where that
// call looks at no device.
short ready_call(int fd, short events);
// AF_INET, AF_INET6, …; −1 for what is no socket.
int domain_of(int fd);
// epoll, io_uring, kqueue: watching one from within another makes loops that nobody can reason
// about.
bool is_notifier(int fd);

}  // namespace pike
