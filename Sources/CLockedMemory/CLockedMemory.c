// The calls are not in the view that Swift has of the C library.
#define _GNU_SOURCE
#include "CLockedMemory.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static size_t whole_pages(size_t count) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return (count + page - 1) / page * page;
}

void *clocked_take(size_t count, int *is_locked) {
  size_t size = whole_pages(count);
  void *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return NULL;
  *is_locked = mlock(start, size) == 0;
  madvise(start, size, MADV_DONTDUMP);
  madvise(start, size, MADV_WIPEONFORK);
  return start;
}

void clocked_give(void *start, size_t count) {
  size_t size = whole_pages(count);
  munlock(start, size);
  munmap(start, size);
}

void clocked_wipe(void *start, size_t count) { explicit_bzero(start, count); }

int clocked_forbid_core_files(void) {
  struct rlimit none = {0, 0};
  return setrlimit(RLIMIT_CORE, &none);
}
