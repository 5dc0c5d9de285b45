/* io_uring by plain system calls; see ring.h. Mappings live as long as the process. */
#define _GNU_SOURCE
#include "ring.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "service.h"

static void *map(int fd, size_t bytes, off_t offset) {
  const int kind = fd < 0 ? MAP_ANONYMOUS | MAP_PRIVATE : MAP_SHARED | MAP_POPULATE;
  void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, kind, fd, offset);
  if (memory == MAP_FAILED) die("mmap");
  return memory;
}

void ring_open(struct ring *ring, unsigned entries, unsigned completion_entries) {
  struct io_uring_params params = {
      .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
               IORING_SETUP_CQSIZE,
      .cq_entries = completion_entries};
  ring->fd = (int)syscall(__NR_io_uring_setup, entries, &params);
  if (ring->fd < 0) die("io_uring_setup");
  const size_t submit_bytes = params.sq_off.array + params.sq_entries * sizeof(unsigned);
  const size_t complete_bytes =
      params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  /* IORING_FEAT_SINGLE_MMAP (5.4) is older than the flags above. */
  char *rings = map(ring->fd, submit_bytes > complete_bytes ? submit_bytes : complete_bytes,
                    IORING_OFF_SQ_RING);
  ring->submit_head = (unsigned *)(rings + params.sq_off.head);
  ring->submit_tail = (unsigned *)(rings + params.sq_off.tail);
  ring->submit_array = (unsigned *)(rings + params.sq_off.array);
  ring->submit_mask = params.sq_entries - 1;
  ring->submit_entries = params.sq_entries;
  ring->complete_head = (unsigned *)(rings + params.cq_off.head);
  ring->complete_tail = (unsigned *)(rings + params.cq_off.tail);
  ring->complete_mask = params.cq_entries - 1;
  ring->completions = (struct io_uring_cqe *)(rings + params.cq_off.cqes);
  ring->entries =
      map(ring->fd, params.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
  for (unsigned i = 0; i < params.sq_entries; i++) ring->submit_array[i] = i;
  ring->tail = ring->submitted = 0;

  /* Spares a look into the descriptor table at each entry (Linux 5.18). */
  struct io_uring_rsrc_update own = {.offset = -1U, .data = (uint64_t)ring->fd};
  ring->enter_fd = ring->fd;
  ring->enter_flags = 0;
  if (syscall(__NR_io_uring_register, ring->fd, IORING_REGISTER_RING_FDS, &own, 1) == 1) {
    ring->enter_fd = (int)own.offset;
    ring->enter_flags = IORING_ENTER_REGISTERED_RING;
  }
}

struct io_uring_sqe *ring_entry(struct ring *ring, uint8_t opcode, int fd, uint64_t user_data) {
  if (ring->tail - ring->submitted == ring->submit_entries) ring_enter(ring, 0);
  struct io_uring_sqe *entry = &ring->entries[ring->tail++ & ring->submit_mask];
  memset(entry, 0, sizeof *entry);
  entry->opcode = opcode;
  entry->fd = fd;
  entry->user_data = user_data;
  return entry;
}

void ring_enter(struct ring *ring, unsigned wanted) {
  __atomic_store_n(ring->submit_tail, ring->tail, __ATOMIC_RELEASE);
  for (;;) {
    const long count = syscall(__NR_io_uring_enter, ring->enter_fd, ring->tail - ring->submitted,
                               wanted, ring->enter_flags | IORING_ENTER_GETEVENTS, NULL, 0);
    if (count >= 0) {
      ring->submitted += (unsigned)count;
      return;
    }
    /* EBUSY: completions overflowed, and are to be taken first. */
    if (errno == EBUSY) return;
    if (errno != EINTR) die("io_uring_enter");
  }
}

struct io_uring_cqe *ring_next(struct ring *ring) {
  const unsigned head = *ring->complete_head;
  if (head == __atomic_load_n(ring->complete_tail, __ATOMIC_ACQUIRE)) return NULL;
  return &ring->completions[head & ring->complete_mask];
}

void ring_seen(struct ring *ring) {
  __atomic_store_n(ring->complete_head, *ring->complete_head + 1, __ATOMIC_RELEASE);
}

void buffers_open(struct ring *ring, struct buffers *buffers, uint16_t group, unsigned count,
                  unsigned size) {
  *buffers = (struct buffers){.count = count, .size = size, .group = group};
  buffers->ring = map(-1, count * sizeof(struct io_uring_buf), 0);
  buffers->memory = map(-1, (size_t)count * size, 0);
  struct io_uring_buf_reg registration = {
      .ring_addr = (uint64_t)buffers->ring, .ring_entries = count, .bgid = group};
  if (syscall(__NR_io_uring_register, ring->fd, IORING_REGISTER_PBUF_RING, &registration, 1) < 0)
    die("io_uring_register of a buffer ring");
  for (unsigned id = 0; id < count; id++) buffers_return(buffers, id);
  buffers_publish(buffers);
}

void buffers_return(struct buffers *buffers, unsigned id) {
  struct io_uring_buf *slot = &buffers->ring->bufs[buffers->tail++ & (buffers->count - 1)];
  slot->addr = (uint64_t)buffers_at(buffers, id);
  slot->len = buffers->size;
  slot->bid = (uint16_t)id;
}

void buffers_publish(struct buffers *buffers) {
  __atomic_store_n(&buffers->ring->tail, buffers->tail, __ATOMIC_RELEASE);
}
