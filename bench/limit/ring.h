/*
 * A minimal io_uring: one ring of one thread, with a ring of provided buffers.
 *
 * Only what the programs of the limit need, and by plain system calls. The constants that are newer
 * than the headers of Debian 12 (6.1) are part of the kernel's stable interface.
 */
#ifndef PIKE_BENCH_RING_H
#define PIKE_BENCH_RING_H
#include <linux/io_uring.h>
#include <stdint.h>

struct ring {
  int fd, enter_fd;
  unsigned enter_flags; /* IORING_ENTER_REGISTERED_RING where the kernel has it */
  unsigned *submit_tail, *submit_head, *submit_array, *complete_head, *complete_tail;
  unsigned submit_mask, complete_mask, submit_entries;
  unsigned tail, submitted; /* entries written, and those the kernel has taken */
  struct io_uring_sqe *entries;
  struct io_uring_cqe *completions;
};

/* Buffers of equal size that the kernel takes from; owned for the whole run. */
struct buffers {
  struct io_uring_buf_ring *ring;
  char *memory;
  unsigned count, size;
  uint16_t tail, group;
};

/* Ends the program where io_uring, or what this asks of it (Linux 6.1), is refused. */
void ring_open(struct ring *ring, unsigned entries, unsigned completion_entries);
/* An empty entry; enters the kernel first when none is free. */
struct io_uring_sqe *ring_entry(struct ring *ring, uint8_t opcode, int fd, uint64_t user_data);
/* Submits what is queued and waits for `wanted` completions. */
void ring_enter(struct ring *ring, unsigned wanted);
/* The next completion, or NULL; valid until ring_seen. */
struct io_uring_cqe *ring_next(struct ring *ring);
void ring_seen(struct ring *ring);

void buffers_open(struct ring *ring, struct buffers *buffers, uint16_t group, unsigned count,
                  unsigned size);
static inline char *buffers_at(const struct buffers *buffers, unsigned id) {
  return buffers->memory + (uint64_t)id * buffers->size;
}
/* Gives one back to the kernel; it sees it after buffers_publish. */
void buffers_return(struct buffers *buffers, unsigned id);
void buffers_publish(struct buffers *buffers);

#endif
