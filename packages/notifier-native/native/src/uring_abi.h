// The kernel's io_uring interface, as far as pike uses it: constants and layouts that never change
// once released. Own copies, so that the binary builds with older headers than the kernel it runs
// on. See io_uring(7).
#pragma once
#include <cstdint>

namespace pike::uring {

struct SubmissionOffsets {
  uint32_t head, tail, ring_mask, ring_entries, flags, dropped, array, reserved;
  uint64_t user_address;
};
struct CompletionOffsets {
  uint32_t head, tail, ring_mask, ring_entries, overflow, cqes, flags, reserved;
  uint64_t user_address;
};
struct Parameters {
  uint32_t sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd,
      reserved[3];
  SubmissionOffsets sq;
  CompletionOffsets cq;
};
static_assert(sizeof(Parameters) == 120, "struct io_uring_params");

// struct io_uring_sqe, its unions flattened to the fields that pike's operations use.
struct Submission {
  uint8_t opcode;
  uint8_t flags;
  uint16_t priority;  // ioprio: flags of accept, send and receive
  int32_t fd;
  uint64_t offset;  // off, addr2
  uint64_t address;
  uint32_t length;
  uint32_t op_flags;  // msg_flags, poll32_events, timeout_flags, cancel_flags, accept_flags
  uint64_t user_data;
  uint16_t buffer_group;
  uint16_t personality;
  uint32_t option_length;  // file_index; of a multishot receive: the most bytes, all in all
  uint64_t address3;
  uint64_t padding;
};
static_assert(sizeof(Submission) == 64, "struct io_uring_sqe");

struct Completion {
  uint64_t user_data;
  int32_t result;
  uint32_t flags;
};
static_assert(sizeof(Completion) == 16, "struct io_uring_cqe");

// struct io_uring_buf; the ring's tail lies in the last two bytes of the first one.
struct ProvidedBuffer {
  uint64_t address;
  uint32_t length;
  uint16_t id;
  uint16_t tail;
};
struct ProvidedRing {  // struct io_uring_buf_reg
  uint64_t address;
  uint32_t entries;
  uint16_t group;
  uint16_t flags;
  uint64_t reserved[3];
};

enum Setup : uint32_t {
  kSetupCqSize = 1u << 3,
  kSetupClamp = 1u << 4,
  kSetupSubmitAll = 1u << 7,
  kSetupCoopTaskrun = 1u << 8,
  kSetupTaskrunFlag = 1u << 9,
  kSetupSingleIssuer = 1u << 12,
  kSetupDeferTaskrun = 1u << 13,
};
enum SetupFeature : uint32_t { kFeatSingleMmap = 1u << 0, kFeatNoDrop = 1u << 1 };
enum SqFlag : uint32_t { kSqOverflow = 1u << 1, kSqTaskrun = 1u << 2 };
enum CqFlag : uint32_t { kCqEventfdDisabled = 1u << 0 };
enum Enter : uint32_t { kEnterGetEvents = 1u << 0 };
enum Register : uint32_t { kRegisterEventfd = 4, kRegisterProbe = 8, kRegisterProvidedRing = 22 };
enum Mapping : uint64_t { kOffsetSqRing = 0, kOffsetSqes = 0x10000000ULL };

enum Opcode : uint8_t {
  kOpNop = 0,
  kOpAccept = 13,
  kOpAsyncCancel = 14,
  kOpSend = 26,
  kOpRecv = 27,
  kOpSendZc = 47,
};
enum SubmissionFlag : uint8_t { kBufferSelect = 1u << 5 };
enum CompletionFlag : uint32_t { kMore = 1u << 1, kNotification = 1u << 3, kHasBuffer = 1u << 0 };
enum RecvFlag : uint16_t { kRecvMultishot = 1u << 1 };
enum CancelFlag : uint32_t { kCancelAll = 1u << 0, kCancelAny = 1u << 2 };
constexpr uint32_t kBufferShift = 16;

}  // namespace pike::uring
