/* libpq, and the few system calls whose Swift spelling would need pointers on every line. */
#ifndef CPOSTGRES_H
#define CPOSTGRES_H

#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif
#include <stdint.h>

/* Swift does not see the character macros of libpq. */
enum {
  CPOSTGRES_DIAG_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED,
  CPOSTGRES_DIAG_SQLSTATE = PG_DIAG_SQLSTATE,
  CPOSTGRES_DIAG_MESSAGE = PG_DIAG_MESSAGE_PRIMARY,
  CPOSTGRES_DIAG_SCHEMA = PG_DIAG_SCHEMA_NAME,
  CPOSTGRES_DIAG_TABLE = PG_DIAG_TABLE_NAME,
  CPOSTGRES_DIAG_CONSTRAINT = PG_DIAG_CONSTRAINT_NAME,
  CPOSTGRES_DIAG_FUNCTION = PG_DIAG_SOURCE_FUNCTION
};

/* What cpostgres_wait saw; 0 means that the deadline passed. */
enum { CPOSTGRES_READY = 1, CPOSTGRES_SIGNALLED = 2, CPOSTGRES_FAILED = 4 };

/* Nanoseconds of a clock that never steps. */
int64_t cpostgres_now(void);

/* A descriptor that one thread raises and another waits on; -1 when none is left. */
int cpostgres_event_open(void);
void cpostgres_event_raise(int event);
void cpostgres_event_clear(int event);
void cpostgres_close(int descriptor);

/* Waits for the socket (or -1), the event (or -1) or the deadline; interruptions by signals are resumed. */
int cpostgres_wait(int socket, int for_reading, int for_writing, int event, int64_t deadline);

/* Waits for one of two events or the deadline. */
int cpostgres_wait_both(int first, int second, int64_t deadline);

/* A set of descriptors that one thread watches for something to read; -1 when none can be made. */
int cpostgres_watch_open(void);
/* Adds a descriptor under a mark of the caller's; 0 or an error number. */
int cpostgres_watch_add(int set, int descriptor, uint64_t mark);
void cpostgres_watch_remove(int set, int descriptor);
/* Writes the marks of those that can be read and returns their number; 0 when the deadline passed. */
int cpostgres_watch_wait(int set, uint64_t *marks, int capacity, int64_t deadline);

/* A pointer of the calling thread's own, null until set. */
void cpostgres_thread_mark(void *mark);
void *cpostgres_thread_marked(void);

/* Bytes that have arrived and were not read yet. */
int64_t cpostgres_pending(int socket);
/* Sleeps this long once, unless so many bytes have arrived already. */
void cpostgres_let_arrive(int socket, int64_t bytes, int64_t nanoseconds);

/* A counter of wake-ups for one thread; waiting costs one system call, posting at most one. */
typedef struct cpostgres_semaphore cpostgres_semaphore;
cpostgres_semaphore *cpostgres_semaphore_make(void);
void cpostgres_semaphore_free(cpostgres_semaphore *semaphore);
void cpostgres_semaphore_post(cpostgres_semaphore *semaphore);
void cpostgres_semaphore_wait(cpostgres_semaphore *semaphore);

/* Starts a detached thread with all signals blocked; returns 0 or an error number. */
int cpostgres_thread(void (*body)(void *), void *context, const char *name);

#endif
