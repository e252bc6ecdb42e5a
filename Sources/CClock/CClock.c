// The call is not in the view that Swift has of the C library.
#define _GNU_SOURCE
#include "CClock.h"

#include <sys/timex.h>

int cclock_state(long long *error) {
  struct timex state = {0};
  int answer = adjtimex(&state);
  if (answer < 0) return -1;
  if (answer == TIME_ERROR || (state.status & STA_UNSYNC)) return 0;
  *error = state.esterror < 0 ? 0 : state.esterror;
  return 1;
}
