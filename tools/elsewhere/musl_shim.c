/*
 * The few functions of glibc that Debian's C++ library calls and musl lacks, so that a program
 * built for Alpine runs under Debian's musl with that library. For tests only: it is preloaded.
 */
#define _GNU_SOURCE
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

/* Threads are always assumed: see __libc_single_threaded(3). */
char __libc_single_threaded = 0;

uint32_t arc4random(void) {
  uint32_t value = 0;
  if (getrandom(&value, sizeof value, 0) != sizeof value) abort();
  return value;
}

size_t __strftime_l(char* out, size_t size, const char* format, const struct tm* time,
                    locale_t locale) {
  return strftime_l(out, size, format, time, locale);
}

/* Destructors of a thread's variables, run when it ends, the last one registered first. */
struct destructor {
  void (*run)(void*);
  void* object;
  struct destructor* next;
};

static pthread_key_t destructors;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void run_all(void* first) {
  struct destructor* one = first;
  while (one != NULL) {
    struct destructor* next = one->next;
    one->run(one->object);
    free(one);
    one = next;
  }
}

static void make_key(void) {
  if (pthread_key_create(&destructors, run_all) != 0) abort();
}

int __cxa_thread_atexit_impl(void (*run)(void*), void* object, void* library) {
  (void)library; /* nothing is unloaded in a test */
  pthread_once(&once, make_key);
  struct destructor* one = malloc(sizeof *one);
  if (one == NULL) return -1;
  one->run = run;
  one->object = object;
  one->next = pthread_getspecific(destructors);
  return pthread_setspecific(destructors, one);
}

/* dl_find_object(3): which library an address lies in, and where its unwinding table is. */
struct found_object {
  unsigned long long flags;
  void* start;
  void* end;
  struct link_map* map;
  void* unwinding;
  unsigned long long reserved[7];
};

struct search {
  uintptr_t address;
  struct found_object* out;
};

static int visit(struct dl_phdr_info* library, size_t size, void* data) {
  (void)size;
  const struct search* search = data;
  uintptr_t start = UINTPTR_MAX;
  uintptr_t end = 0;
  void* unwinding = NULL;
  int hit = 0;
  for (int i = 0; i < library->dlpi_phnum; i++) {
    const ElfW(Phdr)* segment = &library->dlpi_phdr[i];
    const uintptr_t from = library->dlpi_addr + segment->p_vaddr;
    const uintptr_t to = from + segment->p_memsz;
    if (segment->p_type == PT_GNU_EH_FRAME) unwinding = (void*)from;
    if (segment->p_type != PT_LOAD) continue;
    if (from < start) start = from;
    if (to > end) end = to;
    if (search->address >= from && search->address < to) hit = 1;
  }
  if (!hit || unwinding == NULL) return 0;
  *search->out = (struct found_object){
      .start = (void*)start, .end = (void*)end, .unwinding = unwinding};
  return 1;
}

int _dl_find_object(void* address, struct found_object* out) {
  struct search search = {(uintptr_t)address, out};
  return dl_iterate_phdr(visit, &search) == 1 ? 0 : -1;
}

/* What a compiler asks of the processor; the plainest one is always right. */
struct {
  unsigned vendor;
  unsigned type;
  unsigned subtype;
  unsigned features[1];
} __cpu_model;

int __cpu_indicator_init(void) { return 0; }
