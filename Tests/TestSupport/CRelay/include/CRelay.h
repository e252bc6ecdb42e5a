/* A line between clients and server that can be cut after any number of bytes. For tests only. */
#ifndef CRELAY_H
#define CRELAY_H
#include <stdint.h>

/* Lines do not know of each other: suites that run side by side take one each, from 0 to 3. */
enum { RELAY_LINES = 4 };

/* Listens on one socket path and forwards to another, every connection by itself; 0 or an error. */
int relay_start(int line, const char *listen_path, const char *target_path);

/* From now on, forwards so many bytes more in each direction, over all connections of the line, and then cuts;
   -1 never cuts. */
void relay_arm(int line, int64_t to_server, int64_t to_client);

/* Bytes forwarded since the line was armed. */
int64_t relay_sent_to_server(int line);
int64_t relay_sent_to_client(int line);

/* From now on, says to clients one text in place of another of the same length, at most 15 bytes; empty texts say
   what the server said. */
void relay_say(int line, const char *instead_of, const char *said);
#endif
