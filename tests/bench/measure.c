// measure FD CMD ARGS...: runs the command and writes to the file descriptor what it cost:
// wall seconds, CPU seconds (user and system, all threads), peak resident KiB, wait status.
// A process of its own, because a child's peak starts with that of the process it was forked from.
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct timespec begin, end;
  struct rusage usage;
  int status;
  if (argc < 3) return 2;
  int report = atoi(argv[1]);
  clock_gettime(CLOCK_MONOTONIC, &begin);
  pid_t child = fork();
  if (child == 0) {
    close(report);
    execv(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  if (child < 0 || wait4(child, &status, 0, &usage) < 0) return 2;
  clock_gettime(CLOCK_MONOTONIC, &end);
  dprintf(report, "%.6f %.6f %ld %d\n", (end.tv_sec - begin.tv_sec) + (end.tv_nsec - begin.tv_nsec) / 1e9,
          usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
          usage.ru_maxrss, status);
  return 0;
}
