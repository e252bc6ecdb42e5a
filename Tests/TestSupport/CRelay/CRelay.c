#define _GNU_SOURCE
#include "CRelay.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t left[2] = {-1, -1}, sent[2];
static char target[sizeof(((struct sockaddr_un *)0)->sun_path)];

void relay_arm(int64_t to_server, int64_t to_client) {
  pthread_mutex_lock(&lock);
  left[0] = to_server;
  left[1] = to_client;
  sent[0] = sent[1] = 0;
  pthread_mutex_unlock(&lock);
}

static int64_t read_sent(int direction) {
  pthread_mutex_lock(&lock);
  int64_t count = sent[direction];
  pthread_mutex_unlock(&lock);
  return count;
}

int64_t relay_sent_to_server(void) { return read_sent(0); }
int64_t relay_sent_to_client(void) { return read_sent(1); }

/* Returns 0 when the line has to be cut. */
static int forward(int from, int to, int direction) {
  char buffer[65536];
  ssize_t count = recv(from, buffer, sizeof buffer, 0);
  if (count <= 0) return 0;
  pthread_mutex_lock(&lock);
  int cut = left[direction] >= 0 && count >= left[direction];
  if (cut) count = left[direction];
  if (left[direction] > 0) left[direction] -= count;
  sent[direction] += count;
  pthread_mutex_unlock(&lock);
  for (ssize_t done = 0; done < count;) {
    ssize_t written = send(to, buffer + done, count - done, MSG_NOSIGNAL);
    if (written <= 0) return 0;
    done += written;
  }
  return !cut;
}

static void serve(int client) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path, target);
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server >= 0 && connect(server, (struct sockaddr *)&address, sizeof address) == 0) {
    struct pollfd both[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    for (;;) {
      if (poll(both, 2, -1) < 0 && errno != EINTR) break;
      if (both[0].revents && !forward(client, server, 0)) break;
      if (both[1].revents && !forward(server, client, 1)) break;
    }
  }
  if (server >= 0) close(server);
  close(client);
}

static void *accept_all(void *raw) {
  int listener = (int)(intptr_t)raw;
  for (;;) {
    int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (client >= 0) serve(client);
  }
  return NULL;
}

int relay_start(const char *listen_path, const char *target_path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(listen_path) >= sizeof address.sun_path) return ENAMETOOLONG;
  if (strlen(target_path) >= sizeof target) return ENAMETOOLONG;
  strcpy(address.sun_path, listen_path);
  strcpy(target, target_path);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return errno;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) return errno;
  pthread_t thread;
  return pthread_create(&thread, NULL, accept_all, (void *)(intptr_t)listener);
}
