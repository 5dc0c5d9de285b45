// Providers and their extension functions; see winsock_windows.h.
#include "winsock_windows.h"

#include <deque>
#include <mutex>

#include "errors.h"

namespace pike {

namespace {

struct Catalogue {
  std::mutex mutex;
  std::deque<Provider> providers;  // never moved, never removed
};

// Never destroyed: threads may be at it while the process exits.
Catalogue& catalogue() {
  static Catalogue* const the = new Catalogue();
  return *the;
}

template <typename Call>
void look_up(SOCKET socket, GUID name, Call* call) {
  DWORD size = 0;
  // A provider without it leaves the pointer null.
  WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, &name, sizeof name, call, sizeof *call,
           &size, nullptr, nullptr);
}

}  // namespace

const Provider* provider_of(SOCKET socket) {
  WSAPROTOCOL_INFOW about;
  int size = sizeof about;
  if (getsockopt(socket, SOL_SOCKET, SO_PROTOCOL_INFOW, reinterpret_cast<char*>(&about), &size) !=
      0) {
    return nullptr;
  }
  Catalogue& all = catalogue();
  std::lock_guard<std::mutex> lock(all.mutex);
  for (const Provider& provider : all.providers) {
    if (provider.entry == about.dwCatalogEntryId && provider.family == about.iAddressFamily) {
      return &provider;
    }
  }
  Provider provider;
  provider.entry = about.dwCatalogEntryId;
  provider.family = about.iAddressFamily;
  provider.is_kernels = (about.dwServiceFlags1 & XP1_IFS_HANDLES) != 0;
  look_up(socket, WSAID_ACCEPTEX, &provider.accept);
  look_up(socket, WSAID_GETACCEPTEXSOCKADDRS, &provider.accept_addresses);
  look_up(socket, WSAID_CONNECTEX, &provider.connect);
  all.providers.push_back(provider);
  return &all.providers.back();
}

int start_winsock() {
  static const int error = [] {
    WSADATA about;
    return WSAStartup(MAKEWORD(2, 2), &about);
  }();
  return error == 0 ? 0 : code_of(error);
}

}  // namespace pike
