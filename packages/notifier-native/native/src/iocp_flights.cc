// The pool of flights; see iocp_flights.h.
#include "iocp_flights.h"

namespace pike {

namespace {

constexpr uint32_t kBlock = 64;
// Rooms that are kept for the next flight: 1 MiB.
constexpr size_t kSpareRoomsMax = 16;

}  // namespace

Flights::~Flights() {
  if (aloft == 0) return;
  for (auto& block : blocks_) static_cast<void>(block.release());
}

Flight& Flights::open(FlightKind kind, uint64_t token) {
  if (free_ == kNone) {
    const uint32_t first = static_cast<uint32_t>(blocks_.size()) * kBlock;
    blocks_.push_back(std::make_unique<Flight[]>(kBlock));
    for (uint32_t i = kBlock; i-- > 0;) {
      Flight& flight = blocks_.back()[i];
      flight.index = first + i;
      flight.next_free = free_;
      free_ = flight.index;
    }
  }
  Flight& flight = at(free_);
  free_ = flight.next_free;
  flight.overlapped = OVERLAPPED{};
  flight.token = token;
  flight.kind = kind;
  return flight;
}

void Flights::close(Flight& flight) {
  if (flight.room != nullptr) give_room(std::move(flight.room));
  flight.request = kNone;
  flight.accepted = INVALID_SOCKET;
  flight.kind = FlightKind::kNone;
  flight.aloft = flight.told = false;
  flight.next_free = free_;
  free_ = flight.index;
}

Flight* Flights::find(OVERLAPPED* overlapped) {
  // Nobody else can post to a port of ours, so the address is a flight's; whether that one waits
  // for a packet is another question.
  Flight* flight = reinterpret_cast<Flight*>(overlapped);
  if (flight->index >= blocks_.size() * kBlock || &at(flight->index) != flight) return nullptr;
  return flight->aloft ? flight : nullptr;
}

std::unique_ptr<Room> Flights::take_room() {
  if (rooms_.empty()) return std::unique_ptr<Room>(new Room);
  std::unique_ptr<Room> room = std::move(rooms_.back());
  rooms_.pop_back();
  return room;
}

void Flights::give_room(std::unique_ptr<Room> room) {
  if (rooms_.size() < kSpareRoomsMax) rooms_.push_back(std::move(room));
}

}  // namespace pike
