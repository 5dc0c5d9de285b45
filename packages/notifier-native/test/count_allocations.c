// Preloaded into a runtime: counts the heap allocations that the addon makes, itself or through the
// C++ library. $PIKE_ALLOCATIONS names a file of two numbers of 8 bytes: whether to count, and the
// count. See ld.so(8), LD_PRELOAD.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FRAMES_MAX = 12 };

struct range {
  uintptr_t from, to;
};

static uint64_t *shared;  // counting, count
static struct range addon, library;
static __thread int looking;

__attribute__((constructor)) static void begin(void) {
  void *frames[2];
  backtrace(frames, 2);  // loads what it needs
  const char *path = getenv("PIKE_ALLOCATIONS");
  const int file = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) return;
  void *memory = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory != MAP_FAILED) shared = memory;
}

static int find(struct dl_phdr_info *object, size_t size, void *data) {
  (void)size;
  (void)data;
  const size_t length = strlen(object->dlpi_name);
  const int is_addon = length > 5 && strcmp(object->dlpi_name + length - 5, ".node") == 0;
  if (!is_addon && strstr(object->dlpi_name, "libstdc++") == NULL) return 0;
  struct range *found = is_addon ? &addon : &library;
  for (int i = 0; i < object->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[i];
    if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0) continue;
    found->from = object->dlpi_addr + part->p_vaddr;
    found->to = found->from + part->p_memsz;
  }
  return 0;
}

static int in(const struct range *range, const void *at) {
  return (uintptr_t)at >= range->from && (uintptr_t)at < range->to;
}

// The caller, or what stands below it where that is the library.
static void look(const void *caller) {
  if (shared == NULL || __atomic_load_n(&shared[0], __ATOMIC_RELAXED) == 0 || looking) return;
  looking = 1;
  if (addon.to == 0) dl_iterate_phdr(find, NULL);
  int is_addons = in(&addon, caller);
  if (!is_addons && in(&library, caller)) {
    void *frames[FRAMES_MAX];
    const int count = backtrace(frames, FRAMES_MAX);
    int i = 0;
    while (i < count && !in(&library, frames[i])) i++;
    while (i < count && in(&library, frames[i])) i++;
    is_addons = i < count && in(&addon, frames[i]);
  }
  if (is_addons) __atomic_fetch_add(&shared[1], 1, __ATOMIC_RELAXED);
  looking = 0;
}

#define NEXT(type, name)                              \
  static type next;                                   \
  if (next == NULL) next = (type)dlsym(RTLD_NEXT, name); \
  look(__builtin_return_address(0))

typedef void *(*allocate)(size_t);
typedef void *(*reallocate)(void *, size_t);

void *malloc(size_t size) {
  NEXT(allocate, "malloc");
  return next(size);
}

void *realloc(void *memory, size_t size) {
  NEXT(reallocate, "realloc");
  return next(memory, size);
}

// operator new(size_t), new[](size_t).
void *_Znwm(size_t size) {
  NEXT(allocate, "_Znwm");
  return next(size);
}

void *_Znam(size_t size) {
  NEXT(allocate, "_Znam");
  return next(size);
}
