/* A line between client and server that can be cut after any number of bytes. For tests only. */
#ifndef CRELAY_H
#define CRELAY_H
#include <stdint.h>

/* Listens on one socket path and forwards to another, one connection at a time; 0 or an error. */
int relay_start(const char *listen_path, const char *target_path);

/* From now on, forwards so many bytes more in each direction and then cuts; -1 never cuts. */
void relay_arm(int64_t to_server, int64_t to_client);

/* Bytes forwarded since the line was armed. */
int64_t relay_sent_to_server(void);
int64_t relay_sent_to_client(void);
#endif
