#ifndef EQUIPOISE_LOCKED_MEMORY_H
#define EQUIPOISE_LOCKED_MEMORY_H

#include <stddef.h>

/// Memory of its own pages for so many bytes, which is never written to a swap, a core file or a forked process.
///
/// Gives null where there is no memory; `is_locked` is 0 where the limit of the account keeps it from being locked.
void *_Nullable clocked_take(size_t count, int *_Nonnull is_locked);

/// Gives memory back that was taken.
void clocked_give(void *_Nonnull start, size_t count);

/// Overwrites bytes, also where nobody reads them any more.
void clocked_wipe(void *_Nonnull start, size_t count);

/// No core file of this process or of one it starts; 0 where that is so.
int clocked_forbid_core_files(void);

#endif
