// SPDX-License-Identifier: Apache-2.0
// hostile_exec HOW PROGRAM ARGUMENT...: starts a program as nobody should.
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char** environ;

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const char* how = argv[1];
    char* const* arguments = argv + 2;
    if (strcmp(how, "argc0") == 0) {
        char* none[] = {NULL};
        execve(argv[2], none, environ);
    } else if (strcmp(how, "blocked") == 0) {
        sigset_t all;
        sigfillset(&all);
        sigprocmask(SIG_SETMASK, &all, NULL);
        execv(argv[2], arguments);
    } else if (strcmp(how, "ignored") == 0) {
        for (int number = 1; number < 65; ++number) signal(number, SIG_IGN);
        execv(argv[2], arguments);
    } else if (strcmp(how, "closed") == 0) {
        for (int fd = 0; fd < 3; ++fd) close(fd);
        execv(argv[2], arguments);
    } else if (strcmp(how, "full") == 0) {  // no descriptor free but by the program itself
        while (open("/dev/null", O_RDONLY) >= 0) continue;
        execv(argv[2], arguments);
    } else if (strcmp(how, "long") == 0) {  // a mebibyte of arguments
        enum { kMore = 16, kSize = 65536 };
        char** list = calloc((size_t)argc + kMore, sizeof *list);
        char* text = malloc(kSize);
        if (!list || !text) return 2;
        memset(text, 'a', kSize - 1);
        text[kSize - 1] = '\0';
        int count = 0;
        for (int i = 2; i < argc; ++i) list[count++] = argv[i];
        for (int i = 0; i < kMore; ++i) list[count++] = text;
        execv(argv[2], list);
    }
    perror(argv[2]);
    return 2;
}
