// Memory that is lent to a program with datagrams in it: equal slots, one for each message of a
// system call, and a table of what is in them.
//
// The memory is JavaScript's, looked up anew for each batch; nothing here keeps a pointer. It goes
// from handle to handle, so the table remembers whose bytes are in it and how far each slot was
// written: what one handle received is wiped before another one's datagrams come in.
#pragma once
#include <cstdint>

#include "buffers.h"
#include "handles.h"
#include "layout.h"

namespace pike {

class Loan {
 public:
  explicit Loan(const LoanMemory& memory)
      : memory_(memory), numbers_(reinterpret_cast<uint32_t*>(memory.table)) {}

  // Lays the memory out for datagrams of a handle, each of up to `size` bytes: how many slots.
  int lay_out(const Handle& handle, uint32_t size);

  // A slot's memory.
  uint8_t* slot(int index) const { return memory_.bytes + offset(index); }

  // Enters run `index`, whose bytes are in its slot; it is one datagram, or several of `segment`
  // bytes.
  void enter(int index, uint32_t bytes, uint32_t segment, bool cut);
  // Where the address of a run goes, see address.h.
  uint8_t* address(int index) const {
    return memory_.table + kLoanAddresses * 4 + static_cast<uint32_t>(index) * kAddressBytes;
  }

 private:
  enum Header : uint32_t { kOwnerSlot, kOwnerGeneration, kStride, kDatagrams };

  uint32_t offset(int index) const { return static_cast<uint32_t>(index) * numbers_[kStride]; }
  void wipe();

  LoanMemory memory_;
  uint32_t* numbers_;
};

}  // namespace pike
