#define _GNU_SOURCE
#include "CRelay.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct line {
  int64_t left[2], sent[2];
  char target[sizeof(((struct sockaddr_un *)0)->sun_path)];
  char instead_of[16], said[16];
  int listener;
};

struct connection {
  struct line *line;
  int client;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct line lines[RELAY_LINES];

void relay_arm(int line, int64_t to_server, int64_t to_client) {
  pthread_mutex_lock(&lock);
  lines[line].left[0] = to_server;
  lines[line].left[1] = to_client;
  lines[line].sent[0] = lines[line].sent[1] = 0;
  pthread_mutex_unlock(&lock);
}

void relay_say(int line, const char *instead_of, const char *said) {
  pthread_mutex_lock(&lock);
  snprintf(lines[line].instead_of, sizeof lines[line].instead_of, "%s", instead_of);
  snprintf(lines[line].said, sizeof lines[line].said, "%s", said);
  pthread_mutex_unlock(&lock);
}

static int64_t read_sent(int line, int direction) {
  pthread_mutex_lock(&lock);
  int64_t count = lines[line].sent[direction];
  pthread_mutex_unlock(&lock);
  return count;
}

int64_t relay_sent_to_server(int line) { return read_sent(line, 0); }
int64_t relay_sent_to_client(int line) { return read_sent(line, 1); }

/* Returns 0 when the line has to be cut. */
static int forward(struct line *line, int from, int to, int direction) {
  char buffer[65536];
  ssize_t count = recv(from, buffer, sizeof buffer, 0);
  if (count <= 0) return 0;
  pthread_mutex_lock(&lock);
  int cut = line->left[direction] >= 0 && count >= line->left[direction];
  if (cut) count = line->left[direction];
  if (line->left[direction] > 0) line->left[direction] -= count;
  line->sent[direction] += count;
  size_t length = strlen(line->instead_of);
  if (direction == 1 && length > 0 && length == strlen(line->said)) {
    char *found = memmem(buffer, count, line->instead_of, length);
    if (found) memcpy(found, line->said, length);
  }
  pthread_mutex_unlock(&lock);
  for (ssize_t done = 0; done < count;) {
    ssize_t written = send(to, buffer + done, count - done, MSG_NOSIGNAL);
    if (written <= 0) return 0;
    done += written;
  }
  return !cut;
}

static void *serve(void *raw) {
  struct connection *connection = raw;
  struct line *line = connection->line;
  int client = connection->client;
  free(connection);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strcpy(address.sun_path, line->target);
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server >= 0 && connect(server, (struct sockaddr *)&address, sizeof address) == 0) {
    struct pollfd both[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    for (;;) {
      if (poll(both, 2, -1) < 0 && errno != EINTR) break;
      if (both[0].revents && !forward(line, client, server, 0)) break;
      if (both[1].revents && !forward(line, server, client, 1)) break;
    }
  }
  if (server >= 0) close(server);
  close(client);
  return NULL;
}

static void *accept_all(void *raw) {
  struct line *line = raw;
  for (;;) {
    int client = accept4(line->listener, NULL, NULL, SOCK_CLOEXEC);
    if (client < 0) continue;
    struct connection *connection = malloc(sizeof *connection);
    pthread_t thread;
    if (connection) {
      *connection = (struct connection){line, client};
      if (pthread_create(&thread, NULL, serve, connection) == 0) {
        pthread_detach(thread);
        continue;
      }
    }
    free(connection);
    close(client);
  }
  return NULL;
}

int relay_start(int number, const char *listen_path, const char *target_path) {
  if (number < 0 || number >= RELAY_LINES) return EINVAL;
  struct line *line = &lines[number];
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(listen_path) >= sizeof address.sun_path) return ENAMETOOLONG;
  if (strlen(target_path) >= sizeof line->target) return ENAMETOOLONG;
  strcpy(address.sun_path, listen_path);
  strcpy(line->target, target_path);
  relay_arm(number, -1, -1);
  int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return errno;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 64)) {
    int error = errno;
    close(listener);
    return error;
  }
  line->listener = listener;
  pthread_t thread;
  return pthread_create(&thread, NULL, accept_all, line);
}
