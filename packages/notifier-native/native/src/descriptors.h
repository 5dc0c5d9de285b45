// How a descriptor comes into a notifier and how it goes: opening, adopting with a look at what it
// is, closing, giving back. Flags that were changed are restored, since other processes may share
// the open file description.
#pragma once
#include <string>

#include "core.h"

namespace pike {

// What an opened socket should be, as the TypeScript face numbers it.
enum class Family : uint8_t { kIpv4, kIpv6, kUnix };
enum class Type : uint8_t { kStream, kDatagram };

// Opens a socket into the table: non-blocking, close-on-exec, TCP with TCP_NODELAY. 0 or a Code.
int open_socket(Core& core, Family family, Type type, Handle** out);

// Looks at a descriptor from outside and enters it into the table; changes nothing about it yet. 0
// or a Code: EBADF, kUnsupported (regular files, directories, other notifiers' descriptors).
int inspect(Core& core, Descriptor fd, Handle** out);

// After the backend has taken it: changes the flags that its calls depend on, to be restored.
void take_in(Handle& handle);

// Sets O_NONBLOCK, and keeps a socket from raising SIGPIPE where no flag of a call can say so; both
// to be restored.
void unblock(Handle& handle);

// Closes a handle's descriptor, and what hangs on it. The backend has let go of it already. `owed`:
// answered writes that the system has not taken yet, which go out first, on a thread. Always
// 0: close(2) frees the descriptor whatever it reports.
int close_handle(Core& core, Handle& handle, std::string owed = {});

// Restores what was changed and gives the descriptor's number back, open.
Descriptor give_back(Core& core, Handle& handle);

// Waits until it is readable, however long, and takes nothing from it. See poll(2).
void await_readable(Descriptor fd);

// Whether a write to this descriptor could raise SIGPIPE and nobody ignores or catches it. See
// pipe(7).
bool sigpipe_would_kill();

}  // namespace pike
