// Error numbers of macOS and the BSDs: the contract's codes are Linux's numbers, so each is mapped
// by its name. See intro(2).
#include "errors.h"

#include <errno.h>

#include "layout.h"

namespace pike {

namespace {

struct Row {
  int error;
  int code;
};

constexpr Row kRows[] = {
    {EPERM, 1},         {ENOENT, 2},         {EINTR, 4},
    {EIO, 5},           {ENXIO, 6},          {EBADF, 9},
    {EAGAIN, 11},       {ENOMEM, 12},        {EACCES, 13},
    {EFAULT, 14},       {EBUSY, 16},         {EEXIST, 17},
    {EXDEV, 18},        {ENODEV, 19},        {ENOTDIR, 20},
    {EISDIR, 21},       {EINVAL, 22},        {ENFILE, 23},
    {EMFILE, 24},       {ENOTTY, 25},        {EFBIG, 27},
    {ENOSPC, 28},       {ESPIPE, 29},        {EROFS, 30},
    {EPIPE, 32},        {ERANGE, 34},        {EDEADLK, 35},
    {ENAMETOOLONG, 36}, {ENOSYS, 38},        {ENOTEMPTY, 39},
    {ELOOP, 40},        {EPROTO, 71},        {EOVERFLOW, 75},
    {EILSEQ, 84},       {ENOTSOCK, 88},      {EDESTADDRREQ, 89},
    {EMSGSIZE, 90},     {EPROTOTYPE, 91},    {ENOPROTOOPT, 92},
    {EPROTONOSUPPORT, 93}, {ESOCKTNOSUPPORT, 94}, {EOPNOTSUPP, 95},
    {EPFNOSUPPORT, 96}, {EAFNOSUPPORT, 97},  {EADDRINUSE, 98},
    {EADDRNOTAVAIL, 99}, {ENETDOWN, 100},    {ENETUNREACH, 101},
    {ENETRESET, 102},   {ECONNABORTED, 103}, {ECONNRESET, 104},
    {ENOBUFS, 105},     {EISCONN, 106},      {ENOTCONN, 107},
    {ESHUTDOWN, 108},   {ETIMEDOUT, 110},    {ECONNREFUSED, 111},
    {EHOSTDOWN, 112},   {EHOSTUNREACH, 113}, {EALREADY, 114},
    {EINPROGRESS, 115}, {ECANCELED, 125},    {ENOTSUP, 95},
};

}  // namespace

int code_of(int error) {
  for (const Row& row : kRows) {
    if (row.error == error) return row.code;
  }
  return kUnknownError;
}

// A connection that was reset in the backlog; see accept(2). EINVAL, which macOS has for one that
// is gone altogether, also says that the socket does not listen.
bool is_peers_own(int error) { return error == ECONNABORTED || error == EPROTO; }

}  // namespace pike
