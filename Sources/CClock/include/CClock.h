#ifndef CCLOCK_H
#define CCLOCK_H

/// Asks the kernel whether something keeps its clock right; changes nothing.
///
/// Returns 1 and sets `error` to the error it estimates in microseconds, 0 when nothing keeps it
/// right, -1 when the kernel may not be asked.
int cclock_state(long long *error);

#endif
