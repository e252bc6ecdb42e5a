#define _GNU_SOURCE
#include "CPostgres.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

int64_t cpostgres_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int cpostgres_event_open(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void cpostgres_event_raise(int event) {
  uint64_t one = 1;
  ssize_t written = write(event, &one, sizeof one);
  (void)written; /* a full counter is already raised */
}

void cpostgres_event_clear(int event) {
  uint64_t count;
  ssize_t taken = read(event, &count, sizeof count);
  (void)taken; /* an empty counter is already clear */
}

void cpostgres_close(int descriptor) {
  if (descriptor >= 0) close(descriptor);
}

static int wait_until(struct pollfd *watched, nfds_t count, int64_t deadline) {
  for (;;) {
    struct timespec left, *timeout = NULL;
    if (deadline != INT64_MAX) {
      int64_t nanoseconds = deadline - cpostgres_now();
      if (nanoseconds < 0) nanoseconds = 0;
      left.tv_sec = nanoseconds / 1000000000;
      left.tv_nsec = nanoseconds % 1000000000;
      timeout = &left;
    }
    int ready = ppoll(watched, count, timeout, NULL);
    if (ready >= 0 || errno != EINTR) return ready;
  }
}

int cpostgres_wait(int socket, int for_reading, int for_writing, int event, int64_t deadline) {
  struct pollfd watched[2];
  watched[0].fd = socket;
  watched[0].events = (for_reading ? POLLIN : 0) | (for_writing ? POLLOUT : 0);
  watched[0].revents = 0;
  watched[1].fd = event;
  watched[1].events = POLLIN;
  watched[1].revents = 0;
  int ready = wait_until(watched, 2, deadline);
  if (ready == 0) return 0;
  if (ready < 0) return CPOSTGRES_FAILED;
  int seen = 0;
  if (watched[0].revents & POLLNVAL) seen |= CPOSTGRES_FAILED;
  else if (watched[0].revents) seen |= CPOSTGRES_READY;
  if (watched[1].revents) seen |= CPOSTGRES_SIGNALLED;
  return seen;
}

int cpostgres_watch_open(void) { return epoll_create1(EPOLL_CLOEXEC); }

int cpostgres_watch_add(int set, int descriptor, uint64_t mark) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = mark};
  return epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event) == 0 ? 0 : errno;
}

void cpostgres_watch_remove(int set, int descriptor) { epoll_ctl(set, EPOLL_CTL_DEL, descriptor, NULL); }

int cpostgres_watch_wait(int set, uint64_t *marks, int capacity, int64_t deadline) {
  struct epoll_event events[64];
  if (capacity > 64) capacity = 64;
  int64_t milliseconds = -1;
  if (deadline != INT64_MAX) {
    int64_t nanoseconds = deadline - cpostgres_now();
    /* Rounded up: waking too early would only mean to wait again. */
    milliseconds = nanoseconds <= 0 ? 0 : nanoseconds / 1000000 + 1;
    if (milliseconds > 60000) milliseconds = 60000;
  }
  int count = epoll_wait(set, events, capacity, (int)milliseconds);
  for (int i = 0; i < count; i++) marks[i] = events[i].data.u64;
  return count > 0 ? count : 0;
}

static _Thread_local void *thread_mark;

void cpostgres_thread_mark(void *mark) { thread_mark = mark; }

void *cpostgres_thread_marked(void) { return thread_mark; }

int cpostgres_wait_both(int first, int second, int64_t deadline) {
  return cpostgres_wait(first, 1, 0, second, deadline);
}

int64_t cpostgres_pending(int socket) {
  int bytes = 0;
  return ioctl(socket, FIONREAD, &bytes) == 0 ? bytes : 0;
}

void cpostgres_let_arrive(int socket, int64_t bytes, int64_t nanoseconds) {
  if (cpostgres_pending(socket) >= bytes) return;
  struct timespec pause = {.tv_nsec = nanoseconds};
  nanosleep(&pause, NULL);
}

struct cpostgres_semaphore {
  sem_t count;
};

cpostgres_semaphore *cpostgres_semaphore_make(void) {
  cpostgres_semaphore *semaphore = malloc(sizeof *semaphore);
  if (semaphore && sem_init(&semaphore->count, 0, 0) != 0) {
    free(semaphore);
    return NULL;
  }
  return semaphore;
}

void cpostgres_semaphore_free(cpostgres_semaphore *semaphore) {
  if (!semaphore) return;
  sem_destroy(&semaphore->count);
  free(semaphore);
}

void cpostgres_semaphore_post(cpostgres_semaphore *semaphore) { sem_post(&semaphore->count); }

void cpostgres_semaphore_wait(cpostgres_semaphore *semaphore) {
  while (sem_wait(&semaphore->count) != 0 && errno == EINTR) {
  }
}

struct start {
  void (*body)(void *);
  void *context;
  char name[16];
};

static void *enter(void *raw) {
  struct start start = *(struct start *)raw;
  free(raw);
  pthread_setname_np(pthread_self(), start.name);
  start.body(start.context);
  return NULL;
}

int cpostgres_thread(void (*body)(void *), void *context, const char *name) {
  struct start *start = malloc(sizeof *start);
  if (!start) return ENOMEM;
  start->body = body;
  start->context = context;
  strncpy(start->name, name, sizeof start->name - 1);
  start->name[sizeof start->name - 1] = 0;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  /* A signal meant for the daemon must not interrupt a thread that speaks to the database. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  int failure = pthread_create(&thread, &attributes, enter, start);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
  if (failure) free(start);
  return failure;
}
