// refuse_uring ERRNO PROGRAM [ARGUMENT…]: runs a program for whom io_uring_setup(2) fails with a
// given error, as a container's seccomp filter has it. See seccomp(2).
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

// The same number on every architecture; older headers don't have it.
#define IO_URING_SETUP 425

int main(int count, char **arguments) {
  if (count < 3) return 2;
  const unsigned error = (unsigned)atoi(arguments[1]);
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD + BPF_W + BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP + BPF_JEQ + BPF_K, IO_URING_SETUP, 0, 1),
      BPF_STMT(BPF_RET + BPF_K, SECCOMP_RET_ERRNO | (error & SECCOMP_RET_DATA)),
      BPF_STMT(BPF_RET + BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog filter = {sizeof rules / sizeof rules[0], rules};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
    perror("seccomp");
    return 3;
  }
  execvp(arguments[2], arguments + 2);
  perror(arguments[2]);
  return 4;
}
