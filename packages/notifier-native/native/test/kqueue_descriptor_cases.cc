// kqueue(2) itself: EVFILT_READ and EVFILT_WRITE on sockets and pipes, and what close(2), dup(2)
// and fork(2) do to a queue.
#include "kqueue_cases.h"
#include "kqueue_stage.h"

using namespace stage;

void close_removes_silently_and_the_number_is_new() {
  Queue queue;
  Pair old;
  open_pipe(&old);
  const int number = old.near;
  CHECK(queue.apply(ident(number), EVFILT_READ, EV_ADD, 0, 0, word(1)) == 0);
  send_text(old.far, "a");
  close(number);
  CHECK(queue.is_empty());
  Pair other;
  open_pipe(&other);
  CHECK(dup2(other.near, number) == number);
  send_text(other.far, "b");
  CHECK(queue.is_empty());
  CHECK(queue.apply(ident(number), EVFILT_READ, EV_DELETE) == ENOENT);
  CHECK(queue.apply(ident(number), EVFILT_READ, EV_ADD, 0, 0, word(2)) == 0);
  CHECK(queue.only().udata == word(2));
}

void copies_of_a_descriptor_are_watched_apart() {
  Queue queue;
  Pair pair;
  open_pipe(&pair);
  const int copy = dup(pair.near);
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD) == 0);
  CHECK(queue.apply(ident(copy), EVFILT_READ, EV_ADD) == 0);
  send_text(pair.far, "a");
  CHECK(queue.pending().size() == 2);
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_DELETE) == 0);
  CHECK(queue.only().ident == ident(copy));
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD) == 0);
  close(pair.near);
  pair.near = copy;
  CHECK(queue.only().ident == ident(copy));
}

void a_child_has_no_queue() {
  Queue queue;
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    const timespec at_once{};
    const bool none = kevent(queue.fd(), nullptr, 0, nullptr, 0, &at_once) == -1;
    _exit(none && errno == EBADF ? 0 : 1);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(queue.apply(1, EVFILT_USER, EV_ADD) == 0);
}

void a_queue_can_be_polled() {
  Queue queue;
  pollfd watched{queue.fd(), POLLIN, 0};
  CHECK(poll(&watched, 1, 0) == 0);
  CHECK(queue.apply(1, EVFILT_USER, EV_ADD | EV_CLEAR) == 0);
  CHECK(queue.apply(1, EVFILT_USER, 0, NOTE_TRIGGER) == 0);
  CHECK(poll(&watched, 1, kPatienceMs) == 1 && (watched.revents & POLLIN) != 0);
  CHECK(queue.only().ident == 1);
  CHECK(poll(&watched, 1, 0) == 0);
  Pair pair;
  open_pipe(&pair);
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
  CHECK(poll(&watched, 1, 0) == 0);
  send_text(pair.far, "a");
  CHECK(poll(&watched, 1, kPatienceMs) == 1 && (watched.revents & POLLIN) != 0);
}

void a_listener_counts_its_backlog() {
  const int listener = listening();
  Queue queue;
  CHECK(queue.apply(ident(listener), EVFILT_READ, EV_ADD) == 0);
  CHECK(queue.is_empty());
  int clients[2];
  for (int i = 0; i < 2; i++) {
    clients[i] = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(connect_to(clients[i], loopback(listener)) == 0);
    CHECK(queue.next().data == i + 1);
  }
  close(accept(listener, nullptr, nullptr));
  CHECK(queue.only().data == 1);
  close(accept(listener, nullptr, nullptr));
  CHECK(queue.is_empty());
  close(clients[0]);
  close(clients[1]);
  close(listener);
}

void the_end_comes_with_the_data_before_it() {
  Pair pair;
  open_tcp(&pair);
  Queue queue;
  send_text(pair.far, "abcde");
  pair.end_far();
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD) == 0);
  struct kevent event = queue.next();
  while (!is_at_end(event)) event = queue.next();
  CHECK(event.data == 5 && event.fflags == 0);
  CHECK(drain(pair.near) == 5);
  event = queue.only();  // and without data, as long as it holds
  CHECK(is_at_end(event) && event.data == 0);
  CHECK(drain(pair.near) == 0);
}

void a_half_close_ends_reading_alone() {
  Pair pair;
  open_tcp(&pair);
  CHECK(shutdown(pair.far, SHUT_WR) == 0);
  Queue readers;
  CHECK(readers.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
  CHECK(is_at_end(readers.next()));
  Queue writers;
  CHECK(writers.apply(ident(pair.near), EVFILT_WRITE, EV_ADD | EV_CLEAR) == 0);
  const struct kevent event = writers.only();
  CHECK(!is_at_end(event) && event.data > 0 && event.fflags == 0);
  send_text(pair.near, "x");
  CHECK(drain(pair.far) == 1);
}

void a_reset_is_told_to_both_and_taken_from_none() {
  Pair pair;
  open_tcp(&pair);
  Queue readers;
  Queue writers;
  CHECK(readers.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
  CHECK(writers.apply(ident(pair.near), EVFILT_WRITE, EV_ADD) == 0);
  CHECK(!is_at_end(writers.only()));
  reset(&pair);
  const struct kevent read = readers.next();
  CHECK(is_at_end(read) && read.fflags == ECONNRESET);
  const struct kevent write = writers.only();
  CHECK(is_at_end(write) && write.fflags == ECONNRESET);
  CHECK(drain(pair.near) == -ECONNRESET);  // the filters told it, and took it from nobody
}

void a_refused_connect_is_told_with_its_error() {
  const int listener = listening();
  const sockaddr_in address = loopback(listener);
  close(listener);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  unblock(fd);
  Queue queue;
  CHECK(queue.apply(ident(fd), EVFILT_WRITE, EV_ADD | EV_CLEAR) == 0);
  const int error = connect_to(fd, address);
  if (error == EINPROGRESS) {
    const struct kevent event = queue.next();
    CHECK(is_at_end(event) && event.fflags == ECONNREFUSED);
    int told = 0;
    socklen_t size = sizeof told;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &told, &size) == 0 && told == ECONNREFUSED);
  } else {
    CHECK(error == ECONNREFUSED);
  }
  close(fd);
}

void a_connect_is_told_when_it_is_made() {
  const int listener = listening();
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  unblock(fd);
  Queue queue;
  CHECK(queue.apply(ident(fd), EVFILT_WRITE, EV_ADD | EV_CLEAR) == 0);
  const int error = connect_to(fd, loopback(listener));
  CHECK(error == 0 || error == EINPROGRESS);
  const struct kevent event = queue.next();
  CHECK(!is_at_end(event) && event.data > 0 && event.fflags == 0);
  close(fd);
  close(listener);
}

void a_stream_without_a_peer_is_neither() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  Queue queue;
  CHECK(queue.apply(ident(fd), EVFILT_READ, EV_ADD) == 0);
  CHECK(queue.apply(ident(fd), EVFILT_WRITE, EV_ADD) == 0);
  CHECK(queue.is_empty());
  close(fd);
}

void room_to_write_is_told_when_there_is_some_again() {
  Pair pair;
  open_tcp(&pair);
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_WRITE, EV_ADD | EV_CLEAR) == 0);
  CHECK(queue.only().data > 0);
  static char block[65536];
  while (write(pair.near, block, sizeof block) > 0) continue;
  CHECK(errno == EAGAIN || errno == EWOULDBLOCK);
  while (!queue.is_empty()) {  // acknowledgements of what was sent before
    while (write(pair.near, block, sizeof block) > 0) continue;
  }
  std::vector<struct kevent> events;
  while (events.empty()) {
    while (drain(pair.far) > 0) continue;
    events = queue.pending();
  }
  CHECK(events.size() == 1 && events[0].data > 0 && !is_at_end(events[0]));
}

void an_empty_datagram_is_told() {
  const int receiver = bound(SOCK_DGRAM);
  const int sender = socket(AF_INET, SOCK_DGRAM, 0);
  const sockaddr_in to = loopback(receiver);
  Queue queue;
  CHECK(queue.apply(ident(receiver), EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
  CHECK(queue.is_empty());
  CHECK(sendto(sender, "", 0, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  const struct kevent event = queue.next();
  CHECK(!is_at_end(event) && event.fflags == 0);
  CHECK(drain(receiver) == 0);
  close(sender);
  close(receiver);
}

void a_low_water_mark_holds_back_less() {
  Pair pair;
  open_tcp(&pair);
  Queue queue;
  Queue any;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR, NOTE_LOWAT, 4) == 0);
  CHECK(any.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
  send_text(pair.far, "abc");
  CHECK(any.next().data == 3);  // it has arrived
  CHECK(queue.is_empty());
  send_text(pair.far, "d");
  CHECK(queue.next().data == 4);
  CHECK(drain(pair.near) == 4);
  send_text(pair.far, "e");
  CHECK(any.next().data == 1);
  CHECK(queue.is_empty());
  pair.end_far();
  CHECK(is_at_end(queue.next()));  // the end is told whatever there is
}

void a_pipes_end_comes_with_the_data_before_it() {
  Pair pair;
  open_pipe(&pair);
  send_text(pair.far, "abc");
  pair.end_far();
  Queue queue;
  CHECK(queue.apply(ident(pair.near), EVFILT_READ, EV_ADD | EV_CLEAR) == 0);
  const struct kevent event = queue.only();
  CHECK(is_at_end(event) && event.data == 3);
  CHECK(drain(pair.near) == 3 && drain(pair.near) == 0);
}

void a_pipe_without_a_reader_is_at_its_end() {
  signal(SIGPIPE, SIG_IGN);
  Pair pair;
  open_pipe(&pair);
  Queue queue;
  CHECK(queue.apply(ident(pair.far), EVFILT_WRITE, EV_ADD | EV_CLEAR) == 0);
  const struct kevent before = queue.only();
  CHECK(!is_at_end(before) && before.data > 0);
  close(pair.near);
  pair.near = -1;
  CHECK(is_at_end(queue.next()));
  CHECK(write(pair.far, "x", 1) == -1 && errno == EPIPE);
}
