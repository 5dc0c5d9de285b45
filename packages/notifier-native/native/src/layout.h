// What the TypeScript face and the binary share: codes, offsets and sizes. Both sides hash the same
// text (layout() here, layout.ts there), so that a stale build says so instead of misreading
// memory.
#pragma once
#include <cstdint>

namespace pike {

// Operation codes of the contract, packages/notifier/src/request.ts.
enum Operation : uint8_t {
  kRead = 1,
  kWrite = 2,
  kRecvFrom = 3,
  kSendTo = 4,
  kAccept = 5,
  kConnect = 6,
  kWait = 7,
  kTimer = 8,
  kClose = 9,
  kDetach = 10,
  kSignal = 11,
  kEvent = 12,
  kReceiveMany = 13,
  kSendMany = 14,
  kAcceptMany = 15,
};

// Request flags.
enum Flag : uint8_t { kAll = 1, kReadable = 2, kWritable = 4, kZeroCopy = 32 };
// Between the two sides only: datagrams go to one address, which stands in the slab; each goes to
// an address of its own, which stands in the list's table.
enum SendFlag : uint8_t { kAddressed = 8, kAddresses = 16 };

// Codes of the contract, packages/notifier/src/codes.ts: those that pike itself answers. The first
// few are Linux's errno values, on every system.
enum Code : int {
  kNoEntry = 2,
  kAgain = 11,
  kInvalid = 22,
  kBrokenPipe = 32,
  kNotSocket = 88,
  kDestinationRequired = 89,
  kMessageSize = 90,
  kNetUnreachable = 101,
  kConnectionAborted = 103,
  kConnectionReset = 104,
  kIsConnected = 106,
  kNotConnected = 107,
  kConnectionTimedOut = 110,
  kConnectionRefused = 111,
  kHostUnreachable = 113,
  kCancelled = 125,
  kUnknownError = 3000,
  kAborted = 4001,
  kTimeout = 4002,
  kClosed = 4003,
  kBuffer = 4004,
  kQueueFull = 4005,
  kState = 4006,
  kLimit = 4007,
  kUnsupported = 4008,
  kInUse = 4009,
  kStale = 4010,
};

// What submit answers when the request completes later.
constexpr int64_t kPending = -0x80000000LL;

// The slab: one block of bytes that the TypeScript face allocates and both sides read and write.
constexpr uint32_t kAddressBytes = 120;        // one address on the wire, see address.h
constexpr uint32_t kSlabAddressIn = 0;         // an address going in
constexpr uint32_t kSlabAddressOut = 128;  // an address coming out of a call that answers at once
constexpr uint32_t kSlabImmediate = 256;       // a chunk coming out of a call that answers at once
constexpr uint32_t kChunkBytesMax = 65536;     // the largest chunk
constexpr uint32_t kAcceptsMax = 64;           // most connections of one request
constexpr uint32_t kSlabBatch = 256 + 65536;   // chunks and addresses of a batch, to the end
constexpr uint32_t kSlabPosts = 65536 * 6;     // bytes of small writes that are posted, to the end
constexpr uint32_t kSlabBytes = 65536 * 7;

// A batch: rows of four numbers: request id, result, extra (by operation), offset into the slab.
constexpr uint32_t kRowsMax = 1024;
constexpr uint32_t kRowNumbers = 4;

// The detail array: the operands of a submission, and what it or another call answers at once.
constexpr uint32_t kDetailNumbers = 12;
enum Operand : uint32_t { kWhat = 0, kId, kHandleId, kSize, kTimeoutMs };
enum Answer : uint32_t { kExtra = 0, kOffset, kResult };

// Posts: requests that JavaScript leaves in shared memory while a batch is delivered, instead of a
// call each. Native code takes them when the delivery is over, or when a call comes in between.
// kPosting says what may be posted, kPosts how many there are, kPostBytes how many bytes of writes,
// kTakes how often they were taken.
enum Posting : uint32_t { kPosting = 8, kPosts, kPostBytes, kTakes };
constexpr uint32_t kPostReads = 1;
constexpr uint32_t kPostWrites = 2;
constexpr uint32_t kPostStreams = 4;  // writes of a handle whose last one has completed just now
// A post: five numbers: operation and flags as in kWhat, request id (of a read), handle, size,
// deadline.
constexpr uint32_t kPostsMax = 1024;
constexpr uint32_t kPostNumbers = 5;
constexpr uint32_t kPostedWriteMax = 2048;
// Gates: per slot, what may be posted now: the handle's generation, cut to 30 bits, above two bits.
constexpr uint32_t kGateRead = 1;   // a read would find nothing: it is parked
constexpr uint32_t kGateWrite = 2;  // a small write would go out

// The counters array, in the order of the enumeration below.
enum Counter : uint32_t {
  kOperations,
  kSystemCalls,
  kWouldBlocks,
  kCompletions,
  kCrossings,
  kBatches,
  kBytesRead,
  kBytesWritten,
  kStaleEvents,
  kLeaked,
  kHandles,
  kPendingNow,
  kKernelEntries,
  kSparesWanted,  // memory for a batch of datagrams that a turn found missing
  kCounterNumbers,
};

// The table of a loan, in 32-bit numbers: a header, runs, how far each slot was ever written, and
// the addresses of the runs. See loans.h.
constexpr uint32_t kLoanSlots = 256;
constexpr uint32_t kLoanHeader = 4;
constexpr uint32_t kLoanRunNumbers = 4;
constexpr uint32_t kLoanWritten = kLoanHeader + kLoanSlots * kLoanRunNumbers;
constexpr uint32_t kLoanAddresses = kLoanWritten + kLoanSlots;
constexpr uint32_t kLoanTableBytes = kLoanAddresses * 4 + kLoanSlots * kAddressBytes;
// The bytes of a loan: 257 pages of a WebAssembly memory, of which only what is written to costs.
constexpr uint32_t kLoanBytes = 257 * 65536;

// The slots: a handle id is generation * 2^20 + slot.
constexpr uint32_t kSlotBits = 20;
constexpr uint32_t kSlotsMax = 1u << kSlotBits;
constexpr uint32_t kNone = 0xffffffff;

// Counted up whenever the meaning of a call between the two sides changes, though no number here
// does.
constexpr uint32_t kLayoutVersion = 5;

}  // namespace pike
