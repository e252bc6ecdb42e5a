#ifndef CSPAWN_H
#define CSPAWN_H

#include <sys/types.h>

/// Starts a program in a session of its own, in `directory`, with exactly this environment.
///
/// Standard input is empty; standard output and error go to `output`; no other open file, no
/// blocked and no ignored signal is inherited. Returns 0 and sets `child`, or an errno value.
int cspawn_start(pid_t *child, char *const arguments[], char *const environment[],
                 const char *directory, int output);

#endif
