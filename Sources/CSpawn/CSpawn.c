// The calls below are GNU extensions, which Swift's view of the C library hides.
#define _GNU_SOURCE
#include "CSpawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>

static int describe(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
                    const char *directory, int output) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int fault = posix_spawnattr_setsigmask(attributes, &none);
  if (!fault) fault = posix_spawnattr_setsigdefault(attributes, &all);
  if (!fault) {
    fault = posix_spawnattr_setflags(
        attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
  }
  if (!fault) fault = posix_spawn_file_actions_addchdir_np(actions, directory);
  if (!fault) fault = posix_spawn_file_actions_adddup2(actions, output, 1);
  if (!fault) fault = posix_spawn_file_actions_adddup2(actions, output, 2);
  if (!fault) fault = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
  if (!fault) fault = posix_spawn_file_actions_addclosefrom_np(actions, 3);
  return fault;
}

int cspawn_start(pid_t *child, char *const arguments[], char *const environment[],
                 const char *directory, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int fault = posix_spawn_file_actions_init(&actions);
  if (fault) return fault;
  fault = posix_spawnattr_init(&attributes);
  if (!fault) {
    fault = describe(&actions, &attributes, directory, output);
    if (!fault) {
      fault = posix_spawn(child, arguments[0], &actions, &attributes, arguments, environment);
    }
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return fault;
}
