// EVFILT_READ and EVFILT_WRITE of the stand-in: what holds for a descriptor now, in kqueue's terms.
//
// What Linux says otherwise: a socket that never was connected is writable and hung up (on BSD it
// is neither), and an error is told once (on BSD it stays until a call takes it).
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>

#include "standin_queue.h"

namespace standin {

namespace {

enum class Form { kListener, kStream, kDatagram, kPipe, kDevice };

int option_of(int fd, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return getsockopt(fd, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

Form form_of(int fd, mode_t mode) {
  if (S_ISFIFO(mode)) return Form::kPipe;
  if (!S_ISSOCK(mode)) return Form::kDevice;
  if (option_of(fd, SO_ACCEPTCONN) == 1) return Form::kListener;
  const int type = option_of(fd, SO_TYPE);
  return type == SOCK_STREAM || type == SOCK_SEQPACKET ? Form::kStream : Form::kDatagram;
}

Form form_of(int fd) {
  struct stat about {};
  return fstat(fd, &about) == 0 ? form_of(fd, about.st_mode) : Form::kDevice;
}

short ready(int fd, short asked) {
  pollfd watched{fd, asked, 0};
  return poll(&watched, 1, 0) > 0 ? watched.revents : 0;
}

int number_of(int fd, unsigned long request) {
  int value = 0;
  return ioctl(fd, request, &value) == 0 ? value : 0;
}

// Connections that wait to be accepted.
int backlog_of(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  const bool known = getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
  return known ? std::max(1, static_cast<int>(info.tcpi_unacked)) : 1;
}

bool has_peer(int fd) {
  sockaddr_storage peer;
  socklen_t size = sizeof peer;
  return getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
}

// Whether a stream has, or had, anything to do with a peer. One that never had is neither writable
// nor at its end on BSD; Linux forgets the peer of a connection that is over.
bool had_peer(int fd) {
  if (has_peer(fd)) return true;
  tcp_info info{};
  socklen_t size = sizeof info;
  const bool known = getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0;
  return known && size >= offsetof(tcp_info, tcpi_segs_in) + sizeof info.tcpi_segs_in &&
         info.tcpi_segs_in > 0;
}

// So many bytes make a stream readable: the filter's own mark comes before the socket's.
int64_t mark_of(int fd, const struct kevent& asked) {
  const int64_t given =
      (asked.fflags & NOTE_LOWAT) != 0 ? asked.data : option_of(fd, SO_RCVLOWAT);
  return std::max<int64_t>(given, 1);
}

int room_of(int fd, Form form) {
  if (form == Form::kPipe) return std::max(1, fcntl(fd, F_GETPIPE_SZ) - number_of(fd, FIONREAD));
  if (form == Form::kDevice) return 1;
  return std::max(1, option_of(fd, SO_SNDBUF) - number_of(fd, SIOCOUTQ));
}

void end_with(struct kevent* out, int error) {
  out->flags |= EV_EOF;
  out->fflags = static_cast<unsigned>(error);
}

}  // namespace

int Queue::add_descriptor(Knote& knote, bool again) {
  const int fd = static_cast<int>(knote.asked.ident);
  const bool reads = knote.asked.filter == EVFILT_READ;
  struct stat about {};
  if (fstat(fd, &about) != 0) return EBADF;
  if (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode) || S_ISBLK(about.st_mode)) return EINVAL;
  knote.device = about.st_dev;
  knote.inode = about.st_ino;
  knote.connected = has_peer(fd);
  // A pipe whose reader has gone has nothing to attach to.
  const Form form = form_of(fd, about.st_mode);
  if (!reads && form == Form::kPipe && (ready(fd, POLLOUT) & POLLERR) != 0) return EPIPE;
  epoll_event event{};
  event.events = EPOLLET | (reads ? EPOLLIN | EPOLLRDHUP | EPOLLPRI : EPOLLOUT);
  event.data.fd = fd;
  const int inner = reads ? readers_ : writers_;
  if (epoll_ctl(inner, again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0) return 0;
  if (errno == EEXIST && epoll_ctl(inner, EPOLL_CTL_MOD, fd, &event) == 0) return 0;
  return errno == EPERM ? EINVAL : errno;  // a device that cannot be waited for
}

// The descriptor was closed past us, and its number is another's, or nobody's.
bool Queue::is_stale(const Knote& knote) const {
  struct stat about {};
  if (fstat(static_cast<int>(knote.asked.ident), &about) != 0) return true;
  return about.st_dev != knote.device || about.st_ino != knote.inode;
}

bool Queue::evaluate_read(Knote& knote, struct kevent* out) {
  const int fd = static_cast<int>(knote.asked.ident);
  const Form form = form_of(fd);
  const short found = ready(fd, POLLIN | POLLPRI | POLLRDHUP);
  if (form == Form::kListener) {
    out->data = backlog_of(fd);
    return (found & POLLIN) != 0;
  }
  // Linux counts up to urgent data only, BSD all that there is.
  out->data = number_of(fd, FIONREAD) + ((found & POLLPRI) != 0 ? 1 : 0);
  if (form == Form::kDatagram) return (found & (POLLIN | POLLERR)) != 0;
  if (form == Form::kDevice) {
    if ((found & POLLHUP) != 0) end_with(out, 0);
    out->data = std::max<int64_t>(out->data, 1);
    return found != 0;
  }
  if (form == Form::kPipe) {
    if ((found & POLLHUP) != 0) end_with(out, 0);
    return out->data > 0 || (found & POLLHUP) != 0;
  }
  knote.connected = knote.connected || had_peer(fd);
  const int error = (found & (POLLERR | POLLHUP)) != 0 ? peek_error(fd) : 0;
  if (!knote.connected && error == 0) return false;
  const bool ended = (found & (POLLRDHUP | POLLHUP)) != 0 || error != 0;
  if (ended) end_with(out, error);
  return ended || out->data >= mark_of(fd, knote.asked);
}

bool Queue::evaluate_write(Knote& knote, struct kevent* out) {
  const int fd = static_cast<int>(knote.asked.ident);
  const Form form = form_of(fd);
  if (form == Form::kListener) return false;
  const short found = ready(fd, POLLOUT);
  const bool over = (found & (POLLERR | POLLHUP)) != 0;
  out->data = room_of(fd, form);
  if (form == Form::kDatagram || form == Form::kDevice) return found != 0;
  if (form == Form::kPipe) {
    if (over) end_with(out, 0);
    return found != 0;
  }
  knote.connected = knote.connected || had_peer(fd);
  const int error = over ? peek_error(fd) : 0;
  if (!knote.connected && error == 0) return false;
  if (over) end_with(out, error);
  return over || (found & POLLOUT) != 0;
}

}  // namespace standin
